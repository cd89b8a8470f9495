import Calendar
import Readings

/// A month as files write it: `2024-01`, `01/2024`, `01.2024`, `Jan 2024`, `2024 January`, `März 2024`.
struct WrittenMonth {
  private let year: Int
  /// From 1.
  private let month: Int

  /// nil for anything else.
  init?(_ text: String) {
    guard let first = text.first, let last = text.last, !" /.-".contains(first), !" /-".contains(last) else {
      return nil
    }
    let parts = text.split { " /.-".contains($0) }
    guard parts.count == 2, let year = parts.compactMap(WrittenMonth.year).first,
      let month = parts.compactMap(WrittenMonth.month).first
    else { return nil }
    self.year = year
    self.month = month
  }

  var start: CivilTime { CivilTime(year: year, month: month, day: 1) }

  /// The first instant behind it.
  var end: CivilTime { CivilTime(year: year + month / 12, month: month % 12 + 1, day: 1) }

  /// 1900 to 2199: other numbers of four digits are hours and minutes, or nothing.
  private static func year(_ text: Substring) -> Int? {
    guard text.utf8.count == 4, text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let year = Int(text) else { return nil }
    return (1900..<2200).contains(year) ? year : nil
  }

  private static func month(_ text: Substring) -> Int? {
    if (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let number = Int(text) {
      return (1...12).contains(number) ? number : nil
    }
    let word = text.lowercased()
    guard word.count <= 10, word.allSatisfy(\.isLetter) else { return nil }
    return beginnings.firstIndex { $0.contains(where: word.hasPrefix) }.map { $0 + 1 }
  }

  /// How months begin in English, German, French, Spanish, Italian, Dutch, Danish and Swedish.
  private static let beginnings = [
    ["jan", "ene", "gen"], ["feb", "fév", "fev"], ["mar", "mär", "mrz", "maa", "mrt"], ["apr", "avr", "abr"],
    ["may", "mai", "mei", "mag", "maj"], ["jun", "juin", "giu"], ["jul", "juil", "lug"],
    ["aug", "aoû", "aou", "ago"], ["sep", "set"], ["oct", "okt", "ott"], ["nov"], ["dec", "dez", "déc", "dic"],
  ]
}
