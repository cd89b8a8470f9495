import Calendar
import EnergyAccounting
import Pricing
import Readings
import TestSupport
import Testing

/// What is looked up once for all devices and summed in one pass is, to the last digit, what the tariff says of each
/// bucket alone.
struct BillLawTests {
  static func tariff(_ random: inout SeededGenerator, start: Timestamp) throws -> Tariff {
    func price(_ range: ClosedRange<Int64>) -> Price { Price(units: Int64.random(in: range, using: &random)) }
    func rate(_ name: String) -> Tariff.Rate {
      let minutes = [0, 15, 30, 60, 90, 120, 150, 180, 330, 420, 960, 1140, 1380, 1439]
      return Tariff.Rate(
        name: name, price: price(-100_000_000_000_000...100_000_000_000_000),
        hours: Bool.random(using: &random)
          ? nil
          : Tariff.ClockWindow(
            start: minutes.randomElement(using: &random) ?? 0,
            end: (minutes + [1440]).randomElement(using: &random) ?? 0),
        days: Set((1...7).filter { _ in Int.random(in: 0..<4, using: &random) == 0 }),
        months: Set((1...12).filter { _ in Int.random(in: 0..<8, using: &random) == 0 }))
    }
    var day = LocalDate(dayNumber: start.seconds.flooringQuotient(86_400) + Int64.random(in: -3...6, using: &random))
    var periods: [Tariff.Period] = []
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let pricing: Tariff.Pricing
      if Bool.random(using: &random) {
        let first = start.milliseconds + Int64.random(in: -200...200, using: &random) * 1_800_000
        let slots = (0..<900).filter { _ in Int.random(in: 0..<9, using: &random) > 0 }.map { slot in
          (Timestamp(milliseconds: first + Int64(slot) * 1_800_000), price(-5_000_000...45_000_000))
        }
        pricing = .prices(
          try #require(
            Tariff.PriceList(name: ["dynamic", "night"].randomElement(using: &random) ?? "", slots: slots)))
      } else {
        let names = ["night", "day", "peak", "night", "tier"]
        pricing = .rates(names.prefix(Int.random(in: 1...5, using: &random)).map(rate))
      }
      periods.append(
        Tariff.Period(
          from: day, standingCharge: price(0...99_999_999), includesTax: Bool.random(using: &random),
          pricing: pricing,
          tiers: Int.random(in: 0..<3, using: &random) > 0
            ? []
            : [
              .init(above: Energy(milliwattHours: 3_000_000), add: price(-5_000_000...5_000_000)),
              .init(above: Energy(milliwattHours: 9_000_000), add: price(0...5_000_000)),
            ],
          export: Bool.random(using: &random) ? .flat(price(-1_000_000...15_000_000)) : nil))
      day = day.advanced(byDays: Int.random(in: 1...5, using: &random))
    }
    return Tariff(
      name: "random", currency: try #require(Currency(code: "GBP")), tax: Tax(millionths: 50_000), periods: periods)
  }

  /// The last Sunday of October: clocks go back in London.
  static let start = Timestamp(
    seconds: CivilTime(year: 2026, month: 10, day: 21, hour: 7, minute: 13).secondsSince1970)

  /// Whole hours, half hours by daylight saving, and none at all.
  private static func zone(_ seed: UInt64) throws -> TimeZoneRules? {
    let names = ["Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu"]
    return try TimeZoneRulesTests.zone(names[Int(seed) % names.count])
  }

  /// Cut points of a report: between two of them no device has two prices, and no tier begins or ends.
  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func betweenSwitchesNothingChangesForAnyDevice(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    guard let zone = try Self.zone(seed) else { return }
    var tariff = try Self.tariff(&random, start: Self.start)
    func hours() -> Tariff.ClockWindow? {
      Tariff.ClockWindow(
        start: 15 * Int.random(in: 0...95, using: &random), end: 15 * Int.random(in: 0...96, using: &random))
    }
    for place in tariff.periods.indices {
      if case .rates(var rates) = tariff.periods[place].pricing {
        for rate in rates.indices where Bool.random(using: &random) {
          let patterns = ["a*", "b", "*"]
          rates[rate].selector.devices = [Tariff.DevicePattern(patterns.randomElement(using: &random) ?? "b")]
        }
        tariff.periods[place].pricing = .rates(rates)
      }
      tariff.periods[place].tiers = (0..<Int.random(in: 0...2, using: &random)).map { _ in
        Tariff.Tier(
          above: Energy(milliwattHours: 3_000_000), add: Price(units: 5), selector: Tariff.Selector(hours: hours()))
      }
    }
    let end = Self.start.advanced(byMilliseconds: 9 * 86_400_000)
    let switches = [Self.start] + tariff.switches(in: Self.start..<end, zone: zone)
    for (from, to) in zip(switches, switches.dropFirst() + [end]) {
      for device in ["apple", "b", "lamp"] {
        let own = tariff.narrowed(to: device)
        let price = own.parts(at: from, in: zone)
        var instant = from
        while instant < to {
          #expect(own.parts(at: instant, in: zone) == price, "seed \(seed) \(device) \(instant)")
          instant = instant.advanced(byMilliseconds: 1_800_000)
        }
      }
      let tiers = tariff.periods.flatMap(\.tiers).compactMap(\.selector.hours)
      func holding(_ instant: Timestamp) -> [Bool] {
        let local = zone.local(at: instant)
        return tiers.map { $0.contains(minuteOfDay: local.hour * 60 + local.minute) }
      }
      // Of periods that do not hold as well; then there may be more switches than tiers need.
      let today = LocalDate(dayNumber: zone.local(at: from).secondsSince1970.flooringQuotient(86_400))
      let present = tariff.periods.last { $0.from <= today }
      let own = Set((present?.tiers ?? []).compactMap(\.selector.hours))
      let places = tiers.indices.filter { own.contains(tiers[$0]) }
      let last = holding(to.advanced(byMilliseconds: -60_000))
      #expect(places.allSatisfy { holding(from)[$0] == last[$0] }, "seed \(seed) \(from)")
    }
  }

  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func sumsAreThoseOfEachSlotAlone(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    guard let zone = try Self.zone(seed) else { return }
    let tariff = try Self.tariff(&random, start: Self.start)
    let billingDay = Int.random(in: 1...31, using: &random)
    let end = Self.start.advanced(byMilliseconds: Int64.random(in: 1...12, using: &random) * 86_400_000)
    let first = tariff.accountedTime(for: Self.start..<end, zone: zone, billing: BillingCycle(day: billingDay))
      .lowerBound
    var cuts = Set(tariff.switches(in: first..<end, zone: zone)).union([first, Self.start, end])
    for _ in 0..<40 {
      cuts.insert(
        Timestamp(milliseconds: Int64.random(in: first.milliseconds...end.milliseconds, using: &random)))
    }
    let cutPoints = cuts.sorted()
    let devices = (0..<3).map { device in
      SlotEnergies(
        (1..<cutPoints.count).map { _ in
          SlotEnergy(
            use: Energy(
              milliwattHours: Bool.random(using: &random) ? Int64.random(in: 0...900_000, using: &random) : 0),
            export: Energy(milliwattHours: device == 2 ? Int64.random(in: 0...900_000, using: &random) : 0))
        })
    }
    let bill = Bill(
      tariff, TariffSchedule(tariff, zone: zone, billing: BillingCycle(day: billingDay), cutPoints: cutPoints),
      devices: devices)
    let reference = ReferenceBill(tariff, zone, billingDay, cutPoints, devices)
    for _ in 0..<8 {
      let low = Int.random(in: 0..<cutPoints.count, using: &random)
      let range = low..<Int.random(in: low..<cutPoints.count, using: &random)
      for device in devices.indices {
        let sum = bill.sum(range, of: device, devices[device])
        let expected = range.map { reference.lines[device][$0] }
        for (place, name) in bill.schedule.rateNames.enumerated() {
          let lines = range.filter { reference.lines[device][$0].rate == name }
          let cost = lines.reduce(Money.zero) { $0 + (reference.lines[device][$1].cost ?? .zero) }
          #expect(sum.rates[place].cost == cost, "seed \(seed)")
          #expect(
            sum.rates[place].energy == lines.reduce(Energy.zero) { $0 + devices[device][$1].use }, "seed \(seed)")
        }
        #expect(sum.tierCost == expected.reduce(Money.zero) { $0 + $1.tier }, "seed \(seed)")
        #expect(sum.hasTier == expected.contains { $0.tier != .zero }, "seed \(seed)")
        #expect(sum.exportCredit == expected.reduce(Money.zero) { $0 + $1.credit }, "seed \(seed)")
        #expect(sum.energyCost == expected.reduce(Money.zero) { $0 + ($1.cost ?? .zero) + $1.tier }, "seed \(seed)")
        let unpriced = range.filter { reference.lines[device][$0].cost == nil }
        #expect(
          sum.unpriced == unpriced.reduce(Energy.zero) { $0 + devices[device][$1].use }, "seed \(seed)")
        let hasPriced = range.contains {
          devices[device][$0].use != .zero && reference.lines[device][$0].cost != nil
        }
        #expect(sum.isPriced == (hasPriced || unpriced.isEmpty), "seed \(seed)")
      }
      var seen: [String] = []
      for index in range {
        if let rate = reference.lines[0][index].rate, !seen.contains(rate) { seen.append(rate) }
      }
      #expect(bill.schedule.rates(in: range).map { bill.schedule.rateNames[$0] } == seen, "seed \(seed)")
    }
  }

  /// Slot by slot, by ``Tariff/rate(at:in:)`` alone.
  struct ReferenceBill {
    struct Line {
      var rate: String?
      var cost: Money?
      var tier = Money.zero
      var credit = Money.zero
    }
    var lines: [[Line]]

    init(
      _ tariff: Tariff, _ zone: TimeZoneRules, _ billingDay: Int, _ cutPoints: [Timestamp], _ devices: [SlotEnergies]
    ) {
      lines = devices.map { _ in [] }
      var billStart: LocalDate?
      var billed = Energy.zero
      for index in 0..<(cutPoints.count - 1) {
        let date = zone.date(at: cutPoints[index])
        let period = tariff.period(on: date)
        let rate = tariff.rate(at: cutPoints[index], in: zone)
        let energies = devices.map { $0[index].use }
        let sum = energies.reduce(.zero, +)
        for device in devices.indices {
          var line = Line(rate: rate?.name, cost: rate?.cost(of: energies[device]))
          if rate == nil, energies[device] == .zero { line.cost = .zero }
          if let export = tariff.parts(at: cutPoints[index], in: zone).export?.price {
            line.credit = Money(
              units: Int128(export.units) * 1_000_000 * Int128(devices[device][index].export.milliwattHours))
          }
          lines[device].append(line)
        }
        let start = BillingCycle(day: billingDay).start(holding: date)
        if start != billStart {
          billStart = start
          billed = .zero
        }
        for tier in period?.tiers ?? [] {
          let above = billed + sum - max(tier.above, billed)
          guard above > .zero, let period else { continue }
          let millionths = Int128(1_000_000 + (period.includesTax ? 0 : tariff.tax.millionths))
          for (device, share) in above.split(inProportionTo: energies).enumerated() {
            lines[device][index].tier += Money(
              units: Int128(tier.add.units) * millionths * Int128(share.milliwattHours))
          }
        }
        billed += sum
      }
    }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func switchesAreTheMinutesAtWhichAPriceChanges(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let names = ["Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago"]
    guard let zone = try TimeZoneRulesTests.zone(names[Int(seed) % names.count]) else { return }
    let start = Self.start.truncated(toMilliseconds: 60_000)
    let tariff = try Self.tariff(&random, start: start)
    let end = start.advanced(byMilliseconds: 7 * 86_400_000)
    func state(_ instant: Timestamp) -> String {
      let period = tariff.period(on: zone.date(at: instant))
      let rate = tariff.rate(at: instant, in: zone)
      return "\(rate?.name ?? "-") \(rate?.cost(of: Energy(milliwattHours: 1)).units ?? 0)"
        + " \(tariff.parts(at: instant, in: zone).export?.price.units ?? 0) \(period?.export == nil) \(period?.tiers.map(\.add.units) ?? [])"
        + " \(period.map { tariff.rate(at: instant, in: zone) != nil && $0.includesTax } ?? false)"
    }
    var before = state(start)
    var expected: [Timestamp] = []
    var instant = start.advanced(byMilliseconds: 60_000)
    while instant < end {
      let after = state(instant)
      if after != before { expected.append(instant) }
      before = after
      instant = instant.advanced(byMilliseconds: 60_000)
    }
    // A change between equal products of price and tax is one too; it changes no cost.
    let found = tariff.switches(in: start..<end, zone: zone)
    #expect(Set(found).isSuperset(of: expected), "seed \(seed)")
    for extra in Set(found).subtracting(expected) {
      #expect(
        tariff.rate(at: extra.advanced(byMilliseconds: -1), in: zone) != tariff.rate(at: extra, in: zone),
        "seed \(seed)")
    }
    #expect(found == found.sorted() && Set(found).count == found.count)
  }
}
