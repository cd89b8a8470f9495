extension Report {
  /// Sums over devices; money is nil without a tariff.
  package struct Total: Sendable, Equatable {
    package var kWh: Figure
    package var exportKWh: Figure
    package var energyCost: Figure?
    package var standingCharge: Figure?
    /// At least 0; reduces ``cost``.
    package var exportCredit: Figure?
    package var cost: Figure?
    /// The same use by the tariffs that the report compares with, in their order.
    package var others: [Total] = []
    /// The same cost as the lines of a bill, which add up to ``cost``; empty without a tariff.
    package var charges: [Charge] = []

    /// The value added tax in ``cost``; nil where the tariff names none.
    package var tax: Figure? { charges.first { $0.kind == .tax }?.amount }

    /// Rates and standing charge without tax: ``cost`` less tax, before any export credit. Nil where there is no tax.
    package var net: Figure? {
      guard tax != nil else { return nil }
      return Figure.sum(charges.filter { $0.kind == .rate || $0.kind == .standingCharge }.map(\.amount))
    }

    package init(
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
    package func difference(from other: Total) -> Figure? {
      guard let cost, let base = other.cost else { return nil }
      return cost + Figure(0 &- base.mantissa, places: base.places)
    }
  }

  /// A line of a bill.
  package struct Charge: Sendable, Equatable {
    package enum Kind: String, Sendable {
      /// A rate's energy, or what tiers add, without tax.
      case rate
      /// Without tax.
      case standingCharge = "standing charge"
      case tax = "VAT"
      /// At most 0.
      case exportCredit = "export credit"
    }
    package var kind: Kind
    /// Of the rate.
    package var name: String?
    package var kWh: Figure?
    package var amount: Figure

    package init(_ kind: Kind, name: String? = nil, kWh: Figure? = nil, amount: Figure) {
      self.kind = kind
      self.name = name
      self.kWh = kWh
      self.amount = amount
    }
  }

  /// The period before, or the same period of the year before.
  package struct Comparison: Sendable, Equatable {
    package enum Kind: String, Sendable { case previous, year }
    package var kind: Kind
    package var span: Span
    package var kWh: Figure
    package var cost: Figure?
    package var complete: Bool

    package init(kind: Kind, span: Span, kWh: Figure, cost: Figure?, complete: Bool) {
      self.kind = kind
      self.span = span
      self.kWh = kWh
      self.cost = cost
      self.complete = complete
    }
  }
}
