import Readings
import Simulation
import Testing

/// What a reader sees when something goes wrong, and what the firmware keeps of it.
@Suite struct FaultTests {
  private func run(_ names: String, days: Int64, _ faults: Set<Fault>, seed: UInt64 = 1, period: Int = 120) throws
    -> Run
  {
    var options = options(names, days: days)
    options.faults = faults
    options.seed = seed
    options.energyResolution = 5
    options.powerResolution = 3
    options.period = period
    options.siteClock = london
    options.plugClock = london
    return try Run(options)
  }

  /// Pairs of readings around a message of the plug whose text begins with a given one.
  private func around(
    _ run: Run, _ device: String, _ topic: String, _ prefix: String
  ) -> [(before: Run.Entry, cause: Run.Entry, after: Run.Entry)] {
    let own = run.entries.filter { !$0.message.retained && $0.device == device }
    var result: [(Run.Entry, Run.Entry, Run.Entry)] = []
    for (index, entry) in own.enumerated()
    where !entry.isReading && entry.topic.hasSuffix(topic) && entry.payload.hasPrefix(prefix) {
      guard let before = own[..<index].last(where: \.isReading),
        let after = own[(index + 1)...].first(where: \.isReading)
      else { continue }
      result.append((before, entry, after))
    }
    return result
  }

  @Test(arguments: [3, 4, 5] as [UInt64])
  func totalFallsBackToMidnightAfterAPowerCut(seed: UInt64) throws {
    let run = try run("fridge,heater,router,freezer", days: 40, [.powerCut], seed: seed)
    var cuts = 0
    for device in ["fridge", "heater", "router", "freezer"] {
      let introduction = "{\"Info3\":{\"RestartReason\":\"Power On"
      for (before, cause, after) in around(run, device, "INFO3", introduction) {
        guard before.plugDay == after.plugDay else { continue }
        cuts += 1
        // Total − Today is the whole watt-hours of midnight, before and after (float32 steps aside).
        let base = try wanted(before.number(.total)) - wanted(before.number(.today))
        let kept = try wanted(after.number(.total)) - wanted(after.number(.today))
        expect(try abs(base - kept) <= 12 + wanted(before.number(.total)) / 8_000_000, at: after)
        expect(before.number(.yesterday) == after.number(.yesterday), at: after)
        expect(before.number(.totalStartTime) == after.number(.totalStartTime), at: after)
        // Nothing was saved that day: Today holds what was used since the power returned, 15 s ago at most.
        let seconds = after.message.receivedAt.seconds - cause.message.receivedAt.seconds + 15
        expect(try wanted(after.number(.today)) <= 2_100 * seconds / 36 + 2, at: after)
      }
    }
    #expect(cuts > 20)
  }

  @Test func aWantedRestartKeepsTheCountersAndSavesTodayForALaterCut() throws {
    let run = try run("fridge,heater,freezer,fridge-2", days: 120, [.restart, .powerCut], seed: 2, period: 300)
    var (restarts, restored) = (0, 0)
    for device in ["fridge", "heater", "freezer", "fridge-2"] {
      var saved: (day: Int64, today: Int64)?
      for (before, cause, after) in around(run, device, "INFO3", "{\"Info3\"") where before.plugDay == after.plugDay {
        let today = try wanted(after.number(.today))
        let earlier = try wanted(before.number(.today))
        let day = try wanted(after.plugDay)
        if cause.payload.contains("Software") {
          restarts += 1
          expect(today >= earlier && today <= earlier + 20_000, at: after)
          saved = (day, earlier)
        } else if let state = saved, state.day == day {
          restored += 1
          expect(today >= state.today, at: after)
        }
      }
      // No Offline between `Restarting` and the Online that follows: it said goodbye.
      let own = run.entries.filter { $0.device == device && !$0.isReading && !$0.message.retained }
      for (index, entry) in own.enumerated() where entry.payload == "{\"Restart\":\"Restarting\"}" {
        guard index + 1 < own.count else { continue }
        expect(own[index + 1].payload == "Online", at: own[index + 1])
      }
    }
    #expect(restarts > 30)
    #expect(restored > 0)
  }

  @Test func nothingIsHeardBetweenOfflineAndOnlineAndTheCounterGoesOn() throws {
    let run = try run("fridge,pc,router", days: 30, [.offline])
    var outages = 0
    for device in ["fridge", "pc", "router"] {
      var isOnline = true
      var last: Run.Entry?
      for entry in run.entries where !entry.message.retained && entry.device == device {
        if !entry.isReading, entry.topic.hasSuffix("/LWT") {
          isOnline = entry.payload == "Online"
        } else {
          expect(isOnline, at: entry)
        }
        guard entry.isReading else { continue }
        if let last, entry.message.receivedAt.seconds - last.message.receivedAt.seconds > 300 {
          outages += 1
          expect(try wanted(entry.number(.total)) >= wanted(last.number(.total)) - 300, at: entry)
        }
        last = entry
      }
      // Nothing is lost to a reader of the counter.
      let rows = run.truth.filter { $0.device == device }
      let unseen = rows.reduce(0) { $0 + $1.used - $1.visible }
      #expect(unseen < 3 * 36_000_000 * 1000)
    }
    #expect(outages > 5)
  }

  @Test func theBrokerMissesAPlugAfterFortyFiveSeconds() throws {
    let run = try run("router,tv", days: 40, [.powerCut], period: 60)
    var count = 0
    for device in ["router", "tv"] {
      let own = run.entries.filter { $0.topic.hasPrefix("tele/\(device)/") && !$0.message.retained }
      for (index, entry) in own.enumerated() where entry.payload == "Offline" {
        count += 1
        let silence = entry.message.receivedAt.seconds - own[index - 1].message.receivedAt.seconds
        expect((44...106).contains(silence), at: entry)
        if index + 1 < own.count { expect(own[index + 1].payload == "Online", at: own[index + 1]) }
      }
    }
    #expect(count > 10)
  }

  @Test func withoutATimeServerTheClockCountsFrom1970() throws {
    let run = try run("fridge,tv", days: 40, [.clock1970])
    var (early, jumps) = (0, 0)
    for device in ["fridge", "tv"] {
      let own = run.entries.filter { !$0.message.retained && $0.device == device }
      var onlineAt: Int64?
      var wasEarly = false
      for entry in own {
        if entry.topic.hasSuffix("/LWT"), entry.payload == "Online" { onlineAt = entry.message.receivedAt.seconds }
        guard entry.isReading, let time = entry.number(.time) else { continue }
        if time < 1_000_000_000 {
          early += 1
          // Counted from the start of the plug, some seconds before it was online.
          let since = try entry.message.receivedAt.seconds - wanted(onlineAt)
          expect((since...(since + 12)).contains(time), at: entry)
          wasEarly = true
        } else if wasEarly {
          jumps += 1
          wasEarly = false
        }
      }
    }
    #expect(early > 100 && jumps > 5)
  }

  @Test func afterEnergyTotalZeroTotalIsToday() throws {
    var (zeroed, cleared, set) = (0, 0, 0)
    for seed in 1...4 as ClosedRange<UInt64> {
      let run = try run("fridge,freezer,router", days: 60, [.reset], seed: seed, period: 600)
      for device in ["fridge", "freezer", "router"] {
        for (before, _, after) in around(run, device, "RESULT", "{\"EnergyTotal\"") {
          let (total, today) = (try wanted(after.number(.total)), try wanted(after.number(.today)))
          if total > 50_000_000 {
            set += 1
          } else if abs(total - today) <= 3 {
            zeroed += 1
            if before.number(.yesterday) != 0, after.number(.yesterday) == 0 { cleared += 1 }
            expect(before.number(.totalStartTime) != after.number(.totalStartTime), at: after)
          }
        }
      }
    }
    #expect(zeroed > 5 && cleared > 1 && set > 1, "\(zeroed) \(cleared) \(set)")
  }

  @Test func aGlitchIsOneFalseMessage() throws {
    let run = try run("fridge,router", days: 30, [.glitch])
    var glitches = 0
    for device in ["fridge", "router"] {
      let readings = run.readings(device)
      var wasGlitch = false
      for index in readings.indices.dropFirst().dropLast() {
        let (before, entry, after) = (readings[index - 1], readings[index], readings[index + 1])
        let step = try wanted(after.number(.total)) - wanted(before.number(.total))
        let power = try wanted(entry.real(.power))
        if try abs(wanted(entry.number(.total)) - wanted(before.number(.total))) > 100_000 || power > 5000 {
          if wasGlitch {
            wasGlitch = false
            continue
          }
          wasGlitch = power <= 5000
          glitches += 1
          expect((-110...2000).contains(step), at: after)
        } else {
          wasGlitch = false
        }
      }
    }
    #expect(glitches > 10)
  }

  @Test func aSwapBringsAnotherMACUnderTheSameTopic() throws {
    let run = try run("fridge,router", days: 60, [.swap])
    let configs = run.entries.filter { $0.topic.hasSuffix("/config") && $0.payload.contains("\"t\":\"fridge\"") }
    let addresses = Set(configs.map(\.topic))
    #expect(addresses.count >= 2)
    #expect(configs.dropFirst().allSatisfy { !$0.message.retained })
  }
}
