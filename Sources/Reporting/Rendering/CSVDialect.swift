import Text

/// How a CSV file is written so that the program that opens it sees numbers as numbers and times as times.
public struct CSVDialect: Sendable, Equatable {
  /// `,`, `;`, `|` or TAB.
  public private(set) var separator: UInt8
  /// `.` or `,`.
  public private(set) var decimalMark: UInt8
  /// A UTF-8 byte order mark at the start, by which Excel knows the encoding.
  public var byteOrderMark: Bool
  public var dateForm: DateForm
  public var language: Language

  public enum DateForm: Sendable, Equatable {
    /// `2026-10-25T00:30:00+01:00`, UTC with `Z`.
    case iso
    /// `2026-10-25T00:30:00`, the one form that LibreOffice takes for a time in every language at its first start.
    case bare
    /// `2026-10-25 00:30:00`, which Excel (English) and Google Sheets read as a time.
    case spaced
    /// `25.10.2026 00:30:00`.
    case german
    /// `25/10/2026 00:30:00`.
    case french
  }

  public enum Language: Sendable, Equatable { case english, german, french }

  /// The programs of `--for`.
  public enum Preset: String, Sendable, CaseIterable {
    case iso
    case excelEnglish = "excel-en"
    case excelGerman = "excel-de"
    case excelFrench = "excel-fr"
    case calc
    case calcGerman = "calc-de"
    case sheets
  }

  public enum DialectError: Error, Equatable, CustomStringConvertible {
    /// Every number with a fraction would fall apart into two cells.
    case decimalMarkIsSeparator(String)
    case separator(String)
    case decimalMark(String)

    public var description: String {
      switch self {
      case .decimalMarkIsSeparator(let mark):
        "the decimal mark and the separator are both '\(mark)'; choose another --separator, as ';'"
      case .separator(let text):
        "--separator takes one character such as ',' ';' or 'tab', not '\(SafeText.neutralised(text))'"
      case .decimalMark(let text): "--decimal takes '.' or ',', not '\(SafeText.neutralised(text))'"
      }
    }
  }

  /// True where a number with a decimal comma stands in quotes.
  var quotesFractions: Bool { dateForm == .bare && decimalMark == UInt8(ascii: ",") }

  /// RFC 4180: comma, point, ISO 8601 times, English names.
  public static let iso = CSVDialect(preset: .iso)

  public init(preset: Preset) {
    separator = UInt8(ascii: ",")
    decimalMark = UInt8(ascii: ".")
    byteOrderMark = false
    dateForm = .iso
    language = .english
    switch preset {
    case .iso: break
    case .excelEnglish:
      byteOrderMark = true
      dateForm = .spaced
    case .calc:
      byteOrderMark = true
      dateForm = .bare
    case .calcGerman:
      separator = UInt8(ascii: ";")
      decimalMark = UInt8(ascii: ",")
      byteOrderMark = true
      dateForm = .bare
      language = .german
    case .excelGerman:
      separator = UInt8(ascii: ";")
      decimalMark = UInt8(ascii: ",")
      byteOrderMark = true
      dateForm = .german
      language = .german
    case .excelFrench:
      separator = UInt8(ascii: ";")
      decimalMark = UInt8(ascii: ",")
      byteOrderMark = true
      dateForm = .french
      language = .french
    case .sheets: dateForm = .spaced
    }
  }

  /// A preset with what `--separator`, `--decimal` and `--bom` change in it.
  ///
  /// - Parameters:
  ///   - separator: one character, `tab` or `\t`; nil keeps the preset's. A decimal comma alone moves a separating
  ///     comma to `;`, but a comma that was asked for is refused.
  ///   - decimalMark: `.` or `,`; nil keeps the preset's.
  ///   - byteOrderMark: nil keeps the preset's.
  /// - Throws: ``DialectError``
  public init(
    preset: Preset, separator: String? = nil, decimalMark: String? = nil, byteOrderMark: Bool? = nil
  ) throws(DialectError) {
    self.init(preset: preset)
    if let byteOrderMark { self.byteOrderMark = byteOrderMark }
    if let decimalMark {
      guard decimalMark == "." || decimalMark == "," else { throw .decimalMark(decimalMark) }
      self.decimalMark = decimalMark == "," ? UInt8(ascii: ",") : UInt8(ascii: ".")
    }
    if let separator {
      self.separator = try CSVDialect.separator(named: separator)
    } else if self.separator == self.decimalMark {
      self.separator = UInt8(ascii: ";")
    }
    if self.separator == self.decimalMark {
      throw .decimalMarkIsSeparator(String(Unicode.Scalar(self.decimalMark)))
    }
  }

  private static func separator(named text: String) throws(DialectError) -> UInt8 {
    if text == "tab" || text == "\\t" || text == "\t" { return UInt8(ascii: "\t") }
    let bytes = Array(text.utf8)
    guard bytes.count == 1 else { throw .separator(text) }
    switch bytes[0] {
    case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "|"): return bytes[0]
    default: throw .separator(text)
    }
  }
}
