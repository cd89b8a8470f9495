import EnergyAccounting
import Readings
import Testing

/// Readings that tell neither a counter nor a power are readings all the same.
struct UncountedReadingsTests {
  private static func rows(_ seconds: [Int64]) -> ReadingColumns {
    ReadingColumns(
      times: seconds.map(MeterFixture.at),
      columns: [
        .init(field: Field(.time, .clock), values: seconds.map { MeterFixture.origin + $0 }),
        .init(field: Field(.voltage, .decimal(1)), values: seconds.map { _ in 2300 }),
      ])
  }

  @Test func aPlugThatSpokeIsALineOfNothing() throws {
    var account = MeterAccount(cutPoints: CutPoints([0, 3600, 7200].map(MeterFixture.at)))
    account.add(Self.rows([60, 120, 3660]), device: MeterFixture.device)
    let ledger = account.finish()
    let channel = try #require(ledger.channels.first)
    #expect(channel.buckets.map(\.messages) == [2, 1] && ledger.wattHours == [0, 0])
    #expect(channel.buckets.allSatisfy { $0.missing == 3_600_000 && !$0.isComplete && $0.covered == 0 })
    #expect(ledger.events.map(\.kind) == [.noCounter])
    #expect(ledger.events.first?.text.contains("neither Total nor Power") == true)
  }

  @Test func oneMessageWithoutThemChangesNothing() {
    let messages = (0...20).map { MeterFixture.Message(Int64($0) * 60, 1000 + Int64($0), today: 100 + Int64($0)) }
    var account = MeterAccount(cutPoints: CutPoints([-100_000, 100_000].map(MeterFixture.at)))
    account.add(MeterFixture.rows(Array(messages[0...10])), device: MeterFixture.device)
    account.add(Self.rows([630]), device: MeterFixture.device)
    account.add(MeterFixture.rows(Array(messages[11...])), device: MeterFixture.device)
    let ledger = account.finish()
    #expect(ledger.totalWattHours == 20 && ledger.decisions.isEmpty)
  }
}
