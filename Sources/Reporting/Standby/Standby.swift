public import Calendar
public import Pricing
public import Readings
public import Text

/// What is always on, plug by plug: its power, and what that comes to.
///
/// The power is a report's own (``Report/Entry/alwaysOnW``): the lowest of each hour, and of these the one at or below
/// which the hours lie for a twentieth of the covered time.
public struct Standby: Sendable {
  public struct Line: Sendable {
    public var device: String
    public var channel: Int?
    public var watts: Figure
    /// In the period, while its power was known: never more than the plug used.
    public var kWh: Figure
    /// Of what the plug used in the period, in percent; nil where its power is known for a part of that alone.
    public var shareOfPlug: Figure?
    /// If it goes on for 365 days.
    public var kWhPerYear: Figure
    public var costPerYear: Figure?
    /// Of the covered time of the period; a plug that was heard for an hour says little.
    public var coverage: Figure
  }

  /// Plugs that were heard, the largest power first; those that need nothing at rest stand at the end with 0.
  public let lines: [Line]
  public let total: Line
  public let span: Report.Span
  public let timeZone: String
  public let tariff: String?
  public let currency: Report.Currency?
  let wording: ReportWording
  /// For how much of the time power is known, in percent; nil where that is nearly all, and shares can be told.
  public let partWithPower: Int64?
  /// Of all that was used in the period, in percent: the house's where a main meter tells it.
  public let shareOfUse: Figure?
  /// What it cost in the period, and its share of the period's cost with standing charge, in percent.
  public let cost: Figure?
  public let shareOfBill: Figure?

  /// What a kWh of a device costs that is used at constant power.
  public struct Prices: Sendable {
    /// Over the period.
    public var period: Money?
    /// Over a year from today.
    public var year: Money?

    public init(period: Money?, year: Money?) {
      self.period = period
      self.year = year
    }
  }

  private static let hoursPerYear: Int128 = 8760

  /// - Parameters:
  ///   - report: of one period.
  ///   - prices: by device; empty without a tariff.
  public init?(_ report: Report, prices: [String: Prices]) {
    guard let period = report.periods.first else { return nil }
    let digits = report.currency?.digits ?? 2
    // What no plug measures shows no power.
    let entries = period.devices.filter { report.mainMeter == nil || $0.device != MainMeter.rest }
    var parts: [(line: Line, year: Money?, period: Money?)] = entries.map { entry in
      let kWh = entry.alwaysOnKWh(in: period.span).rescaled(to: entry.kWh.places)
      let watts = entry.alwaysOnW.map { $0.mantissa < 0 ? Figure(0, places: $0.places) : $0 } ?? Figure(0)
      // W × h in mWh: three digits more.
      let year = Int128(watts.rescaled(to: 3).mantissa) * Standby.hoursPerYear
      let price = prices[entry.device]
      let line = Line(
        device: entry.device, channel: entry.channel, watts: watts, kWh: kWh,
        shareOfPlug: Report.partWithPower([entry]) == nil ? Standby.percent(kWh, of: entry.kWh) : nil,
        kWhPerYear: Figure.ratio(year, 1_000_000, places: 1),
        costPerYear: nil, coverage: entry.coverage)
      func cost(_ price: Money?, _ milliwattHours: Int128) -> Money? {
        price.map { Money(units: $0.units / 1_000_000 * milliwattHours) }
      }
      return (line, cost(price?.year, year), cost(price?.period, Int128(kWh.rescaled(to: 6).mantissa)))
    }
    parts.sort { one, other in
      one.line.watts.isLess(than: other.line.watts) || other.line.watts.isLess(than: one.line.watts)
        ? other.line.watts.isLess(than: one.line.watts)
        : (one.line.device, one.line.channel ?? 0) < (other.line.device, other.line.channel ?? 0)
    }
    // Rows add up to the total as printed.
    let priced = parts.indices.filter { parts[$0].year != nil }
    let (costs, sum) = Money.round(priced.compactMap { parts[$0].year }, digits: digits)
    for (place, units) in zip(priced, costs) { parts[place].line.costPerYear = Figure(units, places: digits) }
    let hasPrice = !priced.isEmpty
    lines = parts.map(\.line)
    wording = ReportWording(report: report)
    span = period.span
    timeZone = report.timeZone
    tariff = report.tariff
    currency = report.currency
    let kWh = Figure.sum(lines.map(\.kWh), places: 3)
    total = Line(
      device: "", channel: nil, watts: Figure.sum(lines.map(\.watts)), kWh: kWh, shareOfPlug: nil,
      kWhPerYear: Figure.sum(lines.map(\.kWhPerYear), places: 1),
      costPerYear: hasPrice ? Figure(sum, places: digits) : nil, coverage: Figure(0))
    partWithPower = Report.partWithPower(entries)
    shareOfUse = partWithPower == nil ? Standby.percent(kWh, of: period.total.used) : nil
    let spent = parts.compactMap(\.period)
    cost = spent.isEmpty ? nil : Figure(spent.reduce(.zero, +).rounded(digits: digits), places: digits)
    let bill = partWithPower == nil ? period.total.cost : nil
    shareOfBill = cost.flatMap { cost in bill.flatMap { Standby.percent(cost, of: $0) } }
  }

  private static func percent(_ part: Figure, of whole: Figure) -> Figure? {
    let places = max(part.places, whole.places)
    let all = Int128(whole.rescaled(to: places).mantissa)
    return all > 0 ? Figure.ratio(Int128(part.rescaled(to: places).mantissa) * 100, all, places: 1) : nil
  }
}

extension Standby.Prices {
  /// - Parameters:
  ///   - tariff: ``Tariff/perKilowattHour(for:otherNames:)`` of the device.
  ///   - range: the period.
  ///   - today: its start. A year from it is priced; where the tariff ends before, the year up to it is.
  public init(_ tariff: Tariff, over range: Range<Timestamp>, today: Timestamp, zone: TimeZoneRules) {
    let year: Int64 = 365 * 86_400_000
    let ahead = PriceCurve(tariff, over: today..<today.advanced(byMilliseconds: year), zone: zone).mean
    var price = ahead
    if ahead?.pricedMilliseconds ?? 0 < year {
      let behind = PriceCurve(tariff, over: today.advanced(byMilliseconds: -year)..<today, zone: zone).mean
      if behind?.pricedMilliseconds ?? 0 > ahead?.pricedMilliseconds ?? 0 { price = behind }
    }
    self.init(period: PriceCurve(tariff, over: range, zone: zone).mean?.price, year: price?.price)
  }
}
