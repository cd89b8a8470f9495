import Calendar
import Configuration
import JSON5
import Pricing
import Readings
import TestSupport
import Testing

/// What the concepts of a tariff come to, worked by hand.
@Suite struct TariffConceptTests {
  private func file(_ text: String, files: [String: String] = [:]) throws -> TariffFile {
    try TariffFile(
      parsing: Array(text.utf8), name: "t",
      TariffFile.Surroundings(currency: Currency(code: "EUR")) { (path) throws(TariffFile.UnreadablePrices) in
        guard let text = files[path] else { throw .init(reason: "not here") }
        return Array(text.utf8)
      })
  }

  private func instant(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0) -> Timestamp {
    Timestamp(seconds: CivilTime(year: year, month: month, day: day, hour: hour).secondsSince1970)
  }

  /// A bill of hourly energies from an instant on, mWh each.
  private func bill(
    _ tariff: Tariff, from start: Timestamp, hours: Int, billing: BillingCycle = BillingCycle(),
    _ use: (Int) -> Int64
  ) -> (bill: Bill, cuts: [Timestamp], slots: SlotEnergies) {
    let cuts = (0...hours).map { start.advanced(byMilliseconds: Int64($0) * 3_600_000) }
    let slots = SlotEnergies(uses: (0..<hours).map { Energy(milliwattHours: use($0)) })
    let schedule = TariffSchedule(tariff, zone: .utc, billing: billing, cutPoints: cuts)
    return (Bill(tariff, schedule, devices: [slots]), cuts, slots)
  }

  private func total(
    _ tariff: Tariff, from start: Timestamp, hours: Int, billing: BillingCycle = BillingCycle(), _ use: (Int) -> Int64
  ) -> Money {
    let (bill, cuts, slots) = bill(tariff, from: start, hours: hours, billing: billing, use)
    let energy = bill.sum(0..<hours, of: 0, slots)
    return energy.energyCost + bill.siteCost(in: cuts[0]..<cuts[hours]) { [bill.sum($0, of: 0, slots)] }
  }

  @Test func aMonthsPriceIsExactInEveryMonthAndAYearsInEveryYear() throws {
    let tariff = try file(
      """
      { periods: [ { from: '2020-01-01', price: 0, charges: [
        { name: 'a', price: 12.9, per: 'month' }, { name: 'b', price: 154.8, per: 'year' } ] } ] }
      """
    ).tariff
    for year in [2023, 2024] {
      var sum = Money.zero
      for month in 1...12 {
        let (first, next) = (
          LocalDate.firstOfMonth(year: year, month: month), LocalDate.firstOfMonth(year: year, month: month + 1)
        )
        let days = Int(next.dayNumber - first.dayNumber)
        let cost = total(tariff, from: TimeZoneRules.utc.start(of: first), hours: days * 24) { _ in 0 }
        let yearly = Double(days) / (year == 2024 ? 366 : 365) * 154.8
        #expect(abs(Double(cost.rounded(digits: 6)) / 1_000_000 - 12.9 - yearly) < 0.000_002)
        sum += cost
      }
      #expect(sum.rounded(digits: 8) == 30_960_000_000, "\(year)")
    }
    // Thirds that come out even: ten days of three fees a month of 30 days are a cent and a half.
    let thirds = try file(
      """
      { periods: [ { from: '2020-01-01', price: 0, charges: [ { name: 'a', price: 0.01, per: 'month' },
        { name: 'b', price: 0.02, per: 'month' }, { name: 'c', price: 0.015, per: 'month' } ] } ] }
      """
    ).tariff
    #expect(total(thirds, from: instant(2025, 4, 1), hours: 240) { _ in 0 }.rounded(digits: 4) == 150)
  }

  @Test func demandIsTheMeanOfTheHighestHoursOfDifferentDays() throws {
    let tariff = try file(
      """
      { vat: '25%', periods: [ { from: '2024-01-01', price: 0, charges: [
        { name: 'power', price: 80, per: 'kW', window: '1h', peaks: 3, days: 'mon-fri' } ] } ] }
      """
    ).tariff
    // February 2025 begins on a Saturday: 9 kW then do not count; 6 and 5 kW on one day count once.
    let cost = total(tariff, from: instant(2025, 2, 1), hours: 28 * 24) { hour in
      switch hour {
      case 3: 9_000_000
      case 50: 6_000_000
      case 51: 5_000_000
      case 80: 4_000_000
      case 130: 2_000_000
      default: 100_000
      }
    }
    #expect(cost.rounded(digits: 2) == 40_000)  // (6 + 4 + 2) / 3 × 80 × 1.25
    let none = total(tariff, from: instant(2025, 2, 1), hours: 24) { _ in 9_000_000 }
    #expect(none == .zero)
  }

  @Test func aShareIsOfWhatStandsBeforeItWithoutTax() throws {
    let tariff = try file(
      """
      { vat: '21%', periods: [ { from: '2025-01-01', standingCharge: 0.4672, price: 0.1518, charges: [
        { name: 'tax', percent: '5.11269632%' }, { name: 'rent', price: 0.81, per: 'month' } ] } ] }
      """
    ).tariff
    // 28 days of 1 kWh: ((28 × 0.1518 + 28 × 0.4672) × 1.0511269632 + 0.81) × 1.21
    let cost = total(tariff, from: instant(2025, 2, 1), hours: 28 * 24) { $0 % 24 == 12 ? 1_000_000 : 0 }
    #expect(cost.rounded(digits: 6) == 23_024_040)
  }

  @Test func tiersCountOverTheirSpans() throws {
    func tariff(_ tier: String) throws -> Tariff {
      try file("{ periods: [ { from: '2024-01-01', price: 0, tiers: [ { \(tier), add: 1 } ] } ] }").tariff
    }
    // 1 kWh an hour for 40 days from the 10th of January.
    func above(_ tier: String, _ billing: BillingCycle = BillingCycle()) throws -> Int64 {
      total(try tariff(tier), from: instant(2025, 1, 10), hours: 40 * 24, billing: billing) { _ in 1_000_000 }
        .rounded(digits: 0)
    }
    #expect(try above("aboveKWh: 20, per: 'day'") == 40 * 4)
    #expect(try above("aboveKWh: 500, per: 'month'") == 22 * 24 - 500)
    #expect(try above("aboveKWh: 900, per: 'year'") == 60)
    #expect(try above("aboveKWhPerBill: 300", BillingCycle(day: 10)) == (31 * 24 - 300))
    #expect(try above("aboveKWh: 20, per: 'day', over: 'bill'", BillingCycle(day: 10)) == 31 * 4)
    #expect(try above("aboveKWh: 0, per: 'month', months: 'feb'") == 18 * 24)
  }

  @Test func datesWithNamesAreNoWeekdays() throws {
    let tariff = try file(
      """
      { dayStart: '06:00', calendar: { holiday: 'days.txt' }, periods: [ { from: '2025-01-01', rates: [
        { name: 'holiday', price: 1, days: 'holiday' }, { name: 'week', price: 2, days: 'mon-fri' },
        { name: 'rest', price: 3 } ] } ] }
      """, files: ["days.txt": "# feasts\n2025-01-06  # Monday\n"]
    ).tariff
    func name(_ day: Int, _ hour: Int) -> String? { tariff.rate(at: instant(2025, 1, day, hour), in: .utc)?.name }
    #expect(name(6, 5) == "rest" && name(6, 6) == "holiday" && name(7, 5) == "holiday" && name(7, 6) == "week")
  }

  @Test func ratesOfDevicesAreTheirsAlone() throws {
    let tariff = try file(
      """
      { periods: [ { from: '2025-01-01', rates: [ { name: 'boiler', price: 0.1, devices: ['hot*', 'heating'] },
        { name: 'rest', price: 0.3 } ] } ] }
      """
    ).tariff
    let cuts = [instant(2025, 1, 1), instant(2025, 1, 2)]
    let slots = SlotEnergies(uses: [Energy(milliwattHours: 1_000_000)])
    let bill = Bill(
      tariff, TariffSchedule(tariff, zone: .utc, billing: BillingCycle(), cutPoints: cuts),
      devices: [
        Bill.Device(name: "hotwater", slots: slots), Bill.Device(name: "tv", slots: slots),
        Bill.Device(name: "pump", otherNames: ["heating"], slots: slots),
      ])
    #expect((0..<3).map { bill.sum(0..<1, of: $0, slots).energyCost.rounded(digits: 2) } == [10, 30, 10])
  }

  @Test(arguments: [
    ("charges: [ { name: 'x', per: 'kW', price: 1 } ]", "'window' is missing"),
    ("charges: [ { name: 'x', per: 'fortnight', price: 1 } ]", "must be \"kWh\""),
    (
      "charges: [ { name: 'x', per: 'month', price: 1, hours: '01:00-02:00' } ]", "means nothing for a charge per month"
    ),
    ("charges: [ { name: 'x', percent: '5%', price: 1 } ]", "exclude each other"),
    ("charges: [ { name: 'x' } ]", "'price' is missing"),
    ("charges: [ { name: 'x', per: 'kW', window: '7m', price: 1 } ]", "must be \"15m\""),
    (
      "charges: [ { name: 'x', per: 'kW', window: '1h', steps: [ { aboveKW: 2, price: 1 }, { aboveKW: 1, price: 2 } ] } ]",
      "must go up"
    ),
    ("tiers: [ { aboveKWh: 1, per: 'month', over: 'day', add: 1 } ]", "is shorter than 'per'"),
    ("tiers: [ { aboveKWh: 1, aboveKWhPerBill: 1, add: 1 } ]", "exclude each other"),
    ("export: { }", "'rates' is missing"), ("vat: '101%'", "must be a percentage"),
    ("rates: [ { name: 'x', price: 1 } ]", "exclude each other"),
  ])
  func contradictionsAreRefused(member: String, message: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try file("{ periods: [ { from: '2025-01-01', price: 0.1, \(member) } ] }")
    }
    #expect(
      error?.problems.contains { $0.message.contains(message) } ?? false, "\(error?.problems.map(\.message) ?? [])")
  }

  @Test(arguments: [
    ("price: 24.5", "hundredths"), ("price: 0.1, charges: [ { name: 'x', price: 40 } ]", "hundredths"),
    ("price: 0.1, export: { rates: [ { price: 0.1, hours: '01:00-02:00' } ] }", "not at every time"),
    ("rates: [ { name: 'a', price: 0.1, days: 'mon' } ]", "not at every time"),
    (
      "price: 0.1, charges: [ { name: 'x', price: 1, per: 'day' }, { name: 'x', price: 2, per: 'day' } ]", "two charges"
    ),
    ("price: 0.1, tiers: [ { aboveKWhPerBill: 1, add: 0 } ]", "it adds nothing"),
    (
      "price: 0.1, charges: [ { name: 'x', per: 'kW', window: '1h', price: 1, hours: '01:30-03:00' } ]",
      "within a window"
    ),
  ])
  func theCheckAsksAboutWhatLooksWrong(members: String, message: String) throws {
    let findings = try file("{ periods: [ { from: '2025-01-01', \(members) } ] }").findings
    #expect(findings.contains { $0.problem.message.contains(message) }, "\(findings.map(\.problem.message))")
  }

  @Test func pricesAreRoundedOnceHalfAwayFromZero() {
    #expect(Price(rounding: "0.061739999999999995")?.units == 6_174_000)
    #expect(Price(rounding: "2.5e-05")?.units == 2500 && Price(rounding: "-0.000000005")?.units == -1)
    #expect(Price(rounding: "0.000000004999")?.units == 0 && Price(rounding: "40.5825", shift: -2)?.units == 40_582_500)
    #expect(Price(rounding: "1e7") == nil && Price(rounding: "") == nil && Price(rounding: "1p") == nil)
    #expect(Price(rounding: "+.25")?.text == "0.25" && Price(rounding: "-1")?.text == "-1")
  }

  @Test func billsOfSeveralMonthsFollowTheirFirstDay() throws {
    func date(_ year: Int, _ month: Int, _ day: Int) throws -> LocalDate {
      try #require(LocalDate(year: year, month: month, day: day))
    }
    let cycle = BillingCycle(from: try date(2025, 1, 31), months: 2)
    #expect(try cycle.next(after: date(2025, 1, 31)) == date(2025, 3, 31))
    #expect(try cycle.start(holding: date(2025, 1, 30)) == date(2024, 11, 30))
    #expect(try cycle.start(holding: date(2025, 6, 1)) == date(2025, 5, 31))
  }
}
