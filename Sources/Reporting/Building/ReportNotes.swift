import Calendar
import EnergyAccounting
import Pricing
import Readings

/// The notes of a report with their ids, and which of them belong to which line and period.
struct ReportNotes: Sendable {
  private(set) var notes: [Report.Note] = []
  /// By line and period, in the order of the notes.
  private var ids: [[[String]]] = []

  private struct Place {
    var id: String
    var device: String
    var channel: Int?
    var range: Range<Timestamp>
  }

  init(
    _ ledgers: [NamedLedger], _ lines: [ExactEntry], _ sums: ReportSums, request: ReportRequest,
    pass: ReportPlan.Pass, extra: [Report.Note]
  ) {
    ids = lines.map { _ in pass.periods.map { _ in [] } }
    var places: [Place] = []
    defer { assign(places, lines, pass) }
    guard let start = pass.periods.first?.lowerBound, let end = pass.periods.last?.upperBound else {
      notes = extra
      return
    }
    var counts: [String: Int] = [:]
    func id(_ letter: String) -> String {
      counts[letter, default: 0] += 1
      return "\(letter)\(counts[letter, default: 0])"
    }
    func span(_ range: Range<Timestamp>) -> Report.Span {
      Report.Span(
        start: LocalInstant(range.lowerBound, offsetSeconds: request.zone.offset(at: range.lowerBound)),
        end: LocalInstant(range.upperBound, offsetSeconds: request.zone.offset(at: range.upperBound)))
    }
    // By their places: an event is much to move about.
    let events = ledgers.indices.flatMap { ledger in
      ledgers[ledger].ledger.events.indices.lazy.filter { index in
        let event = ledgers[ledger].ledger.events[index]
        return ReportNotes.letter(event.kind) != nil && event.concerns(start..<end)
      }
      .map { (ledger: ledger, index: $0) }
    }
    .sorted { one, other in
      let (a, b) = (ledgers[one.ledger].ledger.events[one.index], ledgers[other.ledger].ledger.events[other.index])
      return (a.from, a.to, ledgers[one.ledger].name) < (b.from, b.to, ledgers[other.ledger].name)
    }
    notes.reserveCapacity(events.count + lines.count + extra.count)
    places.reserveCapacity(events.count + lines.count)
    for place in events {
      let (device, event) = (ledgers[place.ledger].name, ledgers[place.ledger].ledger.events[place.index])
      let id = id(ReportNotes.letter(event.kind) ?? "N")
      let range = event.from..<max(event.from, event.to)
      notes.append(
        .init(
          id: id, device: device, kind: event.kind.rawValue, span: span(range), text: event.text, cause: event.cause,
          energy: event.energy))
      places.append(Place(id: id, device: device, channel: event.channel, range: range))
    }
    for line in lines {
      var unpriced = Energy.zero
      if line.bill?.hasUnpriced == true {
        for period in sums.periods { unpriced += period.bills?.lines[line.place]?.unpriced ?? .zero }
      }
      if unpriced != .zero {
        let id = id("P")
        notes.append(
          .init(
            id: id, device: line.name, kind: "no-price", span: nil,
            text: "\(unpriced.kilowattHours(places: line.places)) kWh have no price in the tariff and cost nothing here"
          ))
        places.append(Place(id: id, device: line.name, channel: line.channel.channel, range: start..<end))
      }
      if let note = ReportNotes.plugDayNote(line, sums, request, pass) {
        let id = id("Y")
        notes.append(.init(id: id, device: line.name, kind: "plug-day", span: nil, text: note.text))
        places += note.periods.map { Place(id: id, device: line.name, channel: line.channel.channel, range: $0) }
      }
    }
    for var note in extra {
      note.id = id("D")
      notes.append(note)
      if let device = note.device, let noteSpan = note.span {
        let range = noteSpan.start.at..<max(noteSpan.start.at, noteSpan.end.at)
        places.append(Place(id: note.id, device: device, channel: nil, range: range))
      }
    }
  }

  func ids(of line: ExactEntry, period: Int) -> [String] { ids[line.place][period] }

  /// Gives each note to the lines of its device and the periods that it touches.
  private mutating func assign(_ places: [Place], _ lines: [ExactEntry], _ pass: ReportPlan.Pass) {
    let byDevice = Dictionary(grouping: lines, by: \.name)
    for place in places {
      // The first period that ends after the note begins; it and those after it are touched until the note ends.
      let first = pass.periods.indices.partitionPoint { pass.periods[$0].upperBound > place.range.lowerBound }
      for period in first..<pass.periods.count {
        let start = pass.periods[period].lowerBound
        guard place.range.upperBound > start || place.range.lowerBound >= start else { break }
        for line in byDevice[place.device] ?? []
        where place.channel == nil || place.channel == line.channel.channel {
          ids[line.place][period].append(place.id)
        }
      }
    }
  }

  /// Why the plug's own day is another than the report's: one note for all days, nil where no day differs.
  private static func plugDayNote(
    _ line: ExactEntry, _ sums: ReportSums, _ request: ReportRequest, _ pass: ReportPlan.Pass
  ) -> (text: String, periods: [Range<Timestamp>])? {
    guard request.granularity == .day else { return nil }
    let unit = Energy.unit(places: line.places)
    var differing: [Range<Timestamp>] = []
    var end: Timestamp?
    for (index, period) in pass.periods.enumerated() where sums.exists(line, index) {
      guard let plugDay = sums.plugDay(of: line, index), plugDay.end != period.upperBound else { continue }
      let use = sums.bucket(of: line, index).energy
      let difference = plugDay.yesterday - use
      // Two units are the firmware's own rounding at midnight.
      guard abs(difference.milliwattHours) > 2 * unit.milliwattHours else { continue }
      differing.append(period)
      end = plugDay.end
    }
    guard let end else { return nil }
    let clock = LocalInstant(end, offsetSeconds: request.zone.offset(at: end)).hourAndMinute
    let start = request.dayStartMinute
    let why =
      start == 0 ? "its time zone is not the site's" : "the site's days begin at \(ClockText.text(minuteOfDay: start))"
    return (
      "the plug ends its day at \(clock) here (\(why)), so its own Yesterday is another day's use", differing
    )
  }

  /// nil for what explains other events and is no note of its own.
  private static func letter(_ kind: LedgerEvent.Kind) -> String? {
    switch kind {
    case .gap: "G"
    case .fallback: "R"
    case .reset: "Z"
    case .counterSet: "S"
    case .glitch: "X"
    case .swap: "W"
    case .clock: "C"
    case .sharedTopic: "T"
    case .noCounter: "N"
    case .imported: "I"
    case .availability, .relay, .restart: nil
    }
  }
}
