public import Calendar
import Readings

/// What electricity costs: dated periods of prices. A value; the file is read elsewhere.
///
/// Five ideas make it up: a price schedule (``Pricing``) for energy, for each charge and for export; selectors
/// (``Selector``) that say when and for which devices a price holds; what a charge is a price of
/// (``Charge/Basis``); demand (``Demand``); and tiers (``Tier``).
public struct Tariff: Hashable, Sendable {
  public var name: String
  public var currency: Currency
  /// Added to standing charges, rates, tiers and charges whose prices exclude it; never to export. A period or a charge
  /// may have its own.
  public var tax: Tax
  /// By whose clock hours, days, months and dates are meant; nil for the site's.
  public var clock: TimeZoneRules?
  /// When days, months and named dates of selectors begin, in minutes after midnight: 0 to 1439.
  public var dayStartMinute = 0
  /// Names of dates, which stand among the days of selectors.
  public var dateNames = DateNames()
  /// By ``Period/from``, which increases strictly (``check()`` says where it does not).
  public var periods: [Period]

  public init(name: String, currency: Currency, tax: Tax = .none, periods: [Period]) {
    self.name = name
    self.currency = currency
    self.tax = tax
    self.periods = periods
  }

  /// Prices from one local date until the next period's.
  public struct Period: Hashable, Sendable {
    public var from: LocalDate
    /// nil for the tariff's.
    public var tax: Tax?
    /// Per local day of the site.
    public var standingCharge: Price
    public var includesTax: Bool
    public var pricing: Pricing
    /// Whatever else is on the bill, in its order.
    public var charges: [Charge]
    public var tiers: [Tier]
    /// Credit per exported kWh; nil for none.
    public var export: Pricing?

    public init(
      from: LocalDate, standingCharge: Price = Price(units: 0), includesTax: Bool = false, pricing: Pricing,
      tiers: [Tier] = [], charges: [Charge] = [], export: Pricing? = nil
    ) {
      self.from = from
      self.standingCharge = standingCharge
      self.includesTax = includesTax
      self.pricing = pricing
      self.charges = charges
      self.tiers = tiers
      self.export = export
    }

    /// Every schedule of a price per kWh: energy first, then the charges per kWh in their order, then export.
    var schedules: [Pricing] {
      [pricing] + charges.compactMap(\.pricing) + (export.map { [$0] } ?? [])
    }
  }

  /// A price schedule: what one kWh costs at any time.
  public enum Pricing: Hashable, Sendable {
    /// The first rate that matches an instant wins.
    case rates([Rate])
    case prices(PriceList)

    /// One price at all times.
    public static func flat(_ price: Price, name: String = "export") -> Pricing {
      .rates([Rate(name: name, price: price)])
    }
  }

  /// A price with the times at which, and the devices for which, it holds.
  public struct Rate: Hashable, Sendable {
    public var name: String
    public var price: Price
    public var selector: Selector

    public init(name: String, price: Price, selector: Selector = Selector()) {
      self.name = name
      self.price = price
      self.selector = selector
    }

    public init(name: String, price: Price, hours: ClockWindow? = nil, days: Set<Int> = [], months: Set<Int> = []) {
      self.init(name: name, price: price, selector: Selector(hours: hours, days: days, months: months))
    }
  }
}

extension Tariff {
  /// The period that holds on a local date; nil before the first.
  public func period(on date: LocalDate) -> Period? { periods.last { $0.from <= date } }

  /// The clock by which the tariff's hours and dates are meant at a site.
  public func clock(at site: TimeZoneRules) -> TimeZoneRules { clock ?? site }

  func tax(of period: Period) -> Tax { period.tax ?? tax }

  /// Millionths of a price that are paid: 1,050,000 with 5 % added to it.
  func factor(of period: Period) -> Int64 {
    1_000_000 + (period.includesTax ? 0 : tax(of: period).millionths)
  }

  func tax(of charge: Charge, in period: Period) -> Tax { charge.tax ?? tax(of: period) }

  func factor(of charge: Charge, in period: Period) -> Int64 {
    1_000_000 + (charge.includesTax ?? period.includesTax ? 0 : tax(of: charge, in: period).millionths)
  }

  /// True where some price has a tax on it or in it.
  public var namesTax: Bool {
    tax != .none
      || periods.contains { period in
        (period.tax ?? .none) != .none || period.charges.contains { ($0.tax ?? .none) != .none }
      }
  }
}
