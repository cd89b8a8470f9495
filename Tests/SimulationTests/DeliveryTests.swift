import Readings
import Simulation
import Testing

/// Messages that come twice, late, all at once, or because somebody asked.
@Suite struct DeliveryTests {
  private func run(_ names: String, days: Int64, seed: UInt64, _ set: (inout SimulationOptions) -> Void) throws -> Run {
    var options = options(names, days: days)
    options.seed = seed
    options.period = 60
    set(&options)
    return try Run(options)
  }

  @Test(arguments: [1, 2, 3] as [UInt64], SimulationOptions.Copies.allCases)
  func aBridgeBringsEachMessageASecondTimeAndChangesNothingElse(seed: UInt64, copies: SimulationOptions.Copies) throws {
    let alone = try run("fridge,tv", days: 2, seed: seed) { _ in }
    let bridged = try run("fridge,tv", days: 2, seed: seed) { $0.copies = copies }
    #expect(alone.truth.map(\.used) == bridged.truth.map(\.used))
    for name in ["fridge", "tv"] {
      let own = alone.messages("tele/\(name)/SENSOR").map(\.payload)
      let heard = bridged.messages("tele/\(name)/SENSOR")
      if copies == .same {
        // The last one's copy may come after the end.
        let twice = own.flatMap { [$0, $0] }
        let isSame = heard.map(\.payload) == Array(twice.prefix(heard.count)) && heard.count >= twice.count - 1
        #expect(isSame)
      } else {
        let brought = bridged.messages("bridge/tele/\(name)/SENSOR")
        let isSame = heard.map(\.payload) == own
        let isCopied = brought.map(\.payload) == Array(own.prefix(brought.count)) && brought.count >= own.count - 1
        #expect(isSame && isCopied)
        for (first, second) in zip(heard, brought) {
          let delay = second.message.receivedAtNanoseconds - first.message.receivedAtNanoseconds
          expect(delay > 0 && delay < 7_000_000_000, at: second)
        }
      }
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func aScriptsPollsComeBesideTelemetry(seed: UInt64) throws {
    let plain = try run("heater", days: 1, seed: seed) { _ in }
    let polled = try run("heater", days: 1, seed: seed) { $0.pollMilliseconds = 17_000 }
    let answers = polled.messages("stat/heater/STATUS8")
    #expect((5080...5084).contains(answers.count))
    for answer in answers {
      expect(answer.isReading && answer.number(.period) == nil && answer.number(.total) != nil, at: answer)
    }
    // Asking does not move Period: both hear the same telemetry, but for what the meter's noise makes of S, Q and I.
    let keys: [FieldKey] = [.time, .total, .today, .yesterday, .period, .power]
    func told(_ run: Run) -> [[Int64?]] {
      run.messages("tele/heater/SENSOR").map { entry in keys.map { entry.number($0) } }
    }
    let isSame = told(plain) == told(polled)
    #expect(isSame)
    #expect(plain.truth.map(\.used) == polled.truth.map(\.used))
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func aLateMessageTellsAnOlderClock(seed: UInt64) throws {
    let run = try run("fridge,heater", days: 6, seed: seed) { $0.faults = [.late] }
    var late = 0
    for name in ["fridge", "heater"] {
      let clocks = try run.readings(name).map { try wanted($0.number(.time)) }
      late += zip(clocks, clocks.dropFirst()).count { $1 < $0 }
      // Each is built once and arrives once, at its time or later.
      #expect(Set(clocks).count == clocks.count)
      for entry in run.readings(name) {
        let age = try entry.message.receivedAt.seconds - wanted(entry.number(.time))
        expect(age >= -2 && age < 7300, at: entry)
      }
    }
    #expect(late >= 10)
    let times = run.entries.map(\.message.receivedAtNanoseconds)
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func whatWasHeldUpComesAllAtOnceInItsOrder(seed: UInt64) throws {
    let run = try run("fridge,router", days: 12, seed: seed) { $0.faults = [.heldUp] }
    var bursts = 0
    for name in ["fridge", "router"] {
      let readings = run.readings(name)
      for (before, after) in zip(readings, readings.dropFirst()) {
        let apart = after.message.receivedAtNanoseconds - before.message.receivedAtNanoseconds
        let built = try wanted(after.number(.time)) - wanted(before.number(.time))
        expect(built > 0, at: after)
        if apart < 50_000_000 { bursts += 1 }
      }
      // Nothing is missing but what was on its way at the end.
      #expect(abs(Int64(readings.count) - 12 * 1440) <= 2)
    }
    #expect(bursts > 20)
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func visibleEnergyIsWhatTheReadingsThatArrivedTell(seed: UInt64) throws {
    let run = try run("router,heater", days: 9, seed: seed) {
      $0.faults = [.late, .heldUp]
      $0.energyResolution = 5
    }
    for name in ["router", "heater"] {
      let readings = run.readings(name).sorted { ($0.number(.time) ?? 0) < ($1.number(.time) ?? 0) }
      var told: Int64 = 0
      for (before, after) in zip(readings, readings.dropFirst()) {
        let (old, new) = (try wanted(before.number(.today)), try wanted(after.number(.today)))
        let yesterday = try wanted(after.number(.yesterday))
        told += before.plugDay == after.plugDay ? new - old : yesterday - old + new
      }
      let visible = run.truth.filter { $0.device == name }.reduce(0) { $0 + $1.visible } / 36_000_000
      // Half a unit of rounding a reading is not added up; a day's end takes two.
      #expect(abs(told - visible) <= 40, "\(name): \(told) \(visible)")
    }
  }
}
