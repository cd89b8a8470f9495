import Calendar
import EnergyAccounting
import Glibc
import Pricing
import Readings
import Reporting

/// What a report takes beside reading: plan, bill, build and print a year of ten plugs by day, with a price for each half
/// hour, and one plug for one day. Milliseconds of CPU; the best of some rounds.
func reportBenchmark(_ arguments: [String]) {
  let rounds = arguments.first.flatMap(Int.init) ?? 15
  run("a year of ten plugs by day", plugs: 10, days: 365, rounds: rounds)
  run("one plug for one day", plugs: 1, days: 1, rounds: rounds)
}

private func run(_ title: String, plugs: Int, days: Int64, rounds: Int) {
  let start = Timestamp(seconds: CivilTime(year: 2026, month: 1, day: 1).secondsSince1970)
  let range = start..<start.advanced(byMilliseconds: days * 86_400_000)
  guard let tariff = halfHourTariff(start: start, days: 365) else { return }
  func request() -> ReportRequest {
    ReportRequest(granularity: .day, range: range, zone: .utc, zoneName: "UTC", tariff: tariff)
  }
  var random = SystemRandomNumberGenerator()
  let plan = ReportPlan(request())
  let ledgers = (0..<plugs).map { plug in
    NamedLedger(name: "plug-\(plug)", ledger: ledger(plan.main, random: &random))
  }
  var best = [String: Double]()
  func measure<Result>(_ name: String, _ body: () -> Result) -> Result {
    var before = timespec()
    var after = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before)
    let result = body()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after)
    let milliseconds = Double(after.tv_sec - before.tv_sec) * 1e3 + Double(after.tv_nsec - before.tv_nsec) / 1e6
    best[name] = min(best[name] ?? .infinity, milliseconds)
    return result
  }
  var byteCount = 0
  for _ in 0..<rounds {
    let plan = measure("plan") { ReportPlan(request()) }
    let devices = ledgers.flatMap { $0.ledger.channels.map(\.slots) }
    _ = measure("bill (part of build)") {
      Bill(
        tariff, TariffSchedule(tariff, zone: .utc, billing: BillingCycle(), cutPoints: plan.main.cutPoints),
        devices: devices)
    }
    let report = measure("build") { ReportBuilder(plan).report(ledgers) }
    byteCount = measure("json") { JSONRenderer.bytes(report).count }
    byteCount += measure("csv") { CSVRenderer.render(report).utf8.count }
    byteCount += measure("table") { TableRenderer.render(report).utf8.count }
  }
  func text(_ name: String) -> String { Decimal.string(Int64((best[name] ?? 0) * 1000), places: 3) }
  print("\(title): \(plan.main.cutPoints.count - 1) slots each, \(byteCount) bytes printed")
  for name in ["plan", "bill (part of build)", "build", "json", "csv", "table"] { print("  \(name) \(text(name)) ms") }
  let sum = ["plan", "build", "json"].reduce(0) { $0 + (best[$1] ?? 0) }
  print("  plan, build and json \(Decimal.string(Int64(sum * 1000), places: 3)) ms")
}

private func halfHourTariff(start: Timestamp, days: Int64) -> Tariff? {
  var random = SystemRandomNumberGenerator()
  let slots = (0..<(days * 48)).map { slot in
    (
      start.advanced(byMilliseconds: slot * 1_800_000),
      Price(units: Int64.random(in: -500_000...45_000_000, using: &random))
    )
  }
  guard let list = Tariff.PriceList(slots: slots), let currency = Currency(code: "GBP"),
    let from = LocalDate(year: 2025, month: 1, day: 1)
  else { return nil }
  return Tariff(
    name: "half-hours", currency: currency, tax: Tax(millionths: 50_000),
    periods: [.init(from: from, standingCharge: Price(units: 57_240_000), pricing: .prices(list))])
}

private func ledger(_ pass: ReportPlan.Pass, random: inout SystemRandomNumberGenerator) -> DeviceLedger {
  var slots: [SlotEnergy] = []
  let buckets = zip(pass.bucketEdges, pass.bucketEdges.dropFirst()).map { start, end in
    let duration = end.milliseconds - start.milliseconds
    let first = slots.count
    while pass.cutPoints[slots.count] < end {
      slots.append(SlotEnergy(use: Energy(milliwattHours: Int64.random(in: 0...200, using: &random) * 1000)))
    }
    return Bucket(
      duration: duration, measured: slots[first...].reduce(.zero) { $0 + $1.use }, covered: duration, messages: 180,
      peakMilliwatts: Int64.random(in: 1_000...2_000_000, using: &random), peakAt: start)
  }
  let days = pass.periods.map { PlugDay(end: $0.upperBound, yesterday: Energy(milliwattHours: 1_000_000)) }
  return DeviceLedger(
    cutPoints: pass.cutPoints, bucketEdges: pass.bucketEdges,
    channels: [
      ChannelLedger(channel: nil, counterPlaces: 3, slots: SlotEnergies(slots), buckets: buckets, plugDays: days)
    ],
    firstReading: pass.cutPoints.first, lastReading: pass.cutPoints.last)
}
