import EnergyAccounting
import Readings
import Testing

/// A trace tells how the figures come about and changes none of them.
struct StepTraceTests {
  private typealias Message = MeterFixture.Message

  /// A day with a midnight on both sides, a false zero, a power cut and a counter that is set.
  private static let messages: [Message] = {
    var messages: [Message] = []
    var (total, today, yesterday) = (Int64(5000), Int64(300), Int64(700))
    for second in stride(from: Int64(-3570), through: 90_000, by: 60) {
      total += 1
      today += 1
      if second == 30 || second == 86_430 { (today, yesterday) = (1, today - 1) }
      if second == 20_010 {
        messages.append(Message(second, 0, today: 0, yesterday: 0))
        continue
      }
      if second == 40_050 { (total, today) = (total - today, 0) }
      if second > 40_000, second < 40_050 { continue }
      if second == 60_030 { total += 900_000 }
      messages.append(Message(second, total, today: today, yesterday: yesterday))
    }
    return messages
  }()

  @Test func aTraceChangesNothingAndAddsUpToTheDay() throws {
    let cuts = [Int64(0), 21_600, 86_400].map(MeterFixture.at)
    let trace = StepTrace(edges: [cuts[0], cuts[2]])
    func ledger(_ trace: StepTrace?) -> DeviceLedger {
      var account = MeterAccount(cutPoints: CutPoints(cuts))
      account.trace = trace
      account.add(MeterFixture.rows(Self.messages), device: MeterFixture.device)
      return account.finish()
    }
    let traced = ledger(trace)
    #expect(traced == ledger(nil))
    let whole = try #require(traced.channels.first).sum(0..<2).energy
    let first = try #require(trace.steps.last { $0.from.time < cuts[0] })
    let last = try #require(trace.steps.first { $0.to.time >= cuts[2] })
    func floored(_ energy: Energy) -> Int64 { energy.milliwattHours.flooringQuotient(1000) * 1000 }
    let atStart = floored(first.before + first.energy(until: cuts[0]))
    let atEnd = floored(last.before + last.energy(until: cuts[2]))
    #expect(atEnd - atStart == whole.milliwattHours)
    // Every stretch begins where the one before it ended, and counts on from what that one had counted.
    for (old, new) in zip(trace.steps, trace.steps.dropFirst()) {
      #expect(old.to.time == new.from.time)
      #expect(new.before == old.before + old.energy)
    }
    let rules = trace.steps.map(\.rule)
    #expect(rules.contains("midnight") && rules.contains("fallback") && rules.contains("counter-set"))
    #expect(trace.leftOut.map(\.points.count) == [1])
    #expect(trace.steps.count < 20, "\(trace.steps.count) stretches")
  }
}
