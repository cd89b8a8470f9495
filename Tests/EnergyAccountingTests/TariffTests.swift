import Calendar
import EnergyAccounting
import Pricing
import Readings
import TestSupport
import Testing

struct TariffTests {
  /// The tariff of the documentation.
  static func home() throws -> Tariff {
    Tariff(
      name: "home", currency: try #require(Currency(code: "GBP")), tax: try #require(Tax(percent: "5%")),
      periods: [
        .init(
          from: try #require(LocalDate(year: 2026, month: 4, day: 1)), standingCharge: try #require(Price("0.5724")),
          pricing: .rates([
            .init(
              name: "night", price: try #require(Price("0.0905")), hours: .init(start: 30, end: 330)),
            .init(
              name: "peak", price: try #require(Price("0.3100")), hours: .init(start: 960, end: 1140),
              days: [1, 2, 3, 4, 5], months: [11, 12, 1, 2]),
            .init(name: "day", price: try #require(Price("0.2333"))),
          ]), tiers: [.init(above: Energy(milliwattHours: 250_000_000), add: try #require(Price("0.02")))],
          export: .flat(try #require(Price("0.15"))))
      ])
  }

  static func instant(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0) -> Timestamp {
    Timestamp(
      seconds: CivilTime(year: year, month: month, day: day, hour: hour, minute: minute).secondsSince1970)
  }

  @Test func theFirstRateThatMatchesWins() throws {
    let tariff = try Self.home()
    let utc = TimeZoneRules.utc
    #expect(tariff.rate(at: Self.instant(2026, 11, 4, 0, 29), in: utc)?.name == "day")
    #expect(tariff.rate(at: Self.instant(2026, 11, 4, 0, 30), in: utc)?.name == "night")
    #expect(tariff.rate(at: Self.instant(2026, 11, 4, 17), in: utc)?.name == "peak")
    #expect(tariff.rate(at: Self.instant(2026, 11, 7, 17), in: utc)?.name == "day")
    #expect(tariff.rate(at: Self.instant(2026, 10, 7, 17), in: utc)?.name == "day")
    #expect(tariff.rate(at: Self.instant(2026, 3, 31, 17), in: utc) == nil)
  }

  @Test func switchesAreWhereTheRateChangesOnDaysOf23And25HoursToo() throws {
    guard let london = try TimeZoneRulesTests.zone("Europe/London") else { return }
    let tariff = try Self.home()
    func hours(_ date: LocalDate) -> [Int64] {
      let day = london.range(of: date)
      return tariff.switches(in: day, zone: london).map {
        ($0.milliseconds - day.lowerBound.milliseconds) / 60_000
      }
    }
    #expect(hours(try #require(LocalDate(year: 2026, month: 7, day: 1))) == [30, 330])
    // 00:30 to 05:30 holds an hour more when the clocks go back, and an hour less when they go forward.
    #expect(hours(try #require(LocalDate(year: 2026, month: 10, day: 25))) == [30, 390])
    #expect(hours(try #require(LocalDate(year: 2027, month: 3, day: 28))) == [30, 270])
    #expect(hours(try #require(LocalDate(year: 2026, month: 11, day: 4))) == [30, 330, 960, 1140])
    var overMidnight = tariff
    overMidnight.periods[0].pricing = .rates([
      .init(name: "a", price: Price(units: 1), hours: .init(start: 1380, end: 360)),
      .init(name: "b", price: Price(units: 2)),
    ])
    let day = london.range(of: try #require(LocalDate(year: 2026, month: 7, day: 1)))
    #expect(overMidnight.switches(in: day, zone: london).count == 2)
    #expect(overMidnight.rate(at: day.lowerBound, in: london)?.name == "a")
  }

  @Test func aPriceListHoldsByUTCAndHasHoles() throws {
    let start = Self.instant(2027, 1, 1)
    let slots = [0, 1, 2, 4].map { (start.advanced(byMilliseconds: $0 * 1_800_000), Price(units: 10_000_000 + $0)) }
    let list = try #require(Tariff.PriceList(slots: slots))
    let tariff = Tariff(
      name: "agile", currency: try #require(Currency(code: "EUR")),
      periods: [.init(from: try #require(LocalDate(year: 2027, month: 1, day: 1)), pricing: .prices(list))])
    #expect(tariff.rate(at: start.advanced(byMilliseconds: 1_799_999), in: .utc)?.price == Price(units: 10_000_000))
    // A price lasts until the next start; the last as long as the longest before it.
    #expect(tariff.rate(at: start.advanced(byMilliseconds: 3 * 1_800_000), in: .utc)?.price == Price(units: 10_000_002))
    #expect(tariff.rate(at: start.advanced(byMilliseconds: 5 * 1_800_000), in: .utc)?.price == Price(units: 10_000_004))
    #expect(tariff.rate(at: start.advanced(byMilliseconds: 6 * 1_800_000), in: .utc) == nil)
    #expect(tariff.switches(in: start..<start.advanced(byMilliseconds: 86_400_000), zone: .utc).count == 4)
    #expect(tariff.check().isEmpty)
    let ends = slots.map { Optional($0.0.advanced(byMilliseconds: 1_800_000)) }
    let holed = try #require(
      Tariff.PriceList(name: "agile", starts: slots.map(\.0), ends: ends, prices: slots.map(\.1)))
    var other = tariff
    other.periods[0].pricing = .prices(holed)
    #expect(other.rate(at: start.advanced(byMilliseconds: 3 * 1_800_000), in: .utc) == nil)
    #expect(other.check().map(\.severity) == [.error])
    #expect(Tariff.PriceList(slots: [slots[1], slots[0]]) == nil)
  }

  @Test func theCheckFindsHolesUnreachableRatesAndDisorder() throws {
    var tariff = try Self.home()
    #expect(tariff.check().isEmpty)
    tariff.periods[0].pricing = .rates([
      .init(name: "night", price: Price(units: 1), hours: .init(start: 0, end: 420)),
      .init(name: "early", price: Price(units: 1), hours: .init(start: 60, end: 120)),
      .init(name: "morning", price: Price(units: 2), hours: .init(start: 360, end: 720)),
    ])
    tariff.periods.append(tariff.periods[0])
    let problems = tariff.check().map(\.description)
    #expect(problems.contains { $0.hasPrefix("periods[0].rates:") && $0.contains("12:00") })
    #expect(problems.contains { $0.contains("'early' never applies") })
    #expect(problems.contains { $0.contains("'morning' overlaps 'night'") })
    #expect(problems.contains { $0.hasPrefix("periods[1].from:") })
  }

  @Test func pricesAndTaxesAreReadExactly() {
    #expect(Price("0.0905")?.units == 9_050_000)
    #expect(Price("-.5")?.units == -50_000_000)
    #expect(Price("0.123456789") == nil)
    #expect(Price("0.1234567800")?.units == 12_345_678)
    #expect(Price("1e3") == nil && Price("") == nil && Price("99999999999") == nil)
    #expect(Tax(percent: "8.1 %")?.millionths == 81_000)
    #expect(Tax(percent: "5") == nil && Tax(percent: "101%") == nil && Tax(percent: "-1%") == nil)
    #expect(Currency(code: "JPY")?.digits == 0)
    #expect(Currency(code: "KWD")?.digits == 3)
    #expect(Currency(code: "gbp") == nil)
  }

  @Test func printedLinesAddUpToThePrintedSum() {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<500 {
      let lines = (0..<Int.random(in: 1...40, using: &random)).map { _ in
        Money(units: Int128(Int64.random(in: -5_000_000_000_000_000_000...5_000_000_000_000_000_000, using: &random)))
      }
      for digits in [0, 2, 3] {
        let (rounded, total) = Money.round(lines, digits: digits)
        #expect(rounded.reduce(0, +) == total)
        for (line, value) in zip(lines, rounded) { #expect(abs(line.rounded(digits: digits) - value) <= 1) }
      }
      let nested = Money.apportion(lines, to: 12_345, digits: 2)
      #expect(nested.reduce(0, +) == 12_345)
    }
    #expect(Money.apportion([], to: 5, digits: 2) == [])
  }

  @Test func sharesOfEnergyAddUp() {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<500 {
      let weights = (0..<Int.random(in: 1...9, using: &random)).map { _ in
        Energy(milliwattHours: Int64.random(in: 0...1_000_000, using: &random))
      }
      let whole = Energy(milliwattHours: Int64.random(in: 0...10_000, using: &random) * 1000)
      let parts = whole.split(inProportionTo: weights, unit: Energy(milliwattHours: 1000))
      #expect(parts.reduce(.zero, +) == whole)
      #expect(parts.allSatisfy { $0 >= .zero && $0.milliwattHours % 1000 == 0 })
    }
  }

  /// A constructed month in exact fractions of a penny, worked by hand.
  @Test func aBillIsExact() throws {
    let tariff = try Self.home()
    let zone = TimeZoneRules.utc
    let start = Self.instant(2026, 11, 14)
    let range = start..<Self.instant(2026, 12, 14)
    let cuts = [range.lowerBound] + tariff.switches(in: range, zone: zone) + [range.upperBound]
    // Each slot: 1 kWh of one device, 2 kWh of the other, half a kWh of export.
    func slots(_ kilowattHours: Int64) -> SlotEnergies {
      SlotEnergies(
        uses: cuts.dropFirst().map { _ in Energy(milliwattHours: kilowattHours * 1_000_000) },
        exports: cuts.dropFirst().map { _ in Energy(milliwattHours: 500_000) })
    }
    let bill = Bill(
      tariff, TariffSchedule(tariff, zone: zone, billing: BillingCycle(day: 14), cutPoints: cuts),
      devices: [slots(1), slots(2)])
    // 30 days: night, and day before and after it (the day's parts over midnight are one slot), 20 weekdays with peak.
    let stretches = Array(bill.schedule.rateSpans(in: 0..<cuts.count - 1))
    let names = stretches.flatMap { stretch in stretch.slots.map { _ in bill.schedule.rateNames[stretch.rate] } }
    #expect(stretches.flatMap(\.slots) == Array(0..<cuts.count - 1))
    #expect(zip(stretches, stretches.dropFirst()).allSatisfy { $0.rate != $1.rate || $0.period != $1.period })
    for part in [0..<0, 5..<5, 0..<1, 1..<2, 3..<17, 4..<cuts.count - 1] {
      #expect(bill.schedule.rateSpans(in: part).flatMap(\.slots) == Array(part))
    }
    let sums = [1, 2].enumerated().map { bill.sum(0..<names.count, of: $0.offset, slots($0.element)) }
    let nights = names.count { $0 == "night" }
    let peaks = names.count { $0 == "peak" }
    let days = names.count { $0 == "day" }
    #expect((nights, peaks) == (30, 20))
    #expect(days == 30 + 20 + 1)
    func sum(_ device: Int) -> Money { sums[device].rates.map(\.cost).reduce(.zero, +) }
    // Pence × 10^-2 per kWh, tax 5 %.
    let exact = Int128(nights * 905 + peaks * 3100 + days * 2333) * 105
    #expect(sum(0).units == exact * Int128(100_000_000_000_000))
    #expect(sum(1).units == 2 * sum(0).units)
    // 303 kWh in all, 53 above 250: two pence and tax, shared one to two.
    let tier = sums.map(\.tierCost)
    #expect((tier[0] + tier[1]).units == Int128(53) * 2 * 105 * Int128(10_000_000_000_000_000))
    #expect(abs(tier[1].units - 2 * tier[0].units) < Int128(1_000_000_000_000_000_000))
    let credit = sums[0].exportCredit
    #expect(credit.units == Int128(names.count) * 75 * Int128(1_000_000_000_000_000_00))
    // 30 standing charges of 57.24 p and tax.
    #expect(bill.siteCost(in: range) { _ in [] }.rounded(digits: 4) == 30 * 5724 * 105 / 100)
    #expect(
      tariff.accountedTime(
        for: Self.instant(2026, 12, 1)..<range.upperBound, zone: zone, billing: BillingCycle(day: 14)
      ).lowerBound == range.lowerBound)
  }

  @Test func pricesThatIncludeTaxStayAsTheyAre() throws {
    var tariff = try Self.home()
    tariff.periods[0].includesTax = true
    let rate = try #require(tariff.rate(at: Self.instant(2026, 7, 1, 12), in: .utc))
    #expect(rate.cost(of: Energy(milliwattHours: 1_000_000)).rounded(digits: 4) == 2333)
  }
}
