public import Readings

extension Tariff {
  /// Something on the bill beside energy and standing charge.
  public struct Charge: Hashable, Sendable {
    public var name: String
    public var basis: Basis
    /// nil for the period's.
    public var tax: Tax?
    /// nil for the period's.
    public var includesTax: Bool?

    public init(name: String, basis: Basis, tax: Tax? = nil, includesTax: Bool? = nil) {
      self.name = name
      self.basis = basis
      self.tax = tax
      self.includesTax = includesTax
    }

    /// What its price is a price of.
    public enum Basis: Hashable, Sendable {
      /// Each kWh, beside what energy costs.
      case energy(Pricing)
      /// A span of time; spread over its local days, exactly. The first rate that matches a day wins.
      case time([Rate], per: Span)
      /// The highest power of a month.
      case demand(Demand)
      /// A share of the net amounts of energy, standing charge, tiers and the charges before it, in 10^-10.
      case share(Int64)
    }

    /// nil for what is no charge per kWh.
    var pricing: Pricing? {
      if case .energy(let pricing) = basis { pricing } else { nil }
    }
  }

  /// A length of calendar time. Days, months and years are those of the calendar, a bill is the site's.
  public enum Span: String, Hashable, Sendable, CaseIterable, Comparable {
    case day, month, bill, year

    private var order: Int {
      switch self {
      case .day: 0
      case .month: 1
      case .bill: 2
      case .year: 3
      }
    }

    public static func < (one: Span, other: Span) -> Bool { one.order < other.order }
  }

  /// A price for the highest mean power of each calendar month.
  public struct Demand: Hashable, Sendable {
    /// Over which power is a mean: 5 to 60 minutes, a divisor of the hour, aligned to the tariff's clock.
    public var windowMinutes: Int
    /// How many windows, each of another day, are averaged: the highest ones.
    public var peaks: Int
    /// Which windows count, by where they begin, and of which devices.
    public var selector: Selector
    /// The least power that is billed, in mW.
    public var minimumMilliwatts: Int64
    public var price: DemandPrice

    public init(
      windowMinutes: Int, peaks: Int = 1, selector: Selector = Selector(), minimumMilliwatts: Int64 = 0,
      price: DemandPrice
    ) {
      self.windowMinutes = windowMinutes
      self.peaks = peaks
      self.selector = selector
      self.minimumMilliwatts = minimumMilliwatts
      self.price = price
    }
  }

  public enum DemandPrice: Hashable, Sendable {
    /// Per kW and month.
    case perKilowatt(Price)
    /// The month's price by the step in which the power lies, at a limit the upper one; by limit.
    case steps([Step])

    public struct Step: Hashable, Sendable {
      /// From here on, in mW.
      public var aboveMilliwatts: Int64
      public var price: Price

      public init(aboveMilliwatts: Int64, price: Price) {
        self.aboveMilliwatts = aboveMilliwatts
        self.price = price
      }
    }
  }

  /// Adds to the price of what a span's energy exceeds.
  public struct Tier: Hashable, Sendable {
    /// All devices that the selector means together.
    public var above: Energy
    public var add: Price
    /// What ``above`` is meant for: one for each of these in ``over``.
    public var per: Span
    /// Over which energy is counted.
    public var over: Span
    /// When, and of which devices, it counts and adds.
    public var selector: Selector

    public init(above: Energy, add: Price, per: Span = .bill, over: Span? = nil, selector: Selector = Selector()) {
      self.above = above
      self.add = add
      self.per = per
      self.over = over ?? per
      self.selector = selector
    }
  }
}
