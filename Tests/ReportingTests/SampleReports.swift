import Calendar
import Pricing
import Readings
import Reporting
import Text

/// Reports made by hand: what the golden samples show.
enum SampleReports {
  static let all = ["day": day, "days": days]

  static func instant(_ text: (Int, Int, Int, Int, Int, Int), offset hours: Double = 0) -> LocalInstant {
    let civil = CivilTime(
      year: text.0, month: text.1, day: text.2, hour: text.3, minute: text.4, second: text.5)
    let seconds = Int(hours * 3600)
    return LocalInstant(Timestamp(seconds: civil.secondsSince1970 - Int64(seconds)), offsetSeconds: seconds)
  }

  static func kWh(_ mantissa: Int64) -> Figure { Figure(mantissa, places: 3) }
  static func money(_ mantissa: Int64) -> Figure { Figure(mantissa, places: 2) }

  /// The day of 25 hours.
  static let day: Report = {
    let span = Report.Span(
      start: instant((2026, 10, 25, 0, 0, 0), offset: 1), end: instant((2026, 10, 26, 0, 0, 0)))
    func entry(
      _ device: String, _ energy: Int64, night: Int64, cost: Int64, nightCost: Int64, inferred: Int64 = 0,
      coverage: Int64 = 1000, peak: Int64, at: (Int, Int, Int), alwaysOn: Int64, plugSays: Int64? = nil,
      notes: [String] = []
    ) -> Report.Entry {
      Report.Entry(
        device: device, kWh: kWh(energy), measuredKWh: kWh(energy - inferred), inferredKWh: kWh(inferred),
        exportKWh: kWh(0), cost: money(cost), coverage: Figure(coverage, places: 3),
        messages: Int(9000 * coverage / 1000), peakW: Figure(peak),
        peakAt: instant((2026, 10, 25, at.0, at.1, at.2)), alwaysOnW: Figure(alwaysOn),
        byRate: [
          .init(rate: "night", kWh: kWh(night), cost: money(nightCost)),
          .init(rate: "day", kWh: kWh(energy - night), cost: money(cost - nightCost)),
        ], plugSays: kWh(plugSays ?? energy), notes: notes)
    }
    let total = Report.Total(
      kWh: kWh(4634), exportKWh: kWh(0), energyCost: money(101), standingCharge: money(60), exportCredit: money(0),
      cost: money(161))
    let gap = Report.Span(
      start: instant((2026, 10, 25, 3, 10, 5)), end: instant((2026, 10, 25, 3, 37, 5)))
    let cut = Report.Span(
      start: instant((2026, 10, 25, 14, 4, 51)), end: instant((2026, 10, 25, 14, 6, 37)))
    return Report(
      granularity: .day, timeZone: "Europe/London", currency: .init(code: "GBP", digits: 2), tariff: "home",
      includesVAT: true,
      periods: [
        Report.Period(
          span: span, complete: true,
          devices: [
            entry(
              "fridge-freezer", 1318, night: 331, cost: 27, nightCost: 3, peak: 118, at: (18, 41, 22), alwaysOn: 31),
            entry("office", 1730, night: 274, cost: 38, nightCost: 2, peak: 142, at: (15, 20, 2), alwaysOn: 28),
            entry(
              "tv", 602, night: 84, cost: 14, nightCost: 1, inferred: 11, coverage: 982, peak: 121, at: (20, 5, 11),
              alwaysOn: 1, plugSays: 603, notes: ["G1"]),
            entry(
              "washing-machine", 984, night: 120, cost: 22, nightCost: 1, peak: 2043, at: (10, 12, 40), alwaysOn: 1,
              plugSays: 323, notes: ["R1"]),
          ], total: total,
          clockChanges: [
            .init(at: instant((2026, 10, 25, 1, 0, 0)).at, offsetBefore: 3600, offsetAfter: 0)
          ],
          rateSeconds: [.init(rate: "night", seconds: 6 * 3600), .init(rate: "day", seconds: 19 * 3600)],
          comparison: .init(
            kind: .previous,
            span: .init(
              start: instant((2026, 10, 24, 0, 0, 0), offset: 1), end: instant((2026, 10, 25, 0, 0, 0), offset: 1)),
            kWh: kWh(4210), cost: money(151), complete: true,
            devices: [
              .init(device: "fridge-freezer", kWh: kWh(1290), cost: money(26), complete: true),
              .init(device: "office", kWh: kWh(1402), cost: money(31), complete: true),
              .init(device: "tv", kWh: kWh(534), cost: money(12), complete: true),
              .init(device: "washing-machine", kWh: kWh(984), cost: money(22), complete: true),
            ]))
      ], total: total,
      notes: [
        .init(
          id: "R1", device: "washing-machine", kind: "fallback", span: cut,
          text: "counter fell 12.512 → 11.851 kWh (unplugged, back to its midnight value); nothing lost. "
            + "The plug itself says Yesterday 0.323 kWh."),
        .init(
          id: "G1", device: "tv", kind: "gap", span: gap,
          text: "no messages (plug offline); 0.011 kWh from the counter"),
      ])
  }()

  /// Six days, with export and a name from somebody who wants to be run as a formula.
  static let days: Report = {
    var periods: [Report.Period] = []
    var sums: (kWh: Int64, export: Int64, energy: Int64) = (0, 0, 0)
    for day in 1...6 {
      let span = Report.Span(
        start: instant((2026, 6, day, 0, 0, 0), offset: 2), end: instant((2026, 6, day + 1, 0, 0, 0), offset: 2))
      let uses: [Int64] = [1203 + Int64(day * 37 % 11) * 20, 355, Int64(day * 777 % 2100), 12]
      let names = ["Kühlschrank", "客厅电视", "washer", "=HYPERLINK(\"http://x\")\u{1B}[2J"]
      let entries = zip(names, uses).map { name, use in
        Report.Entry(
          device: name, kWh: kWh(use), measuredKWh: kWh(use), inferredKWh: kWh(0), exportKWh: kWh(0),
          cost: money(use * 30 / 1000), coverage: Figure(day == 3 && name == "washer" ? 412 : 1000, places: 3),
          messages: 8640, peakW: Figure(2100), peakAt: instant((2026, 6, day, 12, 0, 0), offset: 2),
          alwaysOnW: Figure(2), notes: day == 3 && name == "washer" ? ["G1"] : [])
      }
      let solar = Report.Entry(
        device: "solar", kWh: kWh(4), measuredKWh: kWh(4), inferredKWh: kWh(0), exportKWh: kWh(3200 + Int64(day) * 111),
        cost: money(0), coverage: Figure(1000, places: 3), messages: 8640, peakW: Figure(612),
        peakAt: instant((2026, 6, day, 13, 0, 0), offset: 2), alwaysOnW: Figure(0))
      let energy = entries.reduce(0) { $0 + $1.kWh.mantissa * 30 / 1000 }
      let use = uses.reduce(4, +)
      let export = 3200 + Int64(day) * 111
      sums = (sums.kWh + use, sums.export + export, sums.energy + energy)
      periods.append(
        Report.Period(
          span: span, complete: day != 3, devices: entries + [solar],
          total: .init(
            kWh: kWh(use), exportKWh: kWh(export), energyCost: money(energy), standingCharge: money(45),
            exportCredit: money(28), cost: money(energy + 45 - 28))))
    }
    return Report(
      granularity: .day, timeZone: "Europe/Berlin", currency: .init(code: "EUR", digits: 2), tariff: "Haus",
      includesVAT: true, periods: periods,
      total: .init(
        kWh: kWh(sums.kWh), exportKWh: kWh(sums.export), energyCost: money(sums.energy), standingCharge: money(270),
        exportCredit: money(168), cost: money(sums.energy + 270 - 168)),
      notes: [
        .init(
          id: "G1", device: "washer", kind: "gap",
          span: .init(
            start: instant((2026, 6, 3, 3, 10, 5), offset: 2), end: instant((2026, 6, 3, 17, 17, 5), offset: 2)),
          text: "no messages (recorder off); 0.231 kWh from the counter, spread by time")
      ])
  }()
}
