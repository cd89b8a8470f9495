import Readings
import Simulation
import Testing

/// The truth is the integral of power over the time with power, cut at the site's midnights.
@Suite struct TruthTests {
  private func options(_ names: String, from: Int64, days: Int64) -> SimulationOptions {
    let start = london.start(ofDay: from)
    var options = SimulationOptions(
      devices: names.split(separator: ",").compactMap { SimulatedDevice(name: String($0)) }, from: start,
      to: london.start(ofDay: from + days))
    options.siteClock = london
    options.plugClock = london
    options.energyResolution = 5
    options.powerResolution = 3
    options.sendsState = false
    return options
  }

  @Test func daysOfTwentyThreeAndTwentyFiveHoursAreThatLong() throws {
    for (month, day, hours) in [(3, 29, 23), (10, 25, 25), (6, 1, 24)] as [(Int, Int, Int64)] {
      let date = CivilTime.dayNumber(year: 2026, month: month, day: day)
      let run = try Run(options("router,fridge", from: date - 1, days: 3))
      #expect(run.truth.map(\.day) == [date - 1, date - 1, date, date, date + 1, date + 1])
      let rows = run.truth.filter { $0.day == date }
      #expect(rows.allSatisfy { $0.poweredSeconds == hours * 3600 })
      #expect(rows.allSatisfy { abs($0.messages - hours * 360) <= 1 })
      // Within the day of the plug's own clock Today grows once from zero to what Yesterday then shows.
      let yesterday = try #require(
        run.readings("fridge").first { $0.plugDay == date + 1 }?.number(.yesterday))
      #expect(try abs(yesterday - #require(rows.first { $0.device == "fridge" }).counted) <= 60)
    }
  }

  @Test func truthIsWhatThePowersAddUpTo() throws {
    let date = CivilTime.dayNumber(year: 2026, month: 2, day: 3)
    let run = try Run(options("router,fridge,tv,heater,washer,solar", from: date, days: 2))
    for device in ["router", "fridge", "tv", "heater", "washer"] {
      let rows = run.truth.filter { $0.device == device }
      for row in rows {
        let readings = run.readings(device).filter { $0.plugDay == row.day }
        // Period in hundredths of Wh, exactly what the counter moved; the first one began the day before.
        let counted = try readings.dropFirst().reduce(Int64(0)) { try $0 + wanted($1.number(.period)) / 10 }
        let most = Int64(2_400) * 20 / 36
        #expect((counted...(counted + most + 2)).contains(row.counted))
        // And the powers themselves, sampled each ten seconds.
        let sampled = readings.reduce(0.0) { $0 + ($1.real(.power) ?? 0) * 10 / 3.6e6 }
        let kWh = Double(row.used) / 3.6e12
        #expect(abs(sampled - kWh) < 0.02 + kWh * 0.05, "\(device) \(sampled) \(kWh)")
      }
      // Units of 36 J against microjoules: what waits to be counted is below two units.
      let used = rows.reduce(0) { $0 + $1.used }
      let counted = rows.reduce(0) { $0 + $1.counted } * 36_000_000
      #expect((0...72_000_000).contains(used - counted))
    }
  }

  @Test func whatIsVisibleIsWhatACarefulReaderCanCount() throws {
    let date = CivilTime.dayNumber(year: 2026, month: 2, day: 3)
    var options = options("fridge,heater,router", from: date, days: 30)
    options.period = 120
    let calm = try Run(options)
    for row in calm.truth where row.day > date && row.day < date + 29 { #expect(row.visible == row.used) }
    options.faults = [.powerCut, .offline, .restart]
    let rough = try Run(options)
    #expect(rough.truth.allSatisfy { $0.visible <= $0.used && $0.visible >= 0 })
    #expect(rough.truth.contains { $0.visible < $0.used })
    // A reader that adds Period and, after each start, Today: nothing else is needed without clock faults.
    for device in ["fridge", "heater", "router"] {
      var counted: Int64 = 0
      var last: Run.Entry?
      for entry in rough.readings(device) {
        let today = try wanted(entry.number(.today))
        if let last {
          let before = try wanted(last.number(.today))
          let isSameDay = last.plugDay == entry.plugDay
          let fellBack = try wanted(entry.number(.total)) < wanted(last.number(.total)) - 120
          if isSameDay {
            counted += today >= before && !fellBack ? today - before : today
          } else {
            let yesterday = try wanted(entry.number(.yesterday))
            counted += fellBack || yesterday < before ? today : today + yesterday - before
          }
        }
        last = entry
      }
      let rows = rough.truth.filter { $0.device == device }
      let visible = rows.reduce(0) { $0 + $1.visible } / 36_000_000
      let used = rows.reduce(0) { $0 + $1.used } / 36_000_000
      // This simple reader takes a saved Today for new use after restart and cut, and loses whole days between.
      #expect(counted >= visible - used / 50 && counted <= used + used / 10, "\(device) \(counted) \(visible) \(used)")
    }
  }

  @Test func rowsAreWrittenAsCSV() throws {
    var household = try Household(options("kettle,tv", from: 20_000, days: 2))
    var bytes: [UInt8] = []
    while household.appendLines(to: &bytes) { bytes.removeAll(keepingCapacity: true) }
    let lines = String(decoding: household.truthCSV(), as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(lines.count == 5)
    #expect(lines[0] == "day,device,kwh,kwh_counted,kwh_visible,export_kwh,messages,powered_s,faults")
    #expect(lines[1].hasPrefix("2024-10-04,kettle,0.") && lines[4].hasPrefix("2024-10-05,tv,0."))
    #expect(lines.dropFirst().allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == 9 })
  }
}
