import Readings

/// Events on their way into a block: which ones their plug's readings tell, and the tables of all.
struct EventDraft {
  struct Section {
    /// From 1 on.
    var device: Int
    var beside: EventBlock.Beside
    var events: [(row: Int, event: EventRecord)] = []
  }

  private(set) var devices: [Device] = []
  private(set) var templates: [EventTemplate] = []
  /// In order of time.
  private(set) var alone: [EventRecord] = []
  private(set) var sections: [Section] = []
  private var deviceNumbers: [Device: Int] = [:]
  private var templateNumbers: [EventTemplate: Int] = [:]

  /// - Parameter events: in order of time.
  init(_ events: [Event], timeUnit: Int64, beside: [Device: EventBlock.Beside]) {
    let rows = EventDraft.rows(events, timeUnit: timeUnit, beside)
    // Templates are numbered as the events that stand alone use them, then as those of the sections do.
    for (event, row) in zip(events, rows) where row == nil { alone.append(record(of: event, timeUnit)) }
    var places: [Device: Int] = [:]
    for (event, row) in zip(events, rows) {
      guard let row, let device = event.device, let beside = beside[device] else { continue }
      let record = record(of: event, timeUnit)
      let place = places[device] ?? sections.count
      if place == sections.count {
        places[device] = place
        sections.append(Section(device: record.device, beside: beside))
      }
      sections[place].events.append((row, record))
    }
  }

  private mutating func record(of event: Event, _ timeUnit: Int64) -> EventRecord {
    var record = EventRecord()
    record.time = event.at.milliseconds.flooringQuotient(timeUnit)
    record.kind = event.kind.rawValue
    let template = EventTemplate(of: event.detail, numbers: &record.numbers)
    record.template = EventDraft.number(of: template, in: &templateNumbers, &templates)
    if let device = event.device {
      record.device = EventDraft.number(of: device, in: &deviceNumbers, &devices) + 1
    }
    return record
  }

  private static func number<Value: Hashable>(
    of value: Value, in numbers: inout [Value: Int], _ values: inout [Value]
  ) -> Int {
    if let number = numbers[value] { return number }
    numbers[value] = values.count
    values.append(value)
    return values.count - 1
  }

  /// The reading that each event is told with: the plug's first one from its time on. An event that shares its time
  /// with another stands alone, so that order of time is the order of all.
  private static func rows(
    _ events: [Event], timeUnit: Int64, _ beside: [Device: EventBlock.Beside]
  ) -> [Int?] {
    var rows: [Int?] = Array(repeating: nil, count: events.count)
    guard !beside.isEmpty else { return rows }
    let times = events.map { $0.at.milliseconds.flooringQuotient(timeUnit) }
    var taken: [Device: [Int]] = [:]
    for (index, event) in events.enumerated() where event.kind == .margins {
      let time = times[index]
      guard let device = event.device, let readings = beside[device]?.readings,
        index == 0 || times[index - 1] < time, index + 1 == events.count || times[index + 1] > time
      else { continue }
      let row = readings.times.partitioningIndex { $0 >= time }
      guard row < readings.times.count, (readings.times[row] - time) * timeUnit <= EventSection.longestLag else {
        continue
      }
      if let last = taken[device]?.last, rows[last] == row { continue }
      rows[index] = row
      taken[device, default: []].append(index)
    }
    for places in taken.values where places.count < EventSection.leastCount {
      for place in places { rows[place] = nil }
    }
    return rows
  }
}
