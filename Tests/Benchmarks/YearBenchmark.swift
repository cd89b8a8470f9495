import Glibc
import Pricing

/// Reports over long spans by the whole program: a year of ten plugs at three paces, with a flat and a half-hour tariff
/// and with everything that a report can do at once, and one day and everything out of ten years. One plug is behind
/// panels and tells what it feeds in, one is a meter of three phases, one has two channels.
///
/// Arguments: the wattlog binary and a directory to work in, where stores of an earlier run are used again. Making them
/// takes some minutes.
func yearBenchmark(_ arguments: [String]) {
  guard arguments.count == 2 else {
    print("years: BINARY DIRECTORY")
    return
  }
  let benchmark = YearBenchmark(binary: arguments[0], work: arguments[1])
  benchmark.writeTariffs()
  print("Reports by the whole process, warm cache (processor time and memory, median of eleven; clock in brackets):\n")
  print(
    "| ten plugs | messages | store | by day | the same with half-hour prices | with charges, demand and holidays | everything on "
      + "| one day of one plug | memory |"
  )
  print("|---|---|---|---|---|---|---|---|---|")
  for period in ["10s", "60s", "300s"] { benchmark.printYear(period: period, years: 1) }
  benchmark.printYear(period: "300s", years: 10)
}

private struct YearBenchmark {
  let binary: String
  let work: String

  private static let plugs = "fridge,solar,kettle,tv,washer,dishwasher,pc,router,wallbox,heater"

  func writeTariffs() {
    writeText(
      "{ name: \"flat\", currency: \"GBP\", "
        + "periods: [ { from: \"2015-01-01\", rates: [ { name: \"all\", price: 0.25 } ] } ] }",
      to: work + "/flat.json")
    writeText(
      "{ name: \"agile\", currency: \"GBP\", periods: [ { from: \"2025-01-01\", prices: \"agile.csv\" } ] }",
      to: work + "/agile.json")
    writeText(
      """
      { name: "tiers", currency: "GBP", vat: "5%", periods: [ { from: "2015-01-01", standingCharge: 0.5724,
        export: 0.15, tiers: [ { aboveKWhPerBill: 100, add: 0.05 } ], rates: [
          { name: "night", price: 0.11, hours: "00:30-05:30" },
          { name: "peak", price: 0.35, hours: "16:00-19:00", days: "mon-fri" }, { name: "day", price: 0.2703 } ] } ] }
      """, to: work + "/tiers.json")
    // A bill as utilities write it: a price for each period and holiday, a tax on all of it, demand by the month, fees.
    writeText(
      """
      { name: "bill", currency: "GBP", vat: "5%", calendar: { holiday: ["2025-01-01", "2025-04-18", "2025-12-25"] },
        periods: [ { from: "2015-01-01", standingCharge: 0.5724, rates: [
          { name: "low", price: 0.0922, days: "sat,sun,holiday" }, { name: "low", price: 0.0922, hours: "00:00-08:00" },
          { name: "peak", price: 0.1972, hours: "10:00-14:00" }, { name: "peak", price: 0.1972, hours: "18:00-22:00" },
          { name: "middle", price: 0.1218 } ],
          charges: [ { name: "tax", percent: "5.11269632%" }, { name: "grid", price: 0.0181 },
            { name: "winter grid", price: 0.0072, hours: "16:00-19:00", days: "mon-fri", months: "nov-feb" },
            { name: "demand", price: 9.41, per: "kW", window: "1h", peaks: 3, hours: "15:00-19:00", days: "mon-fri" },
            { name: "meter", price: 0.81, per: "month" }, { name: "fee", price: 16.81, per: "year" } ] } ] }
      """, to: work + "/bill.json")
    writeText(
      """
      { site: { timeZone: "Europe/London", currency: "GBP", tariff: "agile.json", billingDay: 14, dayStart: "06:00",
        mainMeter: "heater" } }
      """, to: work + "/everything.json")
    // The half hours of 2025, each with a price of its own.
    var lines = "start,price\n"
    for slot in 0..<(365 * 48) {
      var time = time_t(1_735_689_600 + slot * 1800)
      var parts = tm()
      gmtime_r(&time, &parts)
      func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
      lines +=
        "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T\(two(parts.tm_hour)):\(two(parts.tm_min))Z,"
        + "0.\(1000 + slot * 7919 % 2500)\n"
    }
    writeText(lines, to: work + "/agile.csv")
  }

  /// A row of the table; the span ends with 2025.
  func printYear(period: String, years: Int) {
    let store = "\(work)/\(years)-\(period)"
    let from = "\(2026 - years)-01-01"
    if treeByteCount(store) == 0 {
      let line =
        "'\(binary)' simulate -q --no-state --timezone Europe/London --seed 3 --devices \(YearBenchmark.plugs) --channels pc=2"
        + " --from \(from) --to 2026-01-01 --period \(period) | '\(binary)' replay -q - --store '\(store)' && "
        + "'\(binary)' compact -q --store '\(store)'"
      guard ChildRun(["/bin/sh", "-c", line]).isGood else { return }
    }
    func report(_ words: String...) -> ChildRun {
      ChildRun.median(of: 11) {
        ChildRun([binary, "report"] + words + ["-q", "-f", "csv", "--store", store, "--timezone", "Europe/London"])
      }
    }
    // Two tariffs, one with tiers, a main meter, days from 06:00, and each day beside the one before.
    let everything = report(
      "day", "-p", "2025", "--config", work + "/everything.json", "--tariff", work + "/agile.json", "--tariff",
      work + "/tiers.json", "--compare", "previous")
    let span = ["--from", from, "--to", "2026-01-01"]
    let flat = report("day", span[0], span[1], span[2], span[3], "--tariff", work + "/flat.json")
    let agile = report("day", span[0], span[1], span[2], span[3], "--tariff", work + "/agile.json")
    let bill = report("day", span[0], span[1], span[2], span[3], "--tariff", work + "/bill.json")
    let day = report("day", "-p", "2025-06-11", "--device", "washer")
    let messages = years * 10 * 365 * 86_400 / (Int(period.dropLast()) ?? 1)
    func text(_ run: ChildRun) -> String {
      "\(thousandths(run.processor * 1000)) ms (\(thousandths(run.wall * 1000)))"
    }
    print(
      "| \(period), \(years == 1 ? "a year" : "\(years) years") | \(messages / 1000) k | \(treeByteCount(store) / 1000) kB | "
        + "\(text(flat)) | \(text(agile)) | \(text(bill)), \(thousandths(bill.processor / flat.processor)) times the first "
        + "| \(text(everything))\(years == 1 ? "" : " for one year") | \(text(day)) | "
        + "\(thousandths(Double(max(flat.residentByteCount, agile.residentByteCount)) / 1e6)) MB |")
  }
}

private func writeText(_ text: String, to path: String) {
  guard let file = fopen(path, "w") else { return }
  fputs(text, file)
  fclose(file)
}
