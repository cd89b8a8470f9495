import Readings

extension TariffSchedule.Column {
  /// Calls `body` with each span of some slots, what was used in it, that times the prices, and whether any slot has
  /// energy.
  ///
  /// - Parameter uses: all of the schedule's slots.
  @inline(__always)
  func sums(
    of uses: UnsafeBufferPointer<Energy>, in range: Range<Int>,
    _ body: (TariffSchedule.RateSpan, Energy, Int128, Bool) -> Void
  ) {
    prices.withUnsafeBufferPointer { prices in
      rateSpans.withUnsafeBufferPointer { rateSpans in
        var place = rateSpans.partitioningIndex { $0.slots.upperBound > range.lowerBound }
        while place < rateSpans.count, rateSpans[place].slots.overlaps(range) {
          let span = rateSpans[place]
          let slots = span.slots.clamped(to: range)
          let (energy, product, isUsed) =
            span.price.map { ColumnSums.sum(uses, in: slots, at: $0) } ?? ColumnSums.sum(uses, in: slots, at: prices)
          body(span, energy, product, isUsed)
          place += 1
        }
      }
    }
  }
}

private enum ColumnSums {
  /// Energy, energy times price, and whether any slot has energy.
  typealias Product = (energy: Energy, product: Int128, isUsed: Bool)

  static func sum(_ uses: UnsafeBufferPointer<Energy>, in slots: Range<Int>, at price: Price) -> Product {
    var (energy, bits): (Int64, Int64) = (0, 0)
    for slot in slots {
      energy &+= uses[slot].milliwattHours
      bits |= uses[slot].milliwattHours
    }
    return (Energy(milliwattHours: energy), Int128(price.units) &* Int128(energy), bits != 0)
  }

  static func sum(
    _ uses: UnsafeBufferPointer<Energy>, in slots: Range<Int>, at prices: UnsafeBufferPointer<Price>
  ) -> Product {
    var (energy, bits): (Int64, Int64) = (0, 0)
    var product = Int128(0)
    for slot in slots {
      let use = uses[slot].milliwattHours
      energy &+= use
      bits |= use
      let (high, low) = prices[slot].units.multipliedFullWidth(by: use)
      product &+= Int128(_low: low, _high: high)
    }
    return (Energy(milliwattHours: energy), product, bits != 0)
  }
}
