import Text

/// Rounding of amounts that must add up as printed.
public enum Apportionment {
  /// Rounds exact amounts to whole units so that they add up to `total`: the largest remainders are rounded up.
  ///
  /// - Parameters:
  ///   - amounts: exact, in the same fine unit; may be negative.
  ///   - unit: fine units per printed unit, above zero: 10^10 where amounts are in 10^-12 and cents are printed.
  ///   - total: what the result adds up to, in printed units; at most one unit per amount away from the exact sum.
  ///     Nearest to the exact sum when nil.
  /// - Returns: printed units, each less than one unit from its exact amount (as far as `total` allows). An amount
  ///   without a remainder stays as it is; of equal remainders the earlier is rounded up.
  public static func largestRemainder(_ amounts: [Int128], unit: Int128, total: Int128? = nil) -> [Int128] {
    var result = amounts.map { floor($0, unit) }
    let target = total ?? amounts.reduce(0, +).dividedRounding(by: unit)
    var missing = target - result.reduce(0, +)
    guard missing != 0, !amounts.isEmpty else { return result }
    let remainders = zip(amounts, result).map { $0 - $1 * unit }
    let order = amounts.indices.sorted { a, b in
      remainders[a] == remainders[b] ? a < b : remainders[a] > remainders[b]
    }
    // Upwards through those with a remainder; a total below the floors (which only a caller with a total from
    // elsewhere asks for) is taken off from the smallest remainders.
    var next = 0
    let candidates = missing > 0 ? order.filter { remainders[$0] > 0 } : order.reversed()
    let step: Int128 = missing > 0 ? 1 : -1
    let cycle = candidates.isEmpty ? order : Array(candidates)
    while missing != 0 {
      result[cycle[next % cycle.count]] += step
      missing -= step
      next += 1
    }
    return result
  }

  static func floor(_ amount: Int128, _ unit: Int128) -> Int128 {
    let (quotient, remainder) = amount.quotientAndRemainder(dividingBy: unit)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
