import EnergyAccounting
import Readings

/// Messages in, kWh out: rows as a person would write them down, and what the accounting makes of them.
struct MeterFixture {
  /// Seconds since `origin`, then what the message said; nil for what it did not say.
  struct Message {
    var second: Int64
    var total: Int64?
    var today: Int64?
    var yesterday: Int64?
    /// Seconds since `origin` on the plug's clock.
    var start: Int64
    /// nil: right.
    var clock: Int64?
    var power: Int64

    /// kWh × 1000.
    init(
      _ second: Int64, _ total: Int64?, today: Int64? = nil, yesterday: Int64? = nil, start: Int64 = -86_400,
      clock: Int64? = nil, power: Int64 = 100
    ) {
      self.second = second
      self.total = total
      self.today = today
      self.yesterday = yesterday
      self.start = start
      self.clock = clock
      self.power = power
    }
  }

  /// 2026-05-01T00:00:00Z, a midnight of the plug (UTC) and of the site.
  static let origin: Int64 = 1_777_593_600
  static let device = Device(topic: "plug", mac: "A0B765112233")

  static func at(_ second: Int64) -> Timestamp { Timestamp(seconds: origin + second) }

  static func rows(_ messages: [Message], zoneSeconds: Int64 = 0, places: Int = 3) -> ReadingColumns {
    func column(_ key: FieldKey, _ form: FieldForm, _ value: (Message) -> Int64?) -> ReadingColumns.Column {
      .init(field: Field(key, form), values: messages.map { value($0) ?? ReadingColumns.absent })
    }
    let columns = [
      column(.time, .clock) { origin + ($0.clock ?? ($0.second + zoneSeconds)) },
      column(.totalStartTime, .clock) { origin + $0.start },
      column(.total, .decimal(places), \.total), column(.today, .decimal(places), \.today),
      column(.yesterday, .decimal(places), \.yesterday), column(.power, .decimal(0), \.power),
    ]
    return ReadingColumns(
      times: messages.map { at($0.second) },
      columns: columns.filter { $0.values.contains { $0 != ReadingColumns.absent } })
  }

  /// - Parameter cuts: seconds since `origin`; by default from before everything to after it.
  static func ledger(
    _ messages: [Message], cuts: [Int64] = [-1_000_000, 100_000_000], events: [Event] = [], zoneSeconds: Int64 = 0,
    options: MeteringOptions = MeteringOptions()
  ) -> DeviceLedger {
    var account = MeterAccount(cutPoints: CutPoints(cuts.map(at)), options: options)
    for event in events { account.add(event) }
    account.add(rows(messages, zoneSeconds: zoneSeconds), device: device)
    return account.finish()
  }

  static func event(_ second: Int64, _ kind: Event.Kind, _ detail: String) -> Event {
    Event(at: at(second), device: device, kind: kind, detail: detail)
  }
}

extension DeviceLedger {
  /// kWh × 1000 of the buckets of the only channel.
  var wattHours: [Int64] { channels.first?.buckets.map { $0.energy.milliwattHours / 1000 } ?? [] }
  var totalWattHours: Int64 { wattHours.reduce(0, +) }
  /// Kinds of decisions, gaps and the bus left out.
  var decisions: [LedgerEvent.Kind] {
    events.map(\.kind).filter { ![.gap, .availability, .relay, .restart].contains($0) }
  }
}
