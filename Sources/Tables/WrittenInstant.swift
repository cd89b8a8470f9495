import Calendar
public import Readings

/// A time as files write it: an instant, or what a clock showed.
public enum WrittenInstant: Hashable, Sendable {
  case instant(Timestamp)
  /// Without a zone.
  case clock(CivilTime, milliseconds: Int64)

  /// Which of the two numbers before the year is the day.
  public enum DateOrder: Hashable, Sendable { case dayFirst, monthFirst }

  /// ISO 8601, `28.11.2025 13:00`, `28/11/2025 13:00`, a date or a month alone, seconds or milliseconds since 1970; nil
  /// for anything else.
  public static func parse(_ text: String, dates: DateOrder) -> WrittenInstant? {
    if let unix = unix(text) { return .instant(unix) }
    if let iso = iso(text) { return iso }
    if let month = WrittenMonth(text) { return .clock(month.start, milliseconds: 0) }
    var words = text.split(separator: " ").map(String.init)
    guard let first = words.first, let date = date(first, dates) else { return nil }
    words.removeFirst()
    guard let clock = words.first else { return .clock(date, milliseconds: 0) }
    guard var seconds = secondOfDay(clock) else { return nil }
    if words.count == 2 {
      // 12:30 AM is half past midnight.
      let isLate = words[1].lowercased() == "pm"
      guard isLate || words[1].lowercased() == "am", (3600..<46_800).contains(seconds) else { return nil }
      seconds = seconds % 43_200 + (isLate ? 43_200 : 0)
    } else if words.count > 2 {
      return nil
    }
    return .clock(CivilTime(secondsSince1970: date.secondsSince1970 + seconds), milliseconds: 0)
  }

  /// `A - B` in one cell.
  public static func parts(_ text: String) -> (start: String, end: String)? {
    guard let dash = text.firstRange(of: " - ") else { return nil }
    return (String(text[..<dash.lowerBound]), String(text[dash.upperBound...]))
  }

  private static func unix(_ text: String) -> Timestamp? {
    let digits = text.hasSuffix(".0") ? text.dropLast(2) : Substring(text)
    guard (9...13).contains(digits.utf8.count), digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }),
      let number = Int64(digits)
    else { return nil }
    // Eleven digits and more are milliseconds: as seconds they would lie beyond the year 2286.
    return digits.utf8.count > 10 ? Timestamp(milliseconds: number) : Timestamp(seconds: number)
  }

  private static func iso(_ text: String) -> WrittenInstant? {
    var text = text
    // A blank before the offset, and any number of decimals.
    if let blank = text.lastIndex(of: " "), text[blank...].dropFirst().first.map({ "+-Z".contains($0) }) == true {
      text.remove(at: blank)
    }
    if let written = WrittenTime(text) {
      if let offset = written.offsetSeconds { return .instant(written.instant(offsetSeconds: offset)) }
      return .clock(written.civil, milliseconds: written.milliseconds)
    }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    if parts.count == 3, parts[0].utf8.count == 4, let date = number(text, "-", [0, 1, 2]) {
      return .clock(date, milliseconds: 0)
    }
    return nil
  }

  /// `28.11.2025`, `28/11/2025`, `11/28/2025` where the month is first, `2025/11/28`.
  private static func date(_ text: String, _ order: DateOrder) -> CivilTime? {
    for separator in ["/", ".", "-"] as [Character] where text.contains(separator) {
      let parts = text.split(separator: separator, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return nil }
      if parts[0].utf8.count == 4 { return number(text, separator, [0, 1, 2]) }
      guard parts[2].utf8.count == 4 else { return nil }
      // Dots stand in dates of countries that write the day first.
      return number(text, separator, order == .dayFirst || separator == "." ? [2, 1, 0] : [2, 0, 1])
    }
    return nil
  }

  /// - Parameter order: where year, month and day stand.
  private static func number(_ text: String, _ separator: Character, _ order: [Int]) -> CivilTime? {
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    let numbers = parts.map { $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } ? Int($0) : nil }
    guard numbers.count == 3, let year = numbers[order[0]], let month = numbers[order[1]], let day = numbers[order[2]],
      LocalDate.exists(year: year, month: month, day: day)
    else { return nil }
    return CivilTime(year: year, month: month, day: day)
  }

  /// `13:00`, `13:00:00`, `24:00` for the end of the day.
  private static func secondOfDay(_ text: String) -> Int64? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let whole = parts.map { $0.split(separator: ".").first ?? $0 }
    guard (2...3).contains(parts.count),
      whole.allSatisfy({ (1...2).contains($0.utf8.count) && $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } })
    else { return nil }
    let numbers = whole.compactMap { Int64($0) } + [0]
    guard numbers[1] < 60, numbers[2] < 60 else { return nil }
    let seconds = numbers[0] * 3600 + numbers[1] * 60 + numbers[2]
    return seconds <= 86_400 ? seconds : nil
  }
}
