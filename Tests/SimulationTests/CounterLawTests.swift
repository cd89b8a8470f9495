import Readings
import Simulation
import Testing

/// What TASMOTA's energy driver promises of its counters, seen from its messages alone.
@Suite struct CounterLawTests {
  /// Everything to the last digit that the firmware has.
  private func fine(_ names: String, days: Int64 = 3) -> SimulationOptions {
    var options = options(names, days: days)
    options.energyResolution = 5
    options.powerResolution = 3
    options.voltageResolution = 3
    options.period = 60
    return options
  }

  @Test(arguments: [ClockOffsets.utc, .firmwareDefault, london])
  func periodIsTodaysStepAlsoOverMidnight(clock: ClockOffsets) throws {
    var options = fine("fridge,kettle,pc", days: 5)
    options.plugClock = clock
    options.siteClock = london
    let run = try Run(options)
    for name in ["fridge", "kettle", "pc"] {
      let readings = run.readings(name)
      #expect(readings.count > 7_000)
      var midnights = 0
      for (before, after) in zip(readings, readings.dropFirst()) {
        let (today, next) = (try wanted(before.number(.today)), try wanted(after.number(.today)))
        // Wh with three decimals; the counter's unit is a hundredth.
        let period = try wanted(after.number(.period)) / 10
        if before.plugDay == after.plugDay {
          expect(period == next - today, at: after)
        } else {
          midnights += 1
          let yesterday = try wanted(after.number(.yesterday))
          expect(yesterday >= today && next < 5000, at: after)
          expect(period == next + yesterday - today, at: after)
        }
      }
      #expect(midnights >= 4)
    }
  }

  @Test func totalFallsAtMidnightByLessThanOneWattHourAndNeverElse() throws {
    let run = try Run(fine("router,tv,freezer", days: 20))
    var losses = 0
    for name in ["router", "tv", "freezer"] {
      for (before, after) in zip(run.readings(name), run.readings(name).dropFirst()) {
        let step = try wanted(after.number(.total)) - wanted(before.number(.total))
        let counted = try wanted(after.number(.period)) / 10
        // Float32 at some hundred kWh has steps of 3e-5.
        if before.plugDay == after.plugDay {
          expect(abs(step - counted) <= 6, at: after)
        } else {
          let lost = counted - step
          expect((-6...105).contains(lost), at: after)
          if lost > 6 { losses += 1 }
        }
      }
    }
    #expect(losses > 10, "the integer division of midnight takes something nearly every time")
  }

  @Test func withThreeDecimalsTotalFallsByOneUnitAtMost() throws {
    var options = options("router,tv,lamp", days: 30)
    options.period = 120
    let run = try Run(options)
    var falls = 0
    for name in ["router", "tv", "lamp"] {
      for (before, after) in zip(run.readings(name), run.readings(name).dropFirst()) {
        let step = try wanted(after.number(.total)) - wanted(before.number(.total))
        expect(step >= (before.plugDay == after.plugDay ? 0 : -1), at: after)
        if step < 0 { falls += 1 }
      }
    }
    #expect(falls > 0)
  }

  @Test func apparentReactiveAndFactorFollowTheFirmware() throws {
    var options = fine("kettle,fridge,washer,tv,pc,lamp", days: 3)
    options.period = 20
    let run = try Run(options)
    var isOn = 0
    for entry in run.entries where entry.isReading {
      let power = try wanted(entry.real(.power))
      let apparent = try wanted(entry.real(.apparentPower))
      let reactive = try wanted(entry.real(.reactivePower))
      let factor = try wanted(entry.real(.factor))
      let voltage = try wanted(entry.real(.voltage))
      let current = try wanted(entry.real(.current))
      guard power > 0 else {
        expect(power == 0 && apparent == 0 && reactive == 0 && factor == 0 && current == 0, at: entry)
        continue
      }
      isOn += 1
      expect(apparent >= power - 0.0006, at: entry)
      expect(
        abs(apparent - power) < 0.001 || abs(apparent - voltage * current) <= voltage * 0.00051 + 0.01, at: entry)
      expect(abs(factor - power / apparent) <= 0.00501 + 0.002 / apparent, at: entry)
      if reactive > 0 {
        let exact = (apparent * apparent - power * power).squareRoot()
        expect(abs(exact - reactive) <= 0.051 + 0.0011 * apparent / reactive, at: entry)
      } else {
        expect(current <= 0.0055 || apparent - power <= max(1.61, apparent / 99), at: entry)
      }
    }
    #expect(isOn > 5_000)
  }

  @Test func channelsGiveArraysBesideScalarTotals() throws {
    var options = fine("pc,fridge", days: 2)
    options.devices[0].channels = 3
    let run = try Run(options)
    for (before, after) in zip(run.readings("pc"), run.readings("pc").dropFirst()) {
      expect(after.number(.total) != nil && after.number(.total, channel: 1) == nil, at: after)
      expect(after.number(.power) == nil && after.number(.power, channel: 3) != nil, at: after)
      expect(after.number(.voltage) != nil, at: after)
      guard before.plugDay == after.plugDay else { continue }
      let periods = try (1...3).map { try #require(after.number(.period, channel: UInt8($0))) / 10 }
      let step = try wanted(after.number(.today)) - wanted(before.number(.today))
      expect(abs(step - periods.reduce(0, +)) <= 1, at: after)
    }
    options.splitTotals = true
    for entry in try Run(options).readings("pc") {
      expect(entry.number(.total) == nil && entry.number(.total, channel: 3) != nil, at: entry)
      expect(entry.number(.yesterday, channel: 1) != nil && entry.number(.today, channel: 2) != nil, at: entry)
    }
  }

  @Test func solarPlugsTellExportInEitherForm() throws {
    var options = fine("solar")
    let registers = try Run(options)
    let first = try #require(registers.readings("solar").first)
    let last = try #require(registers.readings("solar").last)
    let exported = registers.truth.reduce(0) { $0 + $1.exported } / 36_000_000
    #expect(exported > 50_000)
    let step = try #require(last.number(.exportActive)) - #require(first.number(.exportActive))
    // The register shows hundreds of kWh as a float32, whose steps are then 3e-5 or 6e-5 kWh.
    #expect(abs(step - exported) < 60)
    #expect(first.number(.todaySumExport) != nil && first.number(.todaySumImport) != nil)
    options.solarExport = .backwards
    let backwards = try Run(options)
    let powers = backwards.readings("solar").compactMap { $0.real(.power) }
    #expect(powers.contains { $0 < -100 } && powers.contains { $0 > 0 })
    let net = backwards.truth.reduce(0) { $0 + $1.used - $1.exported } / 36_000_000
    let fall =
      try #require(backwards.readings("solar").last?.number(.total))
      - #require(backwards.readings("solar").first?.number(.total))
    #expect(abs(fall - net) < 500, "up to one watt-hour vanishes at each midnight")
    #expect(backwards.truth.map(\.used) == registers.truth.map(\.used))
  }

  @Test func powerDeltaSendsMarginsAndTwoReadingsWithoutPeriod() throws {
    var options = options("kettle", days: 3)
    options.powerDelta = 200
    let run = try Run(options)
    let live = run.entries.filter { !$0.message.retained }
    let margins = live.indices.filter { live[$0].topic == "tele/kettle/MARGINS" }
    #expect(margins.count >= 10)
    for index in margins where index + 1 < live.count {
      let at = live[index].message.receivedAt.seconds
      #expect(live[index + 1].topic == "tele/kettle/SENSOR" && live[index + 1].number(.period) == nil)
      #expect(live[index].payload.hasPrefix("{\"MARGINS\":{\"PowerDelta\":"))
      let later = live[(index + 2)...].prefix(6).contains {
        $0.isReading && $0.number(.period) == nil && (1...7).contains($0.message.receivedAt.seconds - at)
      }
      #expect(later || live.count - index < 6)
    }
    // Each boiling makes at least one step up and one down of two kilowatts.
    #expect(live.contains { $0.payload.contains("\"PowerDelta\":2") })
    #expect(live.contains { $0.payload.contains("\"PowerDelta\":-2") })
  }
}
