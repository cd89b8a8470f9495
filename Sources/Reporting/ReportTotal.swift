public import Text

extension Report {
  /// Sums over devices; money is nil without a tariff.
  public struct Total: Sendable, Equatable {
    public var kWh: Figure
    public var exportKWh: Figure
    public var energyCost: Figure?
    public var standingCharge: Figure?
    /// At least 0; reduces ``cost``.
    public var exportCredit: Figure?
    public var cost: Figure?
    /// The same use by the tariffs that the report compares with, in their order.
    public var others: [Total] = []
    /// The same cost as the lines of a bill, which add up to ``cost``; empty without a tariff.
    public var charges: [Charge] = []

    /// The value added tax in ``cost``; nil where the tariff names none.
    public var tax: Figure? { charges.first { $0.kind == .tax }?.amount }

    /// Rates, standing charge and charges without tax: ``cost`` less tax, before any export credit. Nil where there is no tax.
    public var net: Figure? {
      guard tax != nil else { return nil }
      return Figure.sum(
        charges.filter { $0.kind == .rate || $0.kind == .standingCharge || $0.kind == .charge }.map(\.amount))
    }

    public init(
      kWh: Figure, exportKWh: Figure, energyCost: Figure? = nil, standingCharge: Figure? = nil,
      exportCredit: Figure? = nil, cost: Figure? = nil
    ) {
      self.kWh = kWh
      self.exportKWh = exportKWh
      self.energyCost = energyCost
      self.standingCharge = standingCharge
      self.exportCredit = exportCredit
      self.cost = cost
    }

    /// How much more this costs; below zero where it costs less.
    public func difference(from other: Total) -> Figure? {
      guard let cost, let base = other.cost else { return nil }
      return cost - base
    }
  }

  /// A line of a bill.
  public struct Charge: Sendable, Equatable {
    public enum Kind: String, Sendable {
      /// A rate's energy, or what tiers add, without tax.
      case rate
      /// Without tax.
      case standingCharge = "standing charge"
      /// Whatever else is on the bill, without tax.
      case charge
      case tax = "VAT"
      /// At most 0.
      case exportCredit = "export credit"
    }
    public var kind: Kind
    /// Of the rate or charge.
    public var name: String?
    public var kWh: Figure?
    public var amount: Figure

    public init(_ kind: Kind, name: String? = nil, kWh: Figure? = nil, amount: Figure) {
      self.kind = kind
      self.name = name
      self.kWh = kWh
      self.amount = amount
    }
  }

  /// The period before, or the same period of the year before.
  public struct Comparison: Sendable, Equatable {
    public enum Kind: String, Sendable { case previous, year }
    public var kind: Kind
    public var span: Span
    public var kWh: Figure
    public var cost: Figure?
    public var complete: Bool

    public init(kind: Kind, span: Span, kWh: Figure, cost: Figure?, complete: Bool) {
      self.kind = kind
      self.span = span
      self.kWh = kWh
      self.cost = cost
      self.complete = complete
    }
  }
}
