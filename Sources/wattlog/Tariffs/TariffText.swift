import Calendar
import JSON5
import Pricing
import Text

/// The text of tariffs that use a price list: a new one, or one that is there with as little changed as can be, so that
/// its comments stay.
enum TariffText {
  static func tariff(
    name: String, currency: Currency, from: LocalDate, list: String, includesTax: Bool
  ) -> String {
    var writer = JSONWriter()
    writer.object { tariff in
      tariff.key("name")
      tariff.value(name)
      tariff.key("currency")
      tariff.value(currency.code)
      tariff.key("periods")
      tariff.array { periods in period(&periods, from, list, includesTax) }
    }
    return writer.text + "\n"
  }

  private static func period(_ writer: inout JSONWriter, _ from: LocalDate, _ list: String, _ includesTax: Bool) {
    writer.object { period in
      period.key("from")
      period.value(from.text)
      if includesTax {
        period.key("includesVAT")
        period.value(true)
      }
      period.key("prices")
      period.value(list)
    }
  }

  /// A tariff file to import into.
  struct Target {
    /// nil for a file that is not there yet.
    var text: String?
    /// The list to write, by its path as the tariff names it.
    var list: String
    /// True where the tariff's last period uses the list already.
    var usesList = false
    var includesTax = false
    /// Of the period that uses the list.
    private var from: LocalDate?
    private var fromPlace: JSON5Place?
    private var periodsPlace: JSON5Place?

    init(text: String?, list: String) {
      self.text = text
      self.list = list
    }

    init(parsing bytes: [UInt8], default list: String) throws(JSON5Error) {
      text = String(decoding: bytes, as: UTF8.self)
      self.list = list
      let document = try JSON5.parse(bytes)
      guard case .object(let members) = document.content,
        let periods = members.first(where: { $0.name == "periods" }), case .array(let elements) = periods.value.content
      else {
        throw JSON5Error(at: document.place, expected: "an object with 'periods'", found: document.kindName)
      }
      periodsPlace = periods.value.place
      guard case .object(let period)? = elements.last?.content else { return }
      func value(_ name: String, _ members: [JSON5Member]) -> JSON5Value? { members.first { $0.name == name }?.value }
      guard case .string(let path)? = value("prices", period)?.content else { return }
      usesList = true
      self.list = path
      if case .boolean(let truth)? = (value("includesVAT", period) ?? value("includesVAT", members))?.content {
        includesTax = truth
      }
      if let from = value("from", period), case .string(let text) = from.content {
        self.from = LocalDate(text: text)
        if elements.count == 1 { fromPlace = from.place }
      }
    }

    /// The text, with the list's period beginning early enough for its first price.
    func beginning(_ date: LocalDate) -> String {
      guard let text else { return "" }
      guard let from, let fromPlace, date < from, let start = index(of: fromPlace, in: text) else { return text }
      let end = text.index(start, offsetBy: from.text.count + 2, limitedBy: text.endIndex) ?? text.endIndex
      return text.replacingCharacters(start..<end, with: "\"\(date.text)\"")
    }

    /// The text with one more period.
    func addingPeriod(from date: LocalDate, includesTax: Bool) -> String {
      guard let text else { return "" }
      guard let periodsPlace, let open = index(of: periodsPlace, in: text), let close = closing(of: open, in: text)
      else { return text }
      var writer = JSONWriter()
      TariffText.period(&writer, date, list, includesTax)
      let comma = close.needsComma ? "," : ""
      // Behind the last element, before what comments follow it.
      return String(text[..<close.lastEnd]) + comma + String(text[close.lastEnd..<close.bracket])
        + "  " + writer.text + "\n" + String(text[close.bracket...])
    }

    private func index(of place: JSON5Place, in text: String) -> String.Index? {
      var (line, column) = (1, 1)
      var index = text.unicodeScalars.startIndex
      while index < text.unicodeScalars.endIndex {
        if (line, column) == (place.line, place.column) { return index }
        let scalar = text.unicodeScalars[index]
        index = text.unicodeScalars.index(after: index)
        let isPair = scalar == "\r" && index < text.unicodeScalars.endIndex && text.unicodeScalars[index] == "\n"
        if !isPair, scalar == "\n" || scalar == "\r" || scalar == "\u{2028}" || scalar == "\u{2029}" {
          (line, column) = (line + 1, 1)
        } else if !isPair {
          column += 1
        }
      }
      return nil
    }

    /// Where a list's `]` stands, and the end of its last element; texts and comments are passed over.
    private func closing(
      of open: String.Index, in text: String
    ) -> (bracket: String.Index, lastEnd: String.Index, needsComma: Bool)? {
      let scalars = text.unicodeScalars
      var index = scalars.index(after: open)
      var depth = 0
      var lastEnd = index
      var needsComma = false
      while index < scalars.endIndex {
        let scalar = scalars[index]
        let next = scalars.index(after: index)
        switch scalar {
        case "\"", "'":
          index = next
          while index < scalars.endIndex, scalars[index] != scalar {
            if scalars[index] == "\\" { index = scalars.index(after: index) }
            if index < scalars.endIndex { index = scalars.index(after: index) }
          }
          guard index < scalars.endIndex else { return nil }
        case "/" where next < scalars.endIndex && scalars[next] == "/":
          while index < scalars.endIndex, scalars[index] != "\n" { index = scalars.index(after: index) }
          guard index < scalars.endIndex else { return nil }
        case "/" where next < scalars.endIndex && scalars[next] == "*":
          guard let end = text[next...].firstRange(of: "*/") else { return nil }
          index = scalars.index(before: end.upperBound)
        case "[", "{": depth += 1
        case "]" where depth == 0: return (index, lastEnd, needsComma)
        case "]", "}":
          depth -= 1
          if depth == 0 { (lastEnd, needsComma) = (next, true) }
        case "," where depth == 0: (lastEnd, needsComma) = (next, false)
        default: break
        }
        index = scalars.index(after: index)
      }
      return nil
    }
  }
}

extension String {
  fileprivate func replacingCharacters(_ range: Range<String.Index>, with text: String) -> String {
    String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
  }
}
