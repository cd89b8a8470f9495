extension Range<Int> {
  /// The first place for which `isBeyond` holds, which then must hold for all places after it; the upper bound where it
  /// holds for none. A binary search, so `isBeyond` is asked once for each doubling of the range.
  @inlinable
  public func partitionPoint<Failure: Error>(
    _ isBeyond: (Int) throws(Failure) -> Bool
  ) throws(Failure) -> Int {
    var low = lowerBound
    var high = upperBound
    while low < high {
      let middle = low + (high - low) / 2
      if try isBeyond(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

extension RandomAccessCollection where Index == Int {
  /// The first place whose element, and so each one behind it, is as asked; the end where none is.
  @inlinable
  public func partitioningIndex(where isBeyond: (Element) -> Bool) -> Int {
    (startIndex..<endIndex).partitionPoint { isBeyond(self[$0]) }
  }
}
