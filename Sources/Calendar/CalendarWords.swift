/// Days, months and clock times as a tariff writes them.
public enum CalendarWords {
  public static let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
  public static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

  /// The numbers from 1 of words and spans of words: `mon-fri`, `sat,sun`, `nov-feb`. Full names are understood, too.
  /// Empty for anything else.
  public static func numbers(_ text: String, of words: [String]) -> Set<Int> {
    func number(_ word: Substring) -> Int? {
      let name = word.lowercased().filter { $0 != " " }
      guard name.count >= 3, fullNames.contains(where: { $0.hasPrefix(name) }) else { return nil }
      return words.firstIndex { name.hasPrefix($0) }
    }
    var numbers: Set<Int> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false)
      guard let first = ends.first, let from = number(first) else { return [] }
      switch ends.count {
      case 1: numbers.insert(from + 1)
      case 2:
        guard let to = number(ends[1]) else { return [] }
        var index = from
        numbers.insert(index + 1)
        while index != to {
          index = (index + 1) % words.count
          numbers.insert(index + 1)
        }
      default: return []
      }
    }
    return numbers
  }

  private static let fullNames = [
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march",
    "april", "may", "june", "july", "august", "september", "october", "november", "december",
  ]

  /// Minutes after midnight of `0:30` or `24:00`; nil for anything else.
  public static func minute(_ text: Substring) -> Int? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2,
      parts.allSatisfy({ (1...2).contains($0.utf8.count) && $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }),
      let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour * 60 + minute <= 1440
    else { return nil }
    return hour * 60 + minute
  }
}
