import Readings
import Simulation
import Testing

/// Counters that run backwards, below zero, and beside registers of their own.
@Suite struct BothWaysTests {
  private func run(_ form: SimulationOptions.ExportForm, seed: UInt64, days: Int64 = 12) throws -> Run {
    var options = options("solar,solar-2", days: days, from: 1_781_913_600)  // June
    options.solarExport = form
    options.seed = seed
    options.energyResolution = 5
    options.period = 60
    return try Run(options)
  }

  @Test(arguments: [1, 2, 3] as [UInt64], [SimulationOptions.ExportForm.backwards, .both])
  func midnightCutsTowardsZeroAlsoBelowIt(seed: UInt64, form: SimulationOptions.ExportForm) throws {
    let run = try run(form, seed: seed)
    var midnights = 0
    for name in ["solar", "solar-2"] {
      let readings = run.readings(name)
      for (before, after) in zip(readings, readings.dropFirst()) where before.plugDay != after.plugDay {
        midnights += 1
        let yesterday = try wanted(after.number(.yesterday))
        // Total was base + Today; now the base has grown by Yesterday without its last two digits.
        let base = try wanted(before.number(.total)) - wanted(before.number(.today))
        let grown = try wanted(after.number(.total)) - wanted(after.number(.today)) - base
        let rounding = 3 + abs(base) / 4_000_000
        expect(yesterday < 0 && abs(grown - yesterday / 100 * 100) <= rounding, at: after)
      }
    }
    #expect(midnights >= 20)
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func exportActiveTellsBesideWhatTotalTakesOff(seed: UInt64) throws {
    let run = try run(.both, seed: seed)
    for name in ["solar", "solar-2"] {
      let readings = run.readings(name)
      let first = try #require(readings.first)
      let last = try #require(readings.last)
      let exported = try wanted(last.number(.exportActive)) - wanted(first.number(.exportActive))
      let rows = run.truth.filter { $0.device == name }
      let truth = rows.reduce(0) { $0 + $1.exported } / 36_000_000
      // Before the first message and after the last: two minutes of a panel.
      #expect(abs(exported - truth) <= 6000 + abs(exported) / 4_000_000)
      let total = try wanted(last.number(.total)) - wanted(first.number(.total))
      let net = rows.reduce(0) { $0 + $1.used - $1.exported } / 36_000_000
      #expect(abs(total - net) <= 7500)
      #expect(total < 0)
    }
  }
}
