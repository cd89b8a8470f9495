import Readings
import Simulation
import Testing

/// The loads that captures of others show: pulses between levels, espresso machines, pumps, a car on three phases.
@Suite struct ApplianceTests {
  private func run(_ names: String, seed: UInt64, days: Int64 = 4) throws -> Run {
    var options = options(names, days: days)
    options.seed = seed
    options.pollMilliseconds = 5000
    options.period = 300
    options.powerResolution = 1
    options.energyResolution = 5
    return try Run(options)
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func pulsesAreShortAndBetweenTwoLevels(seed: UInt64) throws {
    let run = try run("hob,espresso", seed: seed)
    for name in ["hob", "espresso"] {
      let powers = try run.readings(name).map { try wanted($0.real(.power)) }
      let most = try #require(powers.max())
      #expect((900...2300).contains(most))
      let high = powers.count { $0 > most * 0.6 }
      let low = powers.count { $0 < 80 }
      #expect(high > 40 && low > powers.count / 2)
      // From one look to the next it is often the other level.
      let jumps = zip(powers, powers.dropFirst()).count { abs($0 - $1) > most * 0.5 }
      #expect(jumps > 20)
    }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64]) func aPumpModulatesOrRunsInShortTurns(seed: UInt64) throws {
    let run = try run("pump", seed: seed)
    let powers = try run.readings("pump").map { try wanted($0.real(.power)) }
    #expect(powers.allSatisfy { $0 >= 0.1 && $0 < 3800 })
    #expect(Set(powers).count > 20)
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func aCarChargesOnPhasesWithVoltagesOfTheirOwn(seed: UInt64) throws {
    let run = try run("wallbox,mains", seed: seed, days: 8)
    let readings = run.readings("wallbox")
    var charging = 0
    for entry in readings {
      let powers = try (1...3).map { try wanted(entry.real(.power, channel: UInt8($0))) }
      expect(powers.allSatisfy { $0 >= 0 && $0 < 3900 }, at: entry)
      guard powers[0] > 400 else { continue }
      charging += 1
      let volts = try (1...3).map { try wanted(entry.number(.voltage, channel: UInt8($0))) }
      expect(volts.allSatisfy { (215...255).contains($0) }, at: entry)
      // The phases are told the same current; a car of one phase leaves the others alone.
      expect(powers[1] < 50 || abs(powers[1] - powers[0]) < powers[0] * 0.05, at: entry)
    }
    #expect(charging > 100)
    #expect(readings.contains { $0.number(.voltage, channel: 1) != $0.number(.voltage, channel: 2) })
    #expect(readings.allSatisfy { ($0.real(.frequency) ?? 0) > 49.9 && ($0.real(.frequency) ?? 0) < 50.1 })
    // The main meter carries all of it.
    let used = Dictionary(grouping: run.truth, by: \.device).mapValues { $0.reduce(0) { $0 + $1.used } }
    #expect(try #require(used["mains"]) > #require(used["wallbox"]))
  }
}
