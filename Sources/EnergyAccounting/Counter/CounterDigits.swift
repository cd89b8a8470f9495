import Readings

/// The digits that a counter is printed with, by its last readings: the finest of them are the counter's, because zeros
/// at the end of a number may have been cut off. Older readings tell nothing: a plug's resolution may be changed.
struct CounterDigits {
  private static let memory = 16

  private var last: [Int8] = []
  private var oldest = 0
  /// Digits after the point; nil before the first reading.
  private(set) var finest: Int?

  /// Takes some readings in a row.
  mutating func see(_ places: Int, count: Int = 1) {
    for _ in 0..<min(count, CounterDigits.memory) {
      if last.count < CounterDigits.memory {
        last.append(Int8(places))
      } else {
        last[oldest] = Int8(places)
        oldest = (oldest + 1) % CounterDigits.memory
      }
    }
    if let finest, finest == places { return }
    finest = last.max().map(Int.init)
  }
}
