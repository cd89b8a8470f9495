public import Readings

extension Tariff {
  /// Prices by their starts. Each lasts until the next start, and no longer than its end where the list has ends, else
  /// no longer than a day.
  public struct PriceList: Hashable, Sendable {
    /// The name of its lines in a report: `dynamic`, or the period's name.
    public var name: String
    /// Strictly increasing.
    public private(set) var starts: [Timestamp]
    /// As many: where each price stops, not before its start and not after the next.
    public private(set) var ends: [Timestamp]
    public private(set) var prices: [Price]

    /// nil for an empty list, and where starts do not increase strictly.
    public init?(name: String = "dynamic", slots: [(start: Timestamp, price: Price)]) {
      self.init(name: name, starts: slots.map(\.start), prices: slots.map(\.price))
    }

    /// The same from as many prices as starts.
    ///
    /// - Parameter ends: as many; nil in it for a price that lasts until the next start, however far. Nil for a list
    ///   without ends.
    public init?(name: String, starts: [Timestamp], ends: [Timestamp?]? = nil, prices: [Price]) {
      guard !starts.isEmpty, starts.count == prices.count, ends.map({ $0.count == starts.count }) ?? true else {
        return nil
      }
      for index in 1..<starts.count where starts[index - 1] >= starts[index] { return nil }
      self.name = name
      self.starts = starts
      self.prices = prices
      guard let ends else {
        self.ends = PriceSpans.ends(starts)
        return
      }
      self.ends = starts.indices.map { place in
        let next = place + 1 < starts.count ? starts[place + 1] : Timestamp(milliseconds: .max)
        return max(starts[place], ends[place].map { min($0, next) } ?? next)
      }
    }

    /// The index of the last slot that begins at an instant or before; −1 before the first.
    func lastStart(at instant: Timestamp) -> Int { starts.partitioningIndex { $0 > instant } - 1 }

    /// The index of the slot that holds an instant; nil in a hole.
    func slot(at instant: Timestamp) -> Int? {
      let last = lastStart(at: instant)
      return last >= 0 && instant < ends[last] ? last : nil
    }
  }
}

/// How long prices of a list without ends last.
public enum PriceSpans {
  private static let day: Int64 = 86_400_000
  /// A day on which the clocks go back.
  private static let longestDay: Int64 = 90_000_000

  /// Until the next start, which is at most a day away, else a day; the last as long as the longest of the others, a day
  /// where it is alone.
  static func ends(_ starts: [Timestamp]) -> [Timestamp] {
    var ends: [Timestamp] = []
    ends.reserveCapacity(starts.count)
    var longest: Int64 = 0
    for index in 1..<max(starts.count, 1) {
      let distance = starts[index].milliseconds - starts[index - 1].milliseconds
      let length = distance <= longestDay ? distance : day
      longest = max(longest, min(length, day))
      ends.append(starts[index - 1].advanced(byMilliseconds: length))
    }
    if let last = starts.last { ends.append(last.advanced(byMilliseconds: longest > 0 ? longest : day)) }
    return ends
  }
}
