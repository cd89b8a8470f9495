import EnergyAccounting
import Readings
import Testing

/// A meter whose Total runs backwards loses Today in a power cut: Total jumps, up or down, and nobody used that.
struct BothWaysPowerCutTests {
  private typealias Message = MeterFixture.Message

  /// Gives back 0.6 kWh in ten minutes' steps, loses power at noon for some minutes, and goes on.
  private func ledger(
    after: [Message], started second: Int64, events: [Event] = []
  ) -> DeviceLedger {
    let before = (0...60).map {
      Message(36_000 + 60 * Int64($0), 5000 - 10 * Int64($0), today: -10 * Int64($0), yesterday: 300, power: -600)
    }
    return MeterFixture.ledger(
      before + after, cuts: [0, 86_400, 172_800],
      events: events + [MeterFixture.event(second, .restart, "RestartReason Power On")])
  }

  @Test func whatWasGivenBackTodayIsNotUsedAgain() {
    let after = (0...10).map {
      Message(40_200 + 60 * Int64($0), 5000 - 10 * Int64($0), today: -10 * Int64($0), yesterday: 300, power: -600)
    }
    let ledger = ledger(after: after, started: 40_195)
    #expect(ledger.wattHours == [0, 0])
    #expect(ledger.channels[0].buckets[0].export == Energy(milliwattHours: 700_000))
    #expect(ledger.decisions == [.fallback])
    #expect(!ledger.channels[0].buckets[0].isComplete)
  }

  @Test func aPlugThatKeepsTodayGoesOn() {
    let after = (0...10).map {
      Message(40_200 + 60 * Int64($0), 4400 - 10 * Int64($0), today: -600 - 10 * Int64($0), yesterday: 300, power: -600)
    }
    let ledger = ledger(after: after, started: 40_195)
    #expect(ledger.wattHours == [0, 0])
    #expect(ledger.channels[0].buckets[0].export == Energy(milliwattHours: 700_000))
    #expect(ledger.decisions.isEmpty)
  }

  /// Printed in whole Wh, Total and Today turn at different messages, and the power is 0 before it shows a sign.
  @Test func aMeterThatTurnsSlowlyGivesBackWhatItGaveBack() {
    var messages: [Message] = []
    for step in Int64(0)..<200 {
      let given = step / 4
      let power: Int64 = step < 6 ? 0 : -45
      messages.append(
        Message(
          30_000 + 20 * step, 5000 - (step + 2) / 4, today: 900 - given, yesterday: 300, power: power))
    }
    let ledger = MeterFixture.ledger(messages)
    #expect(ledger.totalWattHours == 0)
    #expect(ledger.decisions.isEmpty)
    let export = ledger.channels[0].buckets[0].export.milliwattHours
    #expect(export >= 47_000 && export <= 50_000, "\(export)")
  }

  /// Export by a register of its own, one for each phase, beside one Total.
  @Test func exportOfEachPhaseIsSummed() {
    func column(_ key: FieldKey, _ channel: UInt8, _ values: [Int64]) -> ReadingColumns.Column {
      .init(field: Field(key, channel: channel, .decimal(3)), values: values)
    }
    var account = MeterAccount(cutPoints: CutPoints([0, 86_400].map(MeterFixture.at)))
    account.add(
      ReadingColumns(
        times: [10, 70, 130].map(MeterFixture.at),
        columns: [
          column(.total, 0, [100, 103, 106]), column(.exportActive, 1, [7000, 7001, 7003]),
          column(.exportActive, 2, [50, 54, 55]), column(.exportActive, 3, [0, 0, 0]),
        ]), device: MeterFixture.device)
    let bucket = account.finish().channels[0].buckets[0]
    #expect(bucket.energy == Energy(milliwattHours: 6000))
    #expect(bucket.export == Energy(milliwattHours: 8000))
  }
}
