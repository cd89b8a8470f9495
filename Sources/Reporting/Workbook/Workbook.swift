import Calendar
import Readings
import Text

/// More rows than a sheet of a workbook holds, or more bytes than its archive.
public struct WorkbookTooLong: Error, Equatable, CustomStringConvertible {
  public var description: String {
    "a sheet of a workbook holds \(Workbook.rowLimit) rows"
  }
}

/// One sheet of rows as an Office Open XML workbook (ECMA-376): numbers are numbers and times are times in every language,
/// and a name stays text, whatever it looks like.
///
/// Rows go out as they come, so that a long export takes no more memory than a short one.
struct Workbook: SheetWriter {
  typealias Sink = (UnsafeRawBufferPointer) throws -> Void

  static let rowLimit = 1_048_576
  /// Digits after the point that have a number format of their own.
  private static let placesLimit = 9

  private var zip = ZipWriter()
  private var row: [UInt8] = []
  private var pending: [UInt8] = []
  private var column = 0
  /// Rows that were ended, the heading with them.
  private(set) var rowCount = 0
  private let sheetName: String

  /// - Parameter sheetName: at most 31 characters of it are shown.
  init(sheetName: String) {
    self.sheetName = String(sheetName.filter { !"[]:*?/\\'".contains($0) }.prefix(31))
  }

  /// Everything before the first row, and the heading.
  mutating func begin(_ headings: [String], _ sink: Sink) throws {
    for (name, text) in parts {
      try zip.begin(name, sink)
      try zip.append(Array(text.utf8), sink)
      try zip.endEntry(sink)
    }
    try zip.begin("xl/worksheets/sheet1.xml", sink)
    let widths = headings.enumerated().map { place, heading in
      "<col min=\"\(place + 1)\" max=\"\(place + 1)\" width=\"\(max(heading.count + 2, 20))\" customWidth=\"1\"/>"
    }
    let start =
      Workbook.xml + "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetViews>"
      + "<sheetView workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/>"
      + "</sheetView></sheetViews><cols>\(widths.joined())</cols><sheetData>"
    try zip.append(Array(start.utf8), sink)
    for heading in headings { text(heading, style: 2) }
    endRow()
    try flush(sink)
  }

  /// Hands over the rows that were ended.
  mutating func flush(_ sink: Sink) throws {
    guard rowCount <= Workbook.rowLimit, zip.fits else { throw WorkbookTooLong() }
    try zip.append(pending, sink)
    pending.removeAll(keepingCapacity: true)
  }

  /// True when so much has gathered that it is worth handing over.
  var isFull: Bool { pending.count > 1 << 16 }

  mutating func finish(_ sink: Sink) throws {
    try flush(sink)
    try zip.append(Array("</sheetData></worksheet>".utf8), sink)
    try zip.endEntry(sink)
    try zip.finish(sink)
  }

  // MARK: Cells

  mutating func write(_ value: SheetValue) {
    switch value {
    case .empty: column += 1
    case .text(let text): self.text(text, style: 0)
    case .number(let figure): number(figure)
    case .time(let instant): time(instant)
    case .timeUTC(let instant): time(LocalInstant(instant, offsetSeconds: 0))
    }
  }

  mutating func endRow() {
    rowCount += 1
    pending += "<row r=\"\(rowCount)\">".utf8
    pending += row
    pending += "</row>".utf8
    row.removeAll(keepingCapacity: true)
    column = 0
  }

  private mutating func text(_ text: String, style: Int) {
    defer { column += 1 }
    guard !text.isEmpty else { return }
    open(style, type: " t=\"inlineStr\"")
    row += "<is><t xml:space=\"preserve\">".utf8
    row += Workbook.escaped(text).utf8
    row += "</t></is></c>".utf8
  }

  private mutating func number(_ figure: Figure) {
    open(3 + min(figure.places, Workbook.placesLimit), type: "")
    row += "<v>".utf8
    Decimal.append(figure.mantissa, places: figure.places, to: &row)
    row += "</v></c>".utf8
    column += 1
  }

  /// What the clock shows, as days since 30 December 1899; a spreadsheet's time has no zone.
  private mutating func time(_ instant: LocalInstant) {
    let milliseconds = instant.at.milliseconds + Int64(instant.offsetSeconds) * 1000
    // 25,569 days lie before 1970. Ten digits tell a hundredth of a millisecond.
    let (day, rest) = (milliseconds.flooringQuotient(86_400_000), milliseconds.flooringRemainder(86_400_000))
    let fraction = (Int128(rest) * 10_000_000_000).dividedRounding(by: 86_400_000)
    let serial = Int128(day + 25_569) * 10_000_000_000 + fraction
    open(1, type: "")
    row += "<v>".utf8
    Decimal.append(Int64(clamping: serial), places: 10, to: &row)
    row += "</v></c>".utf8
    column += 1
  }

  private mutating func open(_ style: Int, type: String) {
    row += "<c r=\"\(Workbook.name(ofColumn: column))\(rowCount + 1)\" s=\"\(style)\"\(type)>".utf8
  }

  /// `A`, …, `Z`, `AA`.
  static func name(ofColumn column: Int) -> String {
    var (name, rest) = ("", column + 1)
    while rest > 0 {
      name = String(Unicode.Scalar(UInt8(65 + (rest - 1) % 26))) + name
      rest = (rest - 1) / 26
    }
    return name
  }

  /// As XML 1.0 can hold it: what it has no form for is told by U+FFFD.
  private static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\t", "\n", "\r": result.append(" ")
      default: result.append(SafeText.isSteering(scalar) || scalar.value & 0xFFFE == 0xFFFE ? "\u{FFFD}" : scalar)
      }
    }
    return String(result)
  }

  // MARK: Parts

  private static let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
  private static let package = "http://schemas.openxmlformats.org/package/2006"
  private static let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
  private static let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
  private static let spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml"

  /// All but the sheet.
  private var parts: [(name: String, text: String)] {
    let (xml, package, office, main, sheet) = (
      Workbook.xml, Workbook.package, Workbook.office, Workbook.main, Workbook.spreadsheet
    )
    let title = Workbook.escaped(sheetName.isEmpty ? "Wattlog" : sheetName).filter { $0 != "\"" }
    return [
      (
        "[Content_Types].xml",
        xml + "<Types xmlns=\"\(package)/content-types\">"
          + "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
          + "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
          + "<Override PartName=\"/xl/workbook.xml\" ContentType=\"\(sheet).sheet.main+xml\"/>"
          + "<Override PartName=\"/xl/styles.xml\" ContentType=\"\(sheet).styles+xml\"/>"
          + "<Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"\(sheet).worksheet+xml\"/></Types>"
      ),
      (
        "_rels/.rels",
        xml + "<Relationships xmlns=\"\(package)/relationships\">"
          + "<Relationship Id=\"rId1\" Type=\"\(office)/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
      ),
      (
        "xl/workbook.xml",
        xml + "<workbook xmlns=\"\(main)\" xmlns:r=\"\(office)\"><sheets>"
          + "<sheet name=\"\(title)\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
      ),
      (
        "xl/_rels/workbook.xml.rels",
        xml + "<Relationships xmlns=\"\(package)/relationships\">"
          + "<Relationship Id=\"rId1\" Type=\"\(office)/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
          + "<Relationship Id=\"rId2\" Type=\"\(office)/styles\" Target=\"styles.xml\"/></Relationships>"
      ),
      ("xl/styles.xml", xml + styles),
    ]
  }

  /// Cell formats: 0 text, 1 time, 2 heading, 3 and on numbers by digits after the point.
  private var styles: String {
    let formats = (0...Workbook.placesLimit).map { places in
      let digits = places == 0 ? "0" : "0." + String(repeating: "0", count: places)
      return "<numFmt numFmtId=\"\(170 + places)\" formatCode=\"\(digits)\"/>"
    }
    let numbers = (0...Workbook.placesLimit).map { places in
      "<xf numFmtId=\"\(170 + places)\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>"
    }
    let plain = "fontId=\"0\" fillId=\"0\" borderId=\"0\""
    return "<styleSheet xmlns=\"\(Workbook.main)\"><numFmts count=\"\(formats.count + 1)\">"
      + "<numFmt numFmtId=\"169\" formatCode=\"yyyy\\-mm\\-dd\\ hh:mm:ss\"/>\(formats.joined())</numFmts>"
      + "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>"
      + "<font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>"
      + "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>"
      + "<fill><patternFill patternType=\"gray125\"/></fill></fills>"
      + "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
      + "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" \(plain)/></cellStyleXfs>"
      + "<cellXfs count=\"\(numbers.count + 3)\"><xf numFmtId=\"0\" \(plain) xfId=\"0\"/>"
      + "<xf numFmtId=\"169\" \(plain) xfId=\"0\" applyNumberFormat=\"1\"/>"
      + "<xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/>\(numbers.joined())</cellXfs>"
      + "<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>"
  }
}
