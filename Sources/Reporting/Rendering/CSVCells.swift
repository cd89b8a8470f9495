import Calendar
import Readings
import Text

/// Cells of one CSV file, as bytes: quoting by RFC 4180, text that a spreadsheet would run as a formula neutralised.
struct CSVCells {
  let dialect: CSVDialect
  var bytes: [UInt8] = []
  private var isRowEmpty = true

  /// - Parameter isContinued: true for rows that follow others, without a byte order mark before them.
  init(dialect: CSVDialect, isContinued: Bool = false) {
    self.dialect = dialect
    if dialect.byteOrderMark, !isContinued { bytes += [0xEF, 0xBB, 0xBF] }
  }

  mutating func text(_ text: String) {
    separate()
    CSVCells.append(text: text, dialect: dialect, to: &bytes)
  }

  /// Cells that were written before, with their separators.
  mutating func written(_ cells: [UInt8]) {
    separate()
    bytes += cells
  }

  mutating func number(_ figure: Figure?) {
    separate()
    guard let figure else { return }
    // A decimal comma falls apart where a program takes comma, semicolon and TAB all for separators; quoted it is a number
    // all the same.
    let isQuoted = dialect.quotesFractions && figure.places > 0
    if isQuoted { bytes.append(UInt8(ascii: "\"")) }
    defer { if isQuoted { bytes.append(UInt8(ascii: "\"")) } }
    let start = bytes.count
    Decimal.append(figure.mantissa, places: figure.places, to: &bytes)
    if dialect.decimalMark != UInt8(ascii: "."), figure.places > 0 {
      for index in start..<bytes.count where bytes[index] == UInt8(ascii: ".") { bytes[index] = dialect.decimalMark }
    }
  }

  mutating func number(_ number: Int?) { self.number(number.map { Figure(Int64($0)) }) }

  /// Local time; the ISO form names its offset, the spreadsheet forms cannot.
  mutating func time(_ instant: LocalInstant?) {
    separate()
    guard let instant else { return }
    if dialect.dateForm == .iso { return instant.appendISO(to: &bytes) }
    appendSpaced(instant.civil)
  }

  /// The same instant in UTC.
  mutating func timeUTC(_ instant: Timestamp) {
    separate()
    let utc = LocalInstant(instant, offsetSeconds: 0)
    if dialect.dateForm == .iso { utc.appendISOUTC(to: &bytes) } else { appendSpaced(utc.civil) }
  }

  private mutating func appendSpaced(_ civil: CivilTime) {
    CSVCells.append(date: civil, form: dialect.dateForm, to: &bytes)
    bytes.append(UInt8(ascii: dialect.dateForm == .bare ? "T" : " "))
    ClockText.appendTime(hour: civil.hour, minute: civil.minute, second: civil.second, to: &bytes)
  }

  mutating func endRow() {
    bytes += [0x0D, 0x0A]
    isRowEmpty = true
  }

  private mutating func separate() {
    if !isRowEmpty { bytes.append(dialect.separator) }
    isRowEmpty = false
  }

  static func append(date civil: CivilTime, form: CSVDialect.DateForm, to bytes: inout [UInt8]) {
    switch form {
    case .iso, .spaced, .bare: ClockText.appendDate(year: civil.year, month: civil.month, day: civil.day, to: &bytes)
    case .german, .french:
      let mark = UInt8(ascii: form == .german ? "." : "/")
      ClockText.appendTwo(civil.day, to: &bytes)
      bytes.append(mark)
      ClockText.appendTwo(civil.month, to: &bytes)
      bytes.append(mark)
      ClockText.appendTwo(civil.year / 100, to: &bytes)
      ClockText.appendTwo(civil.year % 100, to: &bytes)
    }
  }

  /// Appends a text cell. What nobody sees and what turns or breaks a line is replaced as tables and pages have it; a text
  /// that begins with `= + - @` (also full-width, also behind spaces) gets an apostrophe before it, so that no program
  /// takes it for a formula.
  static func append(text: String, dialect: CSVDialect, to bytes: inout [UInt8]) {
    var plain = text
    let isWritten = plain.withUTF8 { text in
      let isPlain = text.allSatisfy { byte in
        byte > UInt8(ascii: "-") && byte < 0x80 && byte != UInt8(ascii: "=") && byte != UInt8(ascii: "@")
          && byte != dialect.separator
      }
      if isPlain { bytes.append(contentsOf: text) }
      return isPlain
    }
    if isWritten { return }
    let text = SafeText.neutralised(text)
    let quotes =
      text.utf8.contains { $0 == UInt8(ascii: "\"") || $0 == dialect.separator }
      || text.utf8.first == 0x20 || text.utf8.last == 0x20
    if quotes { bytes.append(UInt8(ascii: "\"")) }
    if isFormula(text) { bytes.append(UInt8(ascii: "'")) }
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\"") { bytes.append(byte) }
      bytes.append(byte)
    }
    if quotes { bytes.append(UInt8(ascii: "\"")) }
  }

  static func isFormula(_ text: String) -> Bool {
    switch text.unicodeScalars.first(where: { $0.properties.generalCategory != .spaceSeparator }) {
    case "=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}": true
    default: false
    }
  }
}
