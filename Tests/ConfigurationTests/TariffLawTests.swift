import Calendar
import Configuration
import Pricing
import Readings
import TestSupport
import Testing

/// Laws over tariffs whose charges, taxes and rates are drawn.
@Suite struct TariffLawTests {
  private static let start = Timestamp(
    seconds: CivilTime(year: 2024, month: 2, day: 26).secondsSince1970)

  private struct Drawn {
    var rate: Int
    var standing: Int
    var charges: [String]
    var vat: Int

    /// A price of so many hundredths of a cent.
    static func price(_ hundredths: Int) -> String {
      "\(hundredths / 10_000).\(String(10_000 + hundredths % 10_000).dropFirst())"
    }

    init(_ random: inout SeededGenerator, shares: Bool = true) {
      rate = Int.random(in: 0...6000, using: &random)
      standing = Int.random(in: 0...9000, using: &random)
      vat = [0, 5, 19, 21].randomElement(using: &random) ?? 0
      charges = (0..<Int.random(in: 0...4, using: &random)).map { number in
        let price = Drawn.price(Int.random(in: 0...20_000, using: &random))
        return switch Int.random(in: 0..<(shares ? 5 : 4), using: &random) {
        case 0: "{ name: 'c\(number)', price: \(price) }"
        case 1: "{ name: 'c\(number)', price: \(price), per: 'day' }"
        case 2: "{ name: 'c\(number)', price: \(price), per: 'month' }"
        case 3: "{ name: 'c\(number)', price: \(price), per: 'year' }"
        default: "{ name: 'c\(number)', percent: '\(Int.random(in: 1...30, using: &random))%' }"
        }
      }
    }

    var text: String {
      """
      { vat: '\(vat)%', periods: [ { from: '2020-01-01', standingCharge: \(Drawn.price(standing)),
        rates: [ { name: 'night', price: \(Drawn.price(rate / 2)), hours: '23:00-06:30' }, { name: 'day', price: \(Drawn.price(rate)) } ],
        charges: [ \(charges.joined(separator: ", ")) ] } ] }
      """
    }
  }

  private func tariff(_ text: String) throws -> Tariff {
    try TariffFile(
      parsing: Array(text.utf8), name: "t",
      TariffFile.Surroundings(currency: Currency(code: "EUR")) { (_) throws(TariffFile.UnreadablePrices) in
        throw .init(reason: "none")
      }
    ).tariff
  }

  private func cost(_ tariff: Tariff, hours: Range<Int>, _ uses: [Int64]) -> Money {
    let cuts = (hours.lowerBound...hours.upperBound).map {
      Self.start.advanced(byMilliseconds: Int64($0) * 3_600_000)
    }
    let slots = SlotEnergies(uses: uses[hours].map { Energy(milliwattHours: $0) })
    let bill = Bill(
      tariff, TariffSchedule(tariff, zone: .utc, billing: BillingCycle(), cutPoints: cuts), devices: [slots])
    let sum = bill.sum(0..<hours.count, of: 0, slots)
    return sum.energyCost + bill.siteCost(in: cuts[0]..<cuts[hours.count]) { [bill.sum($0, of: 0, slots)] }
  }

  /// Over the end of a leap year's February.
  private func uses(_ random: inout SeededGenerator) -> [Int64] {
    (0..<240).map { _ in Int64.random(in: 0...4_000_000, using: &random) }
  }

  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func partsCostWhatTheWholeCosts(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let drawn = Drawn(&random)
    let (tariff, uses) = (try tariff(drawn.text), uses(&random))
    // Whole days, because a charge a day is a day's.
    var days = [0, 10] + (0..<3).map { _ in Int.random(in: 1...9, using: &random) }
    days = Set(days).sorted()
    let parts = zip(days, days.dropFirst()).map { cost(tariff, hours: ($0 * 24)..<($1 * 24), uses) }
    let whole = cost(tariff, hours: 0..<240, uses)
    #expect(parts.reduce(.zero, +).rounded(digits: 8) == whole.rounded(digits: 8), "seed \(seed) \(drawn.text)")
  }

  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func whatDoesNotBuildOnOthersMayStandInAnyOrder(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var drawn = Drawn(&random, shares: false)
    let uses = uses(&random)
    let before = cost(try tariff(drawn.text), hours: 0..<240, uses)
    drawn.charges.shuffle(using: &random)
    #expect(cost(try tariff(drawn.text), hours: 0..<240, uses) == before, "seed \(seed) \(drawn.text)")
  }

  /// A charge a kWh on top of a price is that price, more; a charge a day is a standing charge.
  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func aChargeIsWhatItIsCalled(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let (price, daily) = (Int.random(in: 0...20_000, using: &random), Int.random(in: 0...20_000, using: &random))
    var drawn = Drawn(&random, shares: false)
    drawn.charges = []
    let uses = uses(&random)
    var split = drawn
    split.charges = [
      "{ name: 'a', price: \(Drawn.price(price)) }", "{ name: 'b', price: \(Drawn.price(daily)), per: 'day' }",
    ]
    let energy = uses.reduce(0, +)
    let tax = Int128(100 + drawn.vat)
    let more = Int128(energy) * Int128(price) / 1_000_000 * tax + Int128(daily) * 10 * tax
    let difference =
      Int128(cost(try tariff(split.text), hours: 0..<240, uses).rounded(digits: 6))
      - Int128(cost(try tariff(drawn.text), hours: 0..<240, uses).rounded(digits: 6))
    #expect((difference - more).magnitude <= 200, "seed \(seed): \(difference) for \(more)")
  }
}
