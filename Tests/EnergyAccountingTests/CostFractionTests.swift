import Calendar
import EnergyAccounting
import Foundation
import Pricing
import Readings
import TestSupport
import Testing

/// Costs against Python, which divides the same readings by its own zones and multiplies exact fractions.
struct CostFractionTests {
  private static let script = """
    import sys, json
    from datetime import datetime
    from fractions import Fraction
    from zoneinfo import ZoneInfo
    case = json.load(sys.stdin)
    zone = ZoneInfo(case["zone"])
    year, month, day = case["day"]
    def start(shift):
        from datetime import date, timedelta
        d = date(year, month, day) + timedelta(days=shift)
        return int(datetime(d.year, d.month, d.day, tzinfo=zone).timestamp())
    def rate(at):
        local = datetime.fromtimestamp(at, tz=zone)
        minute = local.hour * 60 + local.minute
        for index, r in enumerate(case["rates"]):
            a, b = r["hours"]
            inside = a <= minute < b if a < b else minute >= a or minute < b
            if inside and (not r["days"] or local.isoweekday() in r["days"]): return index
    readings = case["readings"]
    def counted(at):
        # Wh at an instant: between two readings by time, cut to a whole one.
        low, high = 0, len(readings) - 1
        while high - low > 1:
            middle = (low + high) // 2
            if readings[middle][0] <= at: low = middle
            else: high = middle
        (t0, e0), (t1, e1) = readings[low], readings[high]
        return e0 + (Fraction((e1 - e0) * (at - t0), t1 - t0)).__floor__()
    begin, end = start(0), start(1)
    edges = [begin] + [t for t in range(begin + 60, end, 60) if rate(t) != rate(t - 60)] + [end]
    energy, cost = {}, {}
    for a, b in zip(edges, edges[1:]):
        used, index = counted(b) - counted(a), rate(a)
        price = Fraction(case["rates"][index]["price"], 10**8) * (1 + Fraction(case["tax"], 10**6))
        energy[index] = energy.get(index, 0) + used
        cost[index] = cost.get(index, 0) + Fraction(used, 1000) * price
    print((end - begin) // 60)
    for index in sorted(energy):
        units = cost[index] * 10**20
        assert units.denominator == 1
        print(index, energy[index], units.numerator)
    """

  @Test(
    arguments: [
      ("Europe/London", 2026, 3, 29, 23 * 60), ("Europe/London", 2026, 7, 1, 1440),
      ("Europe/London", 2026, 10, 25, 25 * 60), ("Australia/Lord_Howe", 2026, 10, 4, 1410),
      ("Australia/Lord_Howe", 2026, 4, 5, 1470), ("America/Santiago", 2026, 9, 6, 23 * 60),
    ], 1...4 as ClosedRange<UInt64>)
  func costsAreThoseOfExactFractions(_ day: (zone: String, year: Int, month: Int, day: Int, minutes: Int), seed: UInt64)
    throws
  {
    guard let zone = try TimeZoneRulesTests.zone(day.zone) else { return }
    var random = SeededGenerator(seed: seed &* 1000 &+ UInt64(day.minutes) &+ UInt64(day.month))
    let range = zone.range(of: try #require(LocalDate(year: day.year, month: day.month, day: day.day)))

    // Windows around the hours at which clocks change, and one for the rest.
    let windows = [(0, 30), (30, 330), (60, 120), (75, 150), (90, 135), (105, 180), (1380, 110), (1425, 1439)]
    let rates =
      windows.indices.filter { _ in Bool.random(using: &random) }.map { index in
        Tariff.Rate(
          name: "\(index)", price: Price(units: Int64.random(in: -9_999_999...99_999_999, using: &random)),
          hours: .init(start: windows[index].0, end: windows[index].1),
          days: Bool.random(using: &random) ? [] : [1, 6, 7])
      }
      .shuffled(using: &random) + [Tariff.Rate(name: "rest", price: Price(units: 23_330_001))]
    let tax = Int64.random(in: 0...200_000, using: &random)
    let tariff = Tariff(
      name: "fractions", currency: try #require(Currency(code: "GBP")), tax: Tax(millionths: tax),
      periods: [.init(from: LocalDate(dayNumber: 0), pricing: .rates(rates))])

    var readings: [(second: Int64, wattHours: Int64)] = []
    var counter: Int64 = 400_000
    var second = range.lowerBound.seconds - 4000
    while second < range.upperBound.seconds + 4000 {
      readings.append((second, counter))
      let step = Int64.random(in: 50...300, using: &random)
      second += step
      counter += Int64.random(in: 0...step, using: &random)
    }
    let cutPoints = [range.lowerBound] + tariff.switches(in: range, zone: zone) + [range.upperBound]
    var account = MeterAccount(cutPoints: CutPoints(cutPoints))
    account.add(
      ReadingColumns(
        times: readings.map { Timestamp(seconds: $0.second) },
        columns: [.init(field: Field(.total, .decimal(3)), values: readings.map(\.wattHours))]),
      device: MeterFixture.device)
    let slots = try #require(account.finish().channels.first).slots
    let bill = Bill(
      tariff, TariffSchedule(tariff, zone: zone, billing: BillingCycle(), cutPoints: cutPoints), devices: [slots])
    let sum = bill.sum(0..<slots.count, of: 0, slots)

    let rateList = rates.map { rate in
      let hours = rate.selector.hours.map { "[\($0.start),\($0.end)]" } ?? "[0,1440]"
      return "{\"hours\":\(hours),\"days\":\(rate.selector.days.sorted()),\"price\":\(rate.price.units)}"
    }
    let input = """
      {"zone":"\(day.zone)","day":[\(day.year),\(day.month),\(day.day)],"tax":\(tax),
      "rates":[\(rateList.joined(separator: ","))],
      "readings":[\(readings.map { "[\($0.second),\($0.wattHours)]" }.joined(separator: ","))]}
      """
    guard let output = Self.python(input) else {
      print("skipped: python3 with zoneinfo is not there")
      return
    }
    let lines = output.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(lines.first?.first.flatMap { Int($0) } == day.minutes)
    var seen = Set<String>()
    for line in lines.dropFirst() {
      let name = rates[try #require(Int(line[0]))].name
      let place = try #require(bill.schedule.rateNames.firstIndex(of: name))
      let wattHours = try #require(Int64(line[1]))
      #expect(sum.rates[place].energy.milliwattHours == wattHours * 1000, "\(day) \(name)")
      #expect(String(sum.rates[place].cost.units) == line[2], "\(day) \(name)")
      seen.insert(name)
    }
    // What Python did not meet has no energy.
    for (place, name) in bill.schedule.rateNames.enumerated() where !seen.contains(name) {
      #expect(sum.rates[place].energy == .zero, "\(day) \(name)")
    }
    #expect(seen.contains("rest") && sum.unpriced == .zero)
  }

  private static func python(_ text: String) -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    do { try process.runOnLeash() } catch { return nil }
    input.fileHandleForWriting.write(Data(text.utf8))
    try? input.fileHandleForWriting.close()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
  }
}
