extension Energy {
  /// Divides this energy in proportion to `weights` (0 or more each), so that the parts add up to it: each is cut, what
  /// is left goes by single milliwatt-hours to those that lost most. All to the first when no weight is above zero.
  public func split(inProportionTo weights: [Energy], unit: Energy = Energy(milliwattHours: 1)) -> [Energy] {
    guard !weights.isEmpty else { return [] }
    let sum = weights.reduce(Int128(0)) { $0 + Int128(max($1.milliwattHours, 0)) }
    let step = Int128(max(unit.milliwattHours, 1))
    let whole = Int128(milliwattHours)
    guard sum > 0 else { return weights.indices.map { $0 == 0 ? self : .zero } }
    var parts: [Int128] = []
    var remainders: [(remainder: Int128, index: Int)] = []
    parts.reserveCapacity(weights.count)
    remainders.reserveCapacity(weights.count)
    for (index, weight) in weights.enumerated() {
      let numerator = whole * Int128(max(weight.milliwattHours, 0))
      let part = numerator / (sum * step) * step
      parts.append(part)
      remainders.append((numerator - part * sum, index))
    }
    var left = whole - parts.reduce(0, +)
    remainders.sort { $0.remainder != $1.remainder ? $0.remainder > $1.remainder : $0.index < $1.index }
    for (_, index) in remainders where left > 0 {
      parts[index] += min(step, left)
      left -= min(step, left)
    }
    return parts.map { Energy(milliwattHours: Int64(clamping: $0)) }
  }
}
