import Calendar
import EnergyAccounting
import Pricing
import Readings
import TestSupport
import Testing

/// Whichever way a household's time is divided, the parts are the whole: hours, days, months, rates, devices.
struct HouseholdSums {
  private let dayEdges: [Timestamp]
  /// Every hour, and every instant at which a price changes.
  private let cutPoints: [Timestamp]
  private let tariff: Tariff
  /// Per device, by day and by the finest cut points.
  private var days: [[Bucket]] = []
  private var devices: [[Bucket]] = []

  init(_ house: SimulatedHouse, seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    dayEdges = house.dayEdges
    let range = house.from..<house.from.advanced(byMilliseconds: house.days * 86_400_000)
    tariff = try BillLawTests.tariff(&random, start: house.from)
    let hours = (0...house.days * 24).map { house.from.advanced(byMilliseconds: $0 * 3_600_000) }
    cutPoints = Set(hours + tariff.switches(in: range, zone: .utc)).sorted()
  }

  private static func sum(_ buckets: some Sequence<Bucket>) -> Bucket { buckets.reduce(into: Bucket()) { $0.add($1) } }

  /// Every part of a bucket adds up, but for its lowest power: an hour begins with what was held from the one before.
  private static func isSame(_ sum: Bucket, _ whole: Bucket) -> Bool {
    var sum = sum
    sum.lowestMilliwatts = whole.lowestMilliwatts
    return sum == whole
  }

  mutating func add(_ plug: DecodedPlug, days: [Bucket], place: String) throws {
    let fine = plug.ledger(cutPoints: cutPoints)
    let parts = try #require(fine.channels.first).buckets
    for (day, bucket) in days.enumerated() {
      let range = fine.buckets(in: dayEdges[day]..<dayEdges[day + 1])
      #expect(Self.isSame(Self.sum(parts[range]), bucket), "\(place) day \(day) by hours and rates")
    }
    // The month's edge, where one lies in the run.
    let first = TimeZoneRules.utc.date(at: dayEdges[0]).components
    let next = LocalDate.firstOfMonth(year: first.year, month: first.month + 1)
    let middle = dayEdges.firstIndex { $0 >= TimeZoneRules.utc.start(of: next) } ?? 0
    let edges = Set([0, middle, dayEdges.count - 1]).sorted()
    let months = try #require(plug.ledger(cutPoints: edges.map { dayEdges[$0] }).channels.first).buckets
    for (month, bucket) in months.enumerated() {
      #expect(Self.isSame(Self.sum(days[edges[month]..<edges[month + 1]]), bucket), "\(place) month \(month)")
    }
    let ends = [dayEdges[0], dayEdges[dayEdges.count - 1]]
    let whole = try #require(plug.ledger(cutPoints: ends).channels.first).buckets
    #expect(Self.isSame(Self.sum(days), whole[0]), "\(place) as a whole")
    self.days.append(days)
    devices.append(parts)
  }

  func expectThatRatesAndDevicesAddUp(place: String) {
    let slots = devices.map { SlotEnergies($0.map { SlotEnergy(use: $0.energy, export: $0.export) }) }
    let bill = Bill(
      tariff, TariffSchedule(tariff, zone: .utc, billing: BillingCycle(), cutPoints: cutPoints), devices: slots)
    var wholeOfDays = Money.zero
    for day in 0..<dayEdges.count - 1 {
      let first = cutPoints.firstIndex(of: dayEdges[day]) ?? 0
      let range = first..<(cutPoints.firstIndex(of: dayEdges[day + 1]) ?? first)
      var rated = Energy.zero
      for device in devices.indices {
        let sum = bill.sum(range, of: device, slots[device])
        let ofDevice = sum.rates.reduce(Energy.zero) { $0 + $1.energy } + sum.unpriced
        #expect(ofDevice == days[device][day].energy, "\(place) device \(device) day \(day) by rates")
        rated += ofDevice
        wholeOfDays += sum.energyCost
      }
      #expect(rated == days.reduce(Energy.zero) { $0 + $1[day].energy }, "\(place) day \(day) by devices")
    }
    let whole = devices.indices.reduce(Money.zero) {
      $0 + bill.sum(0..<cutPoints.count - 1, of: $1, slots[$1]).energyCost
    }
    #expect(wholeOfDays == whole, "\(place): the days' cost is the whole's")
  }
}
