/// An amount of electric energy in whole milliwatt-hours, 0.000001 kWh: exact in sums and differences.
///
/// Tasmota prints kWh with at most five decimals (`EnergyRes` 0 to 5), so no printed counter value loses anything.
/// Range: ±9.2 × 10^12 kWh.
public struct Energy: Hashable, Comparable, Sendable {
  public var milliwattHours: Int64

  public init(milliwattHours: Int64) { self.milliwattHours = milliwattHours }

  public static let zero = Energy(milliwattHours: 0)

  /// `mantissa` / 10^`places` kWh, what lies below a milliwatt-hour cut towards minus infinity;
  /// nil where Int64 does not hold it.
  ///
  /// `places` is 0 to 18.
  public init?(kilowattHours mantissa: Int64, places: Int) {
    if places <= 6 {
      let (product, overflow) = mantissa.multipliedReportingOverflow(by: Decimal.power(6 - places))
      guard !overflow else { return nil }
      milliwattHours = product
    } else {
      milliwattHours = mantissa.flooringQuotient(Decimal.power(places - 6))
    }
  }

  /// One step of a counter that is printed with so many decimals of kWh: 1000 mWh at 3 places. `places` is 0 or more.
  public static func unit(places: Int) -> Energy {
    Energy(milliwattHours: places >= 6 ? 1 : Decimal.power(6 - places))
  }

  /// The mantissa of this energy in kWh with so many decimals, rounded half away from zero.
  ///
  /// Exact (and so free of rounding) for everything that a ledger of ``ChannelLedger/counterPlaces`` holds.
  public func mantissa(places: Int) -> Int64 {
    let unit = Energy.unit(places: places).milliwattHours
    let half = unit / 2
    return milliwattHours >= 0 ? (milliwattHours &+ half) / unit : (milliwattHours &- half) / unit
  }

  /// kWh as decimal text with so many digits after the point (0 to 6).
  public func kilowattHours(places: Int) -> String {
    Decimal.string(mantissa(places: min(max(places, 0), 6)), places: min(max(places, 0), 6))
  }

  public static func < (a: Energy, b: Energy) -> Bool { a.milliwattHours < b.milliwattHours }
  public static func + (a: Energy, b: Energy) -> Energy {
    Energy(milliwattHours: a.milliwattHours &+ b.milliwattHours)
  }
  public static func - (a: Energy, b: Energy) -> Energy {
    Energy(milliwattHours: a.milliwattHours &- b.milliwattHours)
  }
  public static func += (a: inout Energy, b: Energy) { a = a + b }
  public static func -= (a: inout Energy, b: Energy) { a = a - b }
  public static prefix func - (a: Energy) -> Energy { Energy(milliwattHours: 0 &- a.milliwattHours) }
}
