public import History
public import Readings

/// Points of a history as the readings that stand for them in a store: Total, and Power where it was measured.
public enum ImportedReadings {
  /// - Parameter places: decimals of kWh, 0 to 6, that every point needs.
  public static func readings(_ points: [ImportedCounter.Point], places: Int) -> [Reading] {
    let unit = Energy.unit(places: places).milliwattHours
    let total = Field(.total, .decimal(places))
    let watts = wattPlaces(points)
    let wattUnit = Decimal.power(3 - watts)
    let plain = Layout([total])
    let measured = Layout([total, Field(.power, .decimal(watts))])
    return points.map { point in
      guard let power = point.power else {
        return Reading(receivedAt: point.time, layout: plain, values: [point.total / unit])
      }
      return Reading(receivedAt: point.time, layout: measured, values: [point.total / unit, power / wattUnit])
    }
  }

  /// Decimals of W that every power needs, 0 to 3.
  private static func wattPlaces(_ points: [ImportedCounter.Point]) -> Int {
    (0...3).first { places in
      points.allSatisfy { ($0.power ?? 0) % Decimal.power(3 - places) == 0 }
    } ?? 3
  }
}
