import Readings
import Simulation
import Tasmota
import Testing

/// Plugs that exchange topics, restart by themselves, are commanded, and change the form of what they say.
@Suite struct IdentityTests {
  private func run(
    _ names: String, days: Int64, _ faults: Set<Fault>, seed: UInt64, channels: Int = 1
  ) throws -> Run {
    var options = options(names, days: days)
    options.faults = faults
    options.seed = seed
    options.energyResolution = 5
    options.period = 60
    for index in options.devices.indices { options.devices[index].channels = channels }
    return try Run(options)
  }

  /// The counters that each MAC tells, told apart by the topic that its last discovery message gave it.
  private func totals(_ run: Run) throws -> [String: [Run.Entry]] {
    var owner: [String: String] = [:]
    var result: [String: [Run.Entry]] = [:]
    for entry in run.entries where !entry.message.retained || entry.device == "discovery" {
      if case .event(let event) = entry.outcome, event.kind == .discovery, let device = event.device {
        owner[device.topic] = device.mac
      } else if entry.isReading, let mac = owner[entry.device] {
        result[mac, default: []].append(entry)
      }
    }
    return result
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func tradedTopicsLeaveEachMACItsCounter(seed: UInt64) throws {
    let run = try run("fridge,heater", days: 5, [.tradedTopics], seed: seed)
    let configs = run.entries.compactMap { entry -> (String, String)? in
      guard case .event(let event) = entry.outcome, event.kind == .discovery, let device = event.device else {
        return nil
      }
      return device.mac.map { ($0, device.topic) }
    }
    let topics = Dictionary(grouping: configs, by: \.0).mapValues { Set($0.map(\.1)) }
    #expect(topics.count == 2 && topics.values.allSatisfy { $0 == ["fridge", "heater"] })
    // The old LWT is taken back, and INFO tells a restart, not a cut.
    #expect(run.entries.contains { $0.topic == "tele/fridge/LWT" && $0.message.payload.isEmpty })
    #expect(!run.entries.contains { $0.topic.hasSuffix("INFO3") && $0.payload.contains("Power On") })
    // From discovery's word on each MAC's Total goes on where it was, but for the seconds before it.
    for (_, readings) in try totals(run) {
      let steps = zip(readings, readings.dropFirst()).count { $0.device != $1.device }
      #expect(steps >= 1)
      let sound = readings.filter { abs(($0.number(.total) ?? 0) - (readings[0].number(.total) ?? 0)) < 12_000_000 }
      #expect(readings.count - sound.count <= 2 * steps)
    }
    let used = run.truth.reduce(0) { $0 + $1.used }
    let visible = run.truth.reduce(0) { $0 + $1.visible }
    #expect(visible <= used && visible > used * 98 / 100)
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func aCrashKeepsTheCountersButSavesNothing(seed: UInt64) throws {
    let run = try run("fridge,heater,router", days: 60, [.crash], seed: seed)
    var crashes = 0
    for name in ["fridge", "heater", "router"] {
      let own = run.entries.filter { $0.device == name && !$0.message.retained }
      for (index, entry) in own.enumerated() where entry.topic.hasSuffix("INFO3") {
        crashes += 1
        expect(!entry.payload.contains("Power On") && !entry.payload.contains("Software/System"), at: entry)
        let before = try wanted(own[..<index].last(where: \.isReading))
        let after = try wanted(own[index...].first(where: \.isReading))
        guard before.plugDay == after.plugDay else { continue }
        expect(try wanted(after.number(.today)) >= wanted(before.number(.today)), at: after)
        // The broker finds the dead connection when the plug connects again.
        let words = own[..<index].suffix(8).filter { $0.topic.hasSuffix("LWT") }.map(\.payload)
        expect(words.suffix(2) == ["Offline", "Online"], at: entry)
      }
    }
    #expect(crashes > 10)
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func eachCommandIsAnsweredWithTheCountersThatFollow(seed: UInt64) throws {
    let run = try run("fridge,heater,router", days: 90, [.energyCommands], seed: seed)
    var words: Set<String> = []
    for name in ["fridge", "heater", "router"] {
      let own = run.entries.filter { $0.device == name && !$0.message.retained }
      for (index, entry) in own.enumerated() where entry.topic.hasSuffix("RESULT") && entry.payload.contains("Energy") {
        words.insert(String(entry.payload.dropFirst(2).prefix { $0 != "\"" }))
        guard case .event(let event) = entry.outcome, event.kind == .result else {
          Issue.record("no event: \(entry.payload)")
          continue
        }
        expect(event.detail == entry.payload, at: entry)
        let after = try wanted(own[index...].first(where: \.isReading))
        let isAlone = own[index...].prefix(while: { !$0.isReading }).count == 1
        guard let told = number("Total", in: entry.payload), isAlone else { continue }
        let total = try wanted(after.number(.total))
        // A minute of the strongest heater, a midnight's last digits, float32 of a large Total.
        expect(total >= told - 100 - told / 8_000_000 && total <= told + 3700 + told / 8_000_000, at: after)
      }
    }
    #expect(words == ["EnergyToday", "EnergyYesterday", "EnergyTotal", "EnergyReset"])
  }

  private func number(_ key: String, in payload: String) -> Int64? {
    let parts = payload.split(separator: "\"", omittingEmptySubsequences: false)
    guard let index = parts.firstIndex(of: Substring(key)), index + 1 < parts.count else { return nil }
    return Int64(parts[index + 1].filter { $0.isNumber || $0 == "-" })
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func splittingTheTotalsChangesTheirFormAndNotTheirSum(seed: UInt64) throws {
    let run = try run("heater,router", days: 25, [.splitTotals], seed: seed, channels: 2)
    var changes = 0
    for name in ["heater", "router"] {
      func sum(_ entry: Run.Entry, _ key: FieldKey) -> Int64? {
        entry.number(key)
          ?? entry.number(key, channel: 1).flatMap { first in
            entry.number(key, channel: 2).map { first + $0 }
          }
      }
      let readings = run.readings(name)
      for (before, after) in zip(readings, readings.dropFirst()) where before.plugDay == after.plugDay {
        if (before.number(.total) == nil) != (after.number(.total) == nil) { changes += 1 }
        let (old, new) = (try wanted(sum(before, .total)), try wanted(sum(after, .total)))
        // Two heaters in a minute, and the float32 of sums and parts.
        expect(new >= old - 12 - old / 4_000_000 && new <= old + 7400 + old / 4_000_000, at: after)
      }
    }
    #expect(changes > 6)
    #expect(run.entries.contains { $0.payload == "{\"SetOption129\":\"ON\"}" })
  }
}
