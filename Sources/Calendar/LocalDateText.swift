import Readings

extension LocalDate {
  /// `2026-04-01`; nil for anything else.
  public init?(text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, zip(parts, [4, 2, 2]).allSatisfy({ $0.utf8.count == $1 }),
      parts.allSatisfy({ $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }), let year = Int(parts[0]),
      let month = Int(parts[1]), let day = Int(parts[2])
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// `2026-04-01`.
  public var text: String {
    let (year, month, day) = components
    return "\(String(year, padded: 4))-\(String(month, padded: 2))-\(String(day, padded: 2))"
  }

  /// Of the day's week: `2026-W05`.
  public var isoWeekText: String {
    let (year, week) = isoWeek
    return "\(year)-W\(String(week, padded: 2))"
  }
}
