import EnergyAccounting
import Readings
import Testing

/// Plugs that tell one Total or one for each channel, and change between the two.
struct TotalFormTests {
  private struct Counter {
    var channel: UInt8
    var total: Int64
    var today: Int64

    init(_ channel: UInt8, _ total: Int64, _ today: Int64) {
      self.channel = channel
      self.total = total
      self.today = today
    }
  }

  /// Rows ten seconds apart from `second` on; each row holds its channels' Total and Today in Wh, channel 0 for the only
  /// one.
  private func rows(_ second: Int64, _ counters: [[Counter]]) -> ReadingColumns {
    let times = counters.indices.map { second + 10 * Int64($0) }
    var columns: [ReadingColumns.Column] = [
      .init(field: Field(.time, .clock), values: times.map { MeterFixture.origin + $0 })
    ]
    for place in 0..<(counters.first?.count ?? 0) {
      let channel = counters[0][place].channel
      func add(_ key: FieldKey, _ values: [Int64]) {
        columns.append(.init(field: Field(key, channel: channel, .decimal(3)), values: values))
      }
      add(.total, counters.map { $0[place].total })
      add(.today, counters.map { $0[place].today })
      add(.yesterday, counters.map { _ in 800 })
    }
    return ReadingColumns(times: times.map(MeterFixture.at), columns: columns)
  }

  private func ledger(_ runs: [ReadingColumns], undone: Set<String> = []) -> DeviceLedger {
    var account = MeterAccount(
      cutPoints: CutPoints([0, 86_400].map(MeterFixture.at)), options: MeteringOptions(undoneDecisions: undone))
    for run in runs { account.add(run, device: MeterFixture.device) }
    return account.finish()
  }

  private func wattHours(_ ledger: DeviceLedger) -> Int64 {
    ledger.channels.reduce(0) { $0 + $1.buckets[0].energy.milliwattHours / 1000 }
  }

  /// SetOption129 is switched on and off again: 3 Wh before it, 4 until and while it is on, 5 after it.
  @Test func aFormThatChangesCountsNothingTwiceAndLosesNothing() {
    let ledger = ledger([
      rows(100, [[Counter(0, 1500, 150)], [Counter(0, 1503, 153)]]),
      rows(120, [[Counter(1, 1001, 101), Counter(2, 503, 53)], [Counter(1, 1003, 103), Counter(2, 504, 54)]]),
      rows(140, [[Counter(0, 1510, 160)], [Counter(0, 1512, 162)]]),
    ])
    #expect(wattHours(ledger) == 12)
    #expect(ledger.channels.map(\.channel) == [nil, 1, 2])
    #expect(ledger.decisions.isEmpty)
  }

  /// A meter of one phase shows three after each start, until its driver has spoken.
  @Test func phasesOfADriverThatHasNotSpokenAreThePlugsTotal() {
    let ledger = ledger([
      rows(100, [[Counter(0, 5000, 100)], [Counter(0, 5001, 101)]]),
      rows(120, [[Counter(1, 5002, 102), Counter(2, 0, 0), Counter(3, 0, 0)]]),
      rows(130, [[Counter(0, 5003, 103)], [Counter(0, 5004, 104)]]),
      rows(150, [[Counter(1, 5005, 105), Counter(2, 0, 0), Counter(3, 0, 0)]]),
      rows(160, [[Counter(0, 5007, 107)]]),
    ])
    #expect(ledger.channels.map(\.channel) == [nil])
    #expect(wattHours(ledger) == 7)
    let atFirst = self.ledger([
      rows(120, [[Counter(1, 5002, 102), Counter(2, 0, 0), Counter(3, 0, 0)]]),
      rows(130, [[Counter(0, 5003, 103)], [Counter(0, 5004, 104)]]),
    ])
    #expect(atFirst.channels.map(\.channel) == [nil])
    #expect(wattHours(atFirst) == 2)
  }

  /// `EnergyTotal2 9000` changes the second channel alone, and taking that back changes it alone.
  @Test func aDecisionOnOneChannelIsTakenBackThere() throws {
    let counters = (Int64(0)..<6).map { row in
      [
        Counter(1, 1000 + row, 100 + row), Counter(2, (row < 3 ? 500 : 9000) + row, 50 + row),
        Counter(3, 700 + row, 70 + row),
      ]
    }
    let runs = [rows(100, counters)]
    let decided = ledger(runs)
    #expect(decided.channels.map { $0.buckets[0].energy.milliwattHours } == [5000, 5000, 5000])
    let event = try #require(decided.events.first { $0.kind == .counterSet })
    #expect(event.channel == 2 && decided.decisions == [.counterSet])
    let undone = ledger(runs, undone: [try #require(event.decision)])
    #expect(undone.channels.map { $0.buckets[0].energy.milliwattHours } == [5000, 8_505_000, 5000])
    let told = try #require(undone.events.first { $0.kind == .counterSet })
    #expect(told.channel == 2 && told.cause == "undone" && told.decision == event.decision)
  }

  /// The same false reading on two channels makes two decisions with two names.
  @Test func eachChannelHasItsOwnDecision() throws {
    let counters = (Int64(0)..<6).map { row in
      [Counter(1, row == 3 ? 0 : 1000 + row, row == 3 ? 0 : row), Counter(2, row == 3 ? 0 : 1000 + row, row)]
    }
    let runs = [rows(100, counters)]
    let decided = ledger(runs)
    let glitches = decided.events.filter { $0.kind == .glitch }
    #expect(Set(glitches.compactMap(\.channel)) == [1, 2])
    #expect(Set(glitches.compactMap(\.decision)).count == 2)
    let undone = ledger(runs, undone: [try #require(glitches.first { $0.channel == 1 }?.decision)])
    #expect(undone.channels.map { $0.buckets[0].energy.milliwattHours } == [2000 + 1_004_000 + 1000, 5000])
  }
}
