public import Calendar
import EnergyAccounting
import Pricing
public import Readings
import Text

/// Writes hourly energy and cost as Home Assistant takes them for external statistics: each line a message of its
/// websocket, `recorder/import_statistics`, with the hours of one month of one counter.
///
/// Sums begin at the first reading and are exact: they are added up as energy and money and rounded where they are
/// written. So plans have to come from the first one on, whatever is to be written of them. An hour of which nothing is
/// known adds nothing, and has a row.
public struct HomeAssistantStatistics {
  /// What a statistic counts.
  private enum Kind: String {
    case energy, export, cost

    var unitClass: String? { self == .cost ? nil : "energy" }
  }

  /// One counter of one plug.
  private struct Counter: Hashable {
    var name: String
    var channel: Int?
  }

  /// What was counted so far.
  private struct Sums {
    var energy = Energy.zero
    var export = Energy.zero
    var cost = Money.zero
    /// The most digits that the counter had so far.
    var places = 0
    var rows: [Kind: [(start: Timestamp, sum: Figure)]] = [:]

    mutating func add(_ sum: Figure, of kind: Kind, at start: Timestamp, _ range: Range<Timestamp>) {
      if range.contains(start) { rows[kind, default: []].append((start, sum)) }
    }
  }

  private let names: StatisticNames
  private let range: Range<Timestamp>
  private var sums: [Counter: Sums] = [:]
  /// Of the last message: Home Assistant wants each number higher than the one before.
  private var number = 0
  /// Rows so far.
  public private(set) var rowCount = 0

  /// The clock whose hours a plan has to have: Home Assistant takes no others.
  public static let clock = TimeZoneRules.utc

  /// - Parameters:
  ///   - names: of all plugs, whether they are written or not.
  ///   - range: which hours are written, by their beginnings.
  public init(_ names: StatisticNames, writing range: Range<Timestamp>) {
    self.names = names
    self.range = range
  }

  /// The messages of one plan, a line each: by name and channel, energy before what went back to the grid before cost.
  public mutating func messages(_ plan: IntervalExport.Plan, _ ledgers: [NamedLedger]) -> [UInt8] {
    var order: [Counter] = []
    IntervalExport.forEachLine(plan, ledgers) { interval, line in
      let counter = Counter(name: line.name, channel: line.channel.channel)
      if sums[counter]?.rows.isEmpty ?? true, !order.contains(counter) { order.append(counter) }
      add(interval, line, plan, to: &sums[counter, default: Sums()])
    }
    var bytes: [UInt8] = []
    for counter in order {
      let rows = sums[counter]?.rows ?? [:]
      sums[counter]?.rows = [:]
      for kind in [Kind.energy, .export, .cost] {
        guard let rows = rows[kind], !rows.isEmpty else { continue }
        bytes += message(kind, counter, rows, currency: plan.request.tariff?.currency)
      }
    }
    return bytes
  }

  private func add(
    _ interval: Range<Timestamp>, _ line: ExactEntry, _ plan: IntervalExport.Plan, to sums: inout Sums
  ) {
    let sum = line.channel.sum(plan.pass.buckets(in: interval))
    let start = interval.lowerBound
    let hour = Timestamp(seconds: start.seconds - start.seconds.flooringRemainder(3600))
    sums.energy += sum.energy
    sums.export += sum.export
    sums.places = max(sums.places, line.places)
    sums.add(Figure(sums.energy.mantissa(places: sums.places), places: sums.places), of: .energy, at: hour, range)
    if sums.export != .zero {
      sums.add(Figure(sums.export.mantissa(places: sums.places), places: sums.places), of: .export, at: hour, range)
    }
    guard let tariff = plan.request.tariff else { return }
    if let billed = line.billed(plan.pass.slots(in: interval)), billed.isPriced { sums.cost += billed.energyCost }
    let digits = IntervalExport.costDigits(tariff.currency)
    sums.add(Figure(sums.cost.rounded(digits: digits), places: digits), of: .cost, at: hour, range)
  }

  private mutating func message(
    _ kind: Kind, _ counter: Counter, _ rows: [(start: Timestamp, sum: Figure)], currency: Currency?
  ) -> [UInt8] {
    number += 1
    rowCount += rows.count
    let name = [counter.name, counter.channel.map(String.init), kind.rawValue].compactMap(\.self)
    var json = JSONWriter()
    json.object { json in
      json.key("id")
      json.value(number)
      json.key("type")
      json.value("recorder/import_statistics")
      json.key("metadata")
      json.object { json in
        json.key("statistic_id")
        json.value("wattlog:\(names.slug(counter.name, channel: counter.channel))_\(kind.rawValue)")
        json.key("source")
        json.value("wattlog")
        json.key("name")
        json.value("\(name.joined(separator: " ")) (Wattlog)")
        json.key("unit_of_measurement")
        json.value(kind == .cost ? currency?.code : "kWh")
        json.key("unit_class")
        json.value(kind.unitClass)
        json.key("mean_type")
        json.value(0)
        json.key("has_sum")
        json.value(true)
      }
      json.key("stats")
      json.array(rows) { json, row in
        json.object { json in
          json.key("start")
          json.value(LocalInstant(row.start, offsetSeconds: 0).iso)
          json.key("state")
          json.value(row.sum)
          json.key("sum")
          json.value(row.sum)
        }
      }
    }
    return json.line
  }
}
