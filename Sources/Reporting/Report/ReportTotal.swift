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
    /// Where what plugs produced went; nil without a main meter, and where nothing behind it produces. Then ``kWh`` is what
    /// was bought and ``exportKWh`` what was fed in, and the devices' use adds up to ``SunTotals/house``.
    public var sun: SunTotals?
    /// The same use by the tariffs that the report compares with, in their order.
    public var others: [Total] = []
    /// The same cost as the lines of a bill, which add up to ``cost``; empty without a tariff.
    public var charges: [Charge] = []

    /// What the devices' use adds up to: the house's where the sun has a part in it.
    public var used: Figure { sun?.house ?? kWh }

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
    /// What the house used then, where the sun had a part in it: ``kWh`` is what was bought.
    public var house: Figure?
    public var cost: Figure?
    public var complete: Bool
    /// What was there then, in the order of the names.
    public var devices: [ComparedEntry]

    /// What the devices' use then adds up to.
    public var used: Figure { house ?? kWh }

    /// The device's figures then; nil where it was not there.
    public func entry(_ entry: Entry) -> ComparedEntry? {
      devices.first { $0.device == entry.device && $0.channel == entry.channel }
    }

    public init(
      kind: Kind, span: Span, kWh: Figure, cost: Figure?, complete: Bool, devices: [ComparedEntry] = []
    ) {
      self.devices = devices
      self.kind = kind
      self.span = span
      self.kWh = kWh
      self.cost = cost
      self.complete = complete
    }
  }

  /// A device in the time that a period is compared with.
  public struct ComparedEntry: Sendable, Equatable {
    public var device: String
    public var channel: Int?
    public var kWh: Figure
    /// nil without a price.
    public var cost: Figure?
    /// False when energy was missing then, or was placed by time alone.
    public var complete: Bool
    /// What people call the channel; nil where it has a number alone.
    public var channelName: String?

    public init(device: String, channel: Int? = nil, kWh: Figure, cost: Figure?, complete: Bool) {
      self.device = device
      self.channel = channel
      self.kWh = kWh
      self.cost = cost
      self.complete = complete
    }
  }

  /// What plugs behind a main meter produced, and where it went. `house` = `bought` + `ownUse`; `produced` = `ownUse` +
  /// `fedIn`.
  public struct SunTotals: Sendable, Equatable {
    /// What the house used: import − export + production.
    public var house: Figure
    /// Import of the main meter.
    public var bought: Figure
    public var produced: Figure
    /// Export of the main meter.
    public var fedIn: Figure
    /// ``ownUse`` at the price of each slot, with tax; nil without a tariff.
    public var saved: Figure?

    /// What the house used of what was produced.
    public var ownUse: Figure { produced - fedIn }

    public init(house: Figure, bought: Figure, produced: Figure, fedIn: Figure, saved: Figure?) {
      self.house = house
      self.bought = bought
      self.produced = produced
      self.fedIn = fedIn
      self.saved = saved
    }

    public static func + (a: SunTotals, b: SunTotals) -> SunTotals {
      SunTotals(
        house: a.house + b.house, bought: a.bought + b.bought, produced: a.produced + b.produced,
        fedIn: a.fedIn + b.fedIn, saved: a.saved.flatMap { saved in b.saved.map { saved + $0 } } ?? a.saved ?? b.saved)
    }
  }
}

extension Report.Period {
  /// Of the devices, 0 to 1; nil without any.
  public var meanCoverage: Figure? {
    guard !devices.isEmpty else { return nil }
    let sum = Figure.sum(devices.map(\.coverage), places: 3)
    return Figure(sum.mantissa / Int64(devices.count), places: sum.places)
  }
}
