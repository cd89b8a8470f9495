public import Calendar
import EnergyAccounting
public import Readings
import Text

/// What `device list` prints: plugs with their addresses, and what was put right.
public struct DeviceList: Sendable {
  public struct Line: Sendable {
    public var name: String
    public var group: String?
    public var topics: [String]
    public var macs: [String]
    public var first: Timestamp
    public var last: Timestamp
    /// Ids of the corrections in force that concern it.
    public var corrections: [Int]

    public init(
      name: String, group: String?, topics: [String], macs: [String], first: Timestamp, last: Timestamp,
      corrections: [Int]
    ) {
      self.name = name
      self.group = group
      self.topics = topics
      self.macs = macs
      self.first = first
      self.last = last
      self.corrections = corrections
    }
  }

  public struct CorrectionLine: Sendable {
    public var id: Int
    public var enteredAt: Timestamp
    public var kind: String
    public var device: String
    /// What it does, in words.
    public var text: String
    public var why: String
    /// The correction that took it back.
    public var undoneBy: Int?

    public init(
      id: Int, enteredAt: Timestamp, kind: String, device: String, text: String, why: String, undoneBy: Int?
    ) {
      self.id = id
      self.enteredAt = enteredAt
      self.kind = kind
      self.device = device
      self.text = text
      self.why = why
      self.undoneBy = undoneBy
    }
  }

  private let lines: [Line]
  private let corrections: [CorrectionLine]
  private let zone: TimeZoneRules

  public init(_ lines: [Line], corrections: [CorrectionLine], zone: TimeZoneRules) {
    self.lines = lines
    self.corrections = corrections
    self.zone = zone
  }

  private func local(_ instant: Timestamp) -> LocalInstant {
    LocalInstant(instant, offsetSeconds: zone.offset(at: instant))
  }

  private func minute(_ instant: Timestamp) -> String {
    let time = local(instant)
    return "\(time.date) \(time.hourAndMinute)"
  }

  public func table(options: TableRenderer.Options) -> String {
    var grid = TextGrid([
      .init("device", .left), .init("group", .left, dispensability: 3), .init("topic", .left),
      .init("MAC", .left, dispensability: 1), .init("first reading", .left, dispensability: 2),
      .init("last reading", .left), .init("corrections", .left),
    ])
    for line in lines {
      grid.append([
        .init(SafeText.neutralised(line.name)), .init(SafeText.neutralised(line.group ?? "")),
        .init(SafeText.neutralised(line.topics.joined(separator: ", "))), .init(line.macs.joined(separator: ", ")),
        .init(minute(line.first)), .init(minute(line.last)),
        .init(line.corrections.map { "#\($0)" }.joined(separator: " ")),
      ])
    }
    var text = grid.lines(width: options.width, colour: options.colour)
    if !corrections.isEmpty {
      var grid = TextGrid([
        .init("#"), .init("entered", .left, dispensability: 2), .init("device", .left), .init("correction", .left),
        .init("", .left), .init("why", .left, dispensability: 1, isElastic: true),
      ])
      for line in corrections {
        let style: TextGrid.Style = line.undoneBy == nil ? .plain : .dim
        grid.append([
          .init(String(line.id), style), .init(minute(line.enteredAt), style),
          .init(SafeText.neutralised(line.device), style), .init(SafeText.neutralised(line.text), style),
          .init(line.undoneBy.map { "undone by #\($0)" } ?? "in force", style),
          .init(SafeText.neutralised(line.why), .dim),
        ])
      }
      text += [""] + grid.lines(width: options.width, colour: options.colour)
    }
    return text.joined(separator: "\n") + "\n"
  }

  /// `wattlog.devices/1`.
  public func json() -> String {
    var writer = JSONWriter()
    writer.object { root in
      root.key("schema")
      root.value("wattlog.devices/1")
      root.key("devices")
      root.array(lines) { list, line in
        list.newLine()
        list.object { write(line, to: &$0) }
      }
      root.key("corrections")
      root.array(corrections) { list, line in
        list.newLine()
        list.object { write(line, to: &$0) }
      }
    }
    return writer.text + "\n"
  }

  private func write(_ line: Line, to json: inout JSONWriter) {
    json.key("device")
    json.value(line.name)
    json.key("group")
    if let group = line.group { json.value(group) } else { json.null() }
    json.key("topics")
    json.array(line.topics) { $0.value($1) }
    json.key("macs")
    json.array(line.macs) { $0.value($1) }
    json.key("firstReading")
    json.value(local(line.first).iso)
    json.key("lastReading")
    json.value(local(line.last).iso)
    json.key("corrections")
    json.array(line.corrections) { $0.value($1) }
  }

  private func write(_ line: CorrectionLine, to json: inout JSONWriter) {
    json.key("id")
    json.value(line.id)
    json.key("entered")
    json.value(local(line.enteredAt).iso)
    json.key("kind")
    json.value(line.kind)
    json.key("device")
    json.value(line.device)
    json.key("text")
    json.value(line.text)
    json.key("why")
    json.value(line.why)
    json.key("undoneBy")
    if let undoneBy = line.undoneBy { json.value(undoneBy) } else { json.null() }
  }
}
