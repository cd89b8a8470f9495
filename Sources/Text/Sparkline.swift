/// Numbers as a line of bars, one character each: `▁▁▂▇█▇▂▁`.
public enum Sparkline {
  private static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// - Parameters:
  ///   - values: nil where nothing is known, which is a blank; what is below zero is drawn as zero. The largest has the highest
  ///     bar, zero the lowest.
  public static func text(_ values: [Int64?]) -> String {
    let largest = Int128(max(values.compactMap(\.self).max() ?? 0, 1))
    return String(
      values.map { value in
        guard let value else { return " " }
        return blocks[Int((Int128(max(value, 0)) * 7).dividedRounding(by: largest))]
      })
  }
}
