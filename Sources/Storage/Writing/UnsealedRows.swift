import Readings

/// Everything in memory that no segment holds yet.
final class UnsealedRows {
  @exclusivity(unchecked) private(set) var series: [SeriesRows] = []
  private var indexOfDevice: [Device: Int] = [:]
  private(set) var events: [Event] = []
  private var eventSet: Set<Event> = []
  private var eventByteCount = 0
  /// Readings here.
  @exclusivity(unchecked) private(set) var readingCount = 0
  /// An estimate; the sum over series is taken anew every few thousand rows.
  @exclusivity(unchecked) private(set) var byteCount = 0
  /// Time of the row or event that came first.
  @exclusivity(unchecked) private(set) var firstArrival: Int64?
  @exclusivity(unchecked) private(set) var latestArrival = Int64.min

  @exclusivity(unchecked) private var lastIndex = 0
  /// Which series came after each one the last time: plugs report in turn.
  @exclusivity(unchecked) private var successors: [Int] = []

  var isEmpty: Bool { readingCount == 0 && events.isEmpty }

  func rows(of device: Device) -> SeriesRows? { indexOfDevice[device].map { series[$0] } }

  func index(of device: Device) -> Int {
    if lastIndex < series.count {
      if series[lastIndex].device == device { return lastIndex }
      let guess = successors[lastIndex]
      if series[guess].device == device {
        lastIndex = guess
        return guess
      }
    }
    let found = indexOfDevice[device] ?? series.count
    if found == series.count {
      indexOfDevice[device] = found
      series.append(SeriesRows(device: device))
      successors.append(found)
    }
    if lastIndex < series.count { successors[lastIndex] = found }
    lastIndex = found
    return found
  }

  func append(_ reading: Reading, time: Int64, toSeries index: Int) {
    series[index].append(reading, time: time)
    readingCount += 1
    byteCount += reading.values.count * 8 + 14
    note(time)
  }

  func contains(_ event: Event) -> Bool { eventSet.contains(event) }

  func append(_ event: Event) {
    events.append(event)
    eventSet.insert(event)
    eventByteCount += 192 + event.detail.utf8.count * 2
    byteCount += 192 + event.detail.utf8.count * 2
    note(event.at.milliseconds)
  }

  private func note(_ time: Int64) {
    if firstArrival == nil { firstArrival = time }
    latestArrival = max(latestArrival, time)
  }

  /// Events in order of time, then of arrival.
  var eventsInOrder: [Event] {
    events.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
  }

  /// Forgets one device's rows: a segment holds them.
  func removeRows(ofSeries index: Int) {
    readingCount -= series[index].rowCount
    series[index] = SeriesRows(device: series[index].device)
    byteCount = series.reduce(eventByteCount) { $0 + $1.byteCount }
  }

  func removeAll() {
    series = series.map { SeriesRows(device: $0.device) }
    events = []
    eventSet = []
    eventByteCount = 0
    readingCount = 0
    byteCount = 0
    firstArrival = nil
    latestArrival = Int64.min
  }

  func removeEvents() {
    events = []
    eventSet = []
    byteCount -= eventByteCount
    eventByteCount = 0
  }

  func checkInvariants() {
    precondition(series.reduce(0) { $0 + $1.rowCount } == readingCount, "rows that are counted in no series")
    precondition(
      series.indices.allSatisfy { indexOfDevice[series[$0].device] == $0 } && indexOfDevice.count == series.count,
      "a device with two series")
    precondition(Set(events) == eventSet && events.count == eventSet.count, "an event that is here twice")
    precondition(isEmpty || byteCount > 0 && firstArrival != nil, "rows without bytes or time")
    for rows in series { rows.checkInvariants() }
  }

  /// Takes in what a journal held, if it is not here already.
  func replay(_ reading: Reading, from device: Device) {
    let index = index(of: device)
    let time = reading.receivedAt.milliseconds
    guard StoreTime.range.contains(time) else { return }
    if time <= series[index].newest, series[index].contains(time: time, hash: RowHash.of(reading)) { return }
    append(reading, time: time, toSeries: index)
  }

  func replay(_ event: Event) {
    guard !contains(event), StoreTime.range.contains(event.at.milliseconds) else { return }
    append(event)
  }
}
