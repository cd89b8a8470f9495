import Readings

/// Energy of a plug that measures wrong (`device scale`).
///
/// What is multiplied is the counter itself, cut to its unit: a step counts the difference of two such values. So no
/// remainder is carried from step to step, nothing is lost over many of them, and a step counts the same in every report.
extension CounterAccount {
  /// The scale of a step that ends at `time`.
  func scale(at time: Int64) -> MeteringOptions.Scale? {
    options.scales.last { $0.from.milliseconds < time }.flatMap { $0.denominator > 0 ? $0 : nil }
  }

  /// What `energy` is that the counter gained from `base` on, in a step that ends at `time`.
  mutating func scaled(_ energy: Int64, above base: Int64, at time: Int64) -> Int64 {
    guard !options.scales.isEmpty, let scale = scale(at: time) else { return energy }
    let unit = series.unit
    func units(_ counter: Int128) -> Int128 {
      let product = counter * Int128(scale.numerator)
      let divisor = Int128(scale.denominator) * Int128(unit)
      let quotient = product / divisor
      return product % divisor < 0 ? quotient - 1 : quotient
    }
    return Int64(clamping: (units(Int128(base) + Int128(energy)) - units(Int128(base))) * Int128(unit))
  }

  /// What `energy` is that the counter gained evenly from `base` on, parted where another scale begins.
  mutating func scaledParts(
    of energy: Int64, above base: Int64, from start: Int64, to end: Int64
  ) -> [(range: Range<Int64>, energy: Int64)] {
    guard !options.scales.isEmpty else { return [(start..<max(end, start), energy)] }
    let borders = Set(options.scales.map(\.from.milliseconds)).filter { $0 > start && $0 < end }.sorted()
    var parts: [(range: Range<Int64>, energy: Int64)] = []
    var (from, gone) = (start, Int64(0))
    for border in borders + [max(end, start)] {
      let share = Int128(energy) * Int128(border - start) / Int128(max(end - start, 1))
      let until =
        border >= end ? energy : Int64(clamping: share).flooringQuotient(series.unit) &* series.unit
      parts.append((from..<border, scaled(until - gone, above: base &+ gone, at: border)))
      (from, gone) = (border, until)
    }
    return parts
  }

  /// A step that ends later may have another scale.
  mutating func nextScale(after time: Int64) -> Int64 {
    options.scales.reduce(.max) { next, scale in
      let from = scale.from.milliseconds
      // A scale without an end is followed by one at the end of time.
      return from >= time && from < .max ? min(next, from + 1) : next
    }
  }

  /// Use counted so far, without any scale.
  var unscaledTotal: Int64 { options.scales.isEmpty ? series.total : findings.unscaled }
}
