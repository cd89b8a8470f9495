public import Calendar
public import EnergyAccounting
public import Readings
import Text

/// What `gaps` and `events` print: decisions of the accounting with their device, in order of time.
public struct EventList: Sendable {
  public struct Line: Sendable {
    public var device: String
    public var event: LedgerEvent
    /// Digits of kWh that the device's counter is printed with.
    public var places: Int

    public init(device: String, event: LedgerEvent, places: Int) {
      self.device = device
      self.event = event
      self.places = min(max(places, 0), 6)
    }
  }

  /// By start, then end, then device.
  public let lines: [Line]
  private let zone: TimeZoneRules
  private let zoneName: String

  public init(_ lines: [Line], zone: TimeZoneRules, zoneName: String) {
    self.lines = lines.sorted {
      ($0.event.from, $0.event.to, $0.device) < ($1.event.from, $1.event.to, $1.device)
    }
    self.zone = zone
    self.zoneName = zoneName
  }

  /// Those of some kinds that touch a time (`to` at its start or later, `from` before its end).
  public init(
    _ ledgers: [NamedLedger], kinds: Set<LedgerEvent.Kind>, in range: Range<Timestamp>, zone: TimeZoneRules,
    zoneName: String
  ) {
    let lines = ledgers.flatMap { named in
      named.ledger.events
        .filter { kinds.contains($0.kind) && $0.to >= range.lowerBound && $0.from < range.upperBound }
        .map { event in
          let channel = named.ledger.channels.first { $0.channel == event.channel } ?? named.ledger.channels.first
          return Line(device: named.name, event: event, places: channel?.counterPlaces ?? 3)
        }
    }
    self.init(lines, zone: zone, zoneName: zoneName)
  }

  private func local(_ instant: Timestamp) -> LocalInstant {
    LocalInstant(instant, offsetSeconds: zone.offset(at: instant))
  }

  private func kWh(_ energy: Energy?, _ line: Line) -> Figure? {
    energy.map { Figure($0.mantissa(places: line.places), places: line.places) }
  }

  // MARK: JSON and CSV

  /// `wattlog.events/1`.
  public func json() -> String {
    var writer = JSONWriter()
    writer.object { root in
      root.key("schema")
      root.value("wattlog.events/1")
      root.key("timeZone")
      root.value(zoneName)
      root.key("events")
      root.array(lines) { list, line in
        list.newLine()
        list.object { write(line, to: &$0) }
      }
    }
    return writer.text + "\n"
  }

  private func write(_ line: Line, to json: inout JSONWriter) {
    json.key("kind")
    json.value(line.event.kind.rawValue)
    json.key("device")
    json.value(line.device)
    json.key("channel")
    if let channel = line.event.channel { json.value(channel) } else { json.null() }
    json.key("from")
    json.value(local(line.event.from).iso)
    json.key("to")
    json.value(local(line.event.to).iso)
    json.key("before")
    json.value(kWh(line.event.before, line))
    json.key("after")
    json.value(kWh(line.event.after, line))
    json.key("kWh")
    json.value(kWh(line.event.energy, line))
    json.key("cause")
    json.value(line.event.cause)
    json.key("text")
    json.value(line.event.text)
    if let decision = line.event.decision {
      json.key("id")
      json.value(decision)
    }
  }

  public func csv(dialect: CSVDialect = .iso) -> String {
    var cells = CSVCells(dialect: dialect)
    for column: ColumnName in [
      .kind, .device, .channel, .from, .to, .before, .after, .energy, .cause, .text,
    ] {
      cells.text(column.name(in: dialect.language))
    }
    cells.endRow()
    for line in lines {
      cells.text(line.event.kind.rawValue)
      cells.text(line.device)
      cells.number(line.event.channel)
      cells.time(local(line.event.from))
      cells.time(local(line.event.to))
      cells.number(kWh(line.event.before, line))
      cells.number(kWh(line.event.after, line))
      cells.number(kWh(line.event.energy, line))
      cells.text(line.event.cause)
      cells.text(line.event.text)
      cells.endRow()
    }
    return String(decoding: cells.bytes, as: UTF8.self)
  }

  // MARK: Tables

  /// `gaps`: when, how long, why, and what the counter says was used meanwhile.
  public func gapTable(options: TableRenderer.Options) -> String {
    var grid = TextGrid([
      .init("plug", .left), .init("from", .left), .init("to", .left), .init("lasted", dispensability: 4),
      .init("energy", dispensability: 3),
      .init("cause", .left, dispensability: 1), .init("", .left, dispensability: 2, isElastic: true),
    ])
    for line in lines {
      let event = line.event
      let start = local(event.from)
      let end = local(event.to)
      grid.append([
        .init(SafeText.neutralised(name(line))), .init("\(start.date) \(start.hourAndMinute)"),
        .init(start.date == end.date ? end.hourAndMinute : "\(end.date) \(end.hourAndMinute)"),
        .init(ReportWording.duration((event.to.milliseconds - event.from.milliseconds) / 1000)),
        .init(kWh(event.energy, line).map { "\(ReportWording.grouped($0)) kWh" } ?? "unknown"),
        .init(SafeText.neutralised(spaced(event.cause))), .init(SafeText.neutralised(event.text), .dim),
      ])
    }
    return text(grid, options)
  }

  /// `events`: when, what, the counter before and after, and what was counted.
  public func table(options: TableRenderer.Options) -> String {
    var grid = TextGrid([
      .init("time", .left), .init("plug", .left), .init("kind", .left), .init("before", dispensability: 3),
      .init("after", dispensability: 3), .init("counted", dispensability: 2),
      .init("id", .left, dispensability: 4), .init("", .left, dispensability: 1, isElastic: true),
    ])
    for line in lines {
      let event = line.event
      // A decision stands where it showed, what lasted where it began.
      let time = local(event.decision == nil ? event.from : event.to)
      grid.append([
        .init("\(time.date) \(time.hourAndMinute)"), .init(SafeText.neutralised(name(line))),
        .init(event.kind.rawValue), .init(kWh(event.before, line).map(ReportWording.grouped) ?? ""),
        .init(kWh(event.after, line).map(ReportWording.grouped) ?? ""),
        .init(kWh(event.energy, line).map { "\(ReportWording.grouped($0)) kWh" } ?? ""),
        .init(event.decision ?? "", .dim), .init(SafeText.neutralised(event.text), .dim),
      ])
    }
    return text(grid, options)
  }

  private func name(_ line: Line) -> String { line.event.channel.map { "\(line.device) \($0)" } ?? line.device }

  private func spaced(_ cause: String) -> String {
    String(cause.map { $0 == "-" ? " " : $0 })
  }

  private func text(_ grid: TextGrid, _ options: TableRenderer.Options) -> String {
    grid.lines(width: options.width, colour: options.colour).joined(separator: "\n") + "\n"
  }
}
