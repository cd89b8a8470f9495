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
