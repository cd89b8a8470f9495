import EnergyAccounting
import Readings
import Testing

/// What a person puts right: nothing but that changes.
struct CorrectedAccountTests {
  private typealias Message = MeterFixture.Message

  @Test func whatIsLeftOutCountsNothingAndIsMissing() {
    let all = (0...60).map { Message(Int64($0) * 60, 1000 + Int64($0), today: 100 + Int64($0)) }
    var account = MeterAccount(cutPoints: CutPoints([0, 3600].map(MeterFixture.at)))
    account.add(MeterFixture.rows(Array(all[0...20])), device: MeterFixture.device)
    account.leaveOut(MeterFixture.at(1230)..<MeterFixture.at(2370), text: "lent")
    account.add(MeterFixture.rows(Array(all[40...])), device: MeterFixture.device)
    let ledger = account.finish()
    #expect(ledger.wattHours == [40])
    #expect(ledger.channels[0].buckets[0].missing == 20 * 60_000)
    #expect(ledger.channels[0].buckets[0].inferredTime == 0)
    #expect(ledger.events.map(\.cause) == ["ignored"] && ledger.events.map(\.text) == ["lent"])
  }

  @Test func energyIsMultipliedExactlyFromItsInstantOn() {
    let messages = (0...120).map { Message(Int64($0) * 60, 1000 + 3 * Int64($0), today: 100 + 3 * Int64($0)) }
    let whole = MeterFixture.ledger(messages, cuts: [0, 3600, 7200])
    #expect(whole.wattHours == [180, 180])
    let scale = MeteringOptions.Scale(from: MeterFixture.at(3600), numerator: 900_000, denominator: 1_000_000)
    let scaled = MeterFixture.ledger(messages, cuts: [0, 3600, 7200], options: MeteringOptions(scales: [scale]))
    #expect(scaled.wattHours == [180, 162])
  }

  /// Each decision that has an id can be taken back by it, and only it changes.
  @Test func aDecisionTakenBackCountsTheCountersOwnDifference() throws {
    var messages = (0...20).map { Message(Int64($0) * 60, 1000 + Int64($0), today: 100 + Int64($0)) }
    messages += (21...40).map { Message(Int64($0) * 60, 9000 + Int64($0), today: 100 + Int64($0)) }
    let decided = MeterFixture.ledger(messages)
    let event = try #require(decided.events.first { $0.kind == .counterSet })
    #expect(decided.totalWattHours == 40)
    let id = try #require(event.decision)
    #expect(DecisionID.isShaped(id))
    let undone = MeterFixture.ledger(messages, options: MeteringOptions(undoneDecisions: [id]))
    #expect(undone.totalWattHours == 8040)
    let told = try #require(undone.events.first { $0.decision == id })
    #expect(told.kind == .counterSet && told.cause == "undone")
    #expect(MeterFixture.ledger(messages, options: MeteringOptions(undoneDecisions: ["e00000000"])) == decided)
  }

  @Test func aGlitchTakenBackCountsItsDifferences() throws {
    var messages = (0...20).map { Message(Int64($0) * 60, 1000 + Int64($0), today: 100 + Int64($0)) }
    messages[10].total = 3000
    let decided = MeterFixture.ledger(messages)
    #expect(decided.totalWattHours == 20)
    let event = try #require(decided.events.first { $0.kind == .glitch })
    let id = try #require(event.decision)
    let undone = MeterFixture.ledger(messages, options: MeteringOptions(undoneDecisions: [id]))
    #expect(undone.totalWattHours == 3000 - 1000 + 9)
    #expect(undone.events.first { $0.decision == id }?.cause == "undone")
  }

  @Test func aSwapByMACTakenBackGoesOn() throws {
    func ledger(_ undone: Set<String>) -> DeviceLedger {
      var account = MeterAccount(
        cutPoints: CutPoints([0, 86_400].map(MeterFixture.at)), options: MeteringOptions(undoneDecisions: undone))
      account.add(
        MeterFixture.rows([Message(100, 5000, today: 5, yesterday: 0), Message(110, 5001, today: 6, yesterday: 0)]),
        device: MeterFixture.device)
      account.add(
        MeterFixture.rows([Message(500, 5090, today: 95, yesterday: 1), Message(510, 5093, today: 98, yesterday: 1)]),
        device: Device(topic: "plug", mac: "A0B765445566"))
      return account.finish()
    }
    let decided = ledger([])
    #expect(decided.totalWattHours == 4)
    let id = try #require(decided.events.first { $0.kind == .swap }?.decision)
    #expect(ledger([id]).totalWattHours == 93)
  }
}
