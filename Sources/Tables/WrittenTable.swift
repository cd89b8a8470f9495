import Text

/// A table as somebody wrote it: cells as text, before anybody knows what they mean.
public struct WrittenTable: Sendable {
  public struct Row: Sendable {
    /// As many as there are columns, or fewer: what is missing is empty.
    public var cells: [String]
    /// Where it stands, from 1: a line of a CSV file, an element of a list.
    public var number: Int

    public init(cells: [String], number: Int) {
      self.cells = cells
      self.number = number
    }

    public func cell(_ column: Int) -> String { column < cells.count ? cells[column] : "" }
  }

  /// Names as written; `1`, `2`, … for a file without a header.
  public var columns: [String]
  public var rows: [Row]
  /// False for a file whose first line holds data.
  public var hasHeader = true
  /// What stands beside the rows and may name a unit: comments, other members of a document.
  public var remarks: [String]
  /// `line` or `row`: what a row's number counts.
  public var rowWord = "line"

  public init(columns: [String], rows: [Row], remarks: [String] = []) {
    self.columns = columns
    self.rows = rows
    self.remarks = remarks
  }

  /// The place of a column that was named by a person: its name whatever its case and blanks, the last part of a
  /// nested key, or its number from 1.
  public func column(named name: String) -> Int? {
    let wanted = WrittenTable.plain(name)
    if let place = columns.firstIndex(where: { WrittenTable.plain($0) == wanted }) { return place }
    if let place = columns.firstIndex(where: { WrittenTable.plain($0).hasSuffix("." + wanted) }) { return place }
    if let number = Int(wanted), (1...columns.count).contains(number) { return number - 1 }
    return nil
  }

  /// The place of a column that an option names; nil where nothing was said.
  ///
  /// - Throws: where there is no such column.
  public func column(_ name: String?, of option: String) throws(TableRefusal) -> Int? {
    guard let name else { return nil }
    if let column = column(named: name) { return column }
    throw .choice(
      "there is no column '\(name.printable)'", advice: "\(option) takes one of: \(WrittenTable.list(columns))")
  }

  /// Keeps the rows whose cells are what conditions say (`--where COLUMN=VALUE`); how many were left.
  ///
  /// - Throws: where a column is not there, or no row is left.
  public mutating func select(_ conditions: [(column: String, value: String)]) throws(TableRefusal) -> Int {
    let count = rows.count
    for condition in conditions {
      guard let column = column(named: condition.column) else {
        throw .choice(
          "there is no column '\(condition.column.printable)'",
          advice: "--where takes one of: \(WrittenTable.list(columns))")
      }
      let wanted = WrittenTable.plain(condition.value)
      let kept = rows.filter { WrittenTable.plain($0.cell(column)) == wanted }
      guard !kept.isEmpty else {
        let values = Set(rows.map { $0.cell(column) }).sorted()
        throw .choice(
          "no row has '\(condition.value.printable)' in the column '\(condition.column.printable)'",
          advice: "there are: \(WrittenTable.list(values))")
      }
      rows = kept
    }
    return count - rows.count
  }

  /// Names as a message lists them, twelve at most.
  public static func list(_ names: [String]) -> String {
    let shown = names.prefix(12).map { "'\($0.printable)'" }.joined(separator: ", ")
    return names.count > 12 ? shown + ", …" : shown
  }

  /// A name without what does not count in it: case, blanks, a byte order mark.
  public static func plain(_ name: String) -> String {
    name.lowercased().filter { !$0.isWhitespace && $0 != "\u{FEFF}" }
  }

  /// A name without a zone or unit in brackets behind it.
  public static func bare(_ name: String) -> String {
    let plain = plain(name)
    return String(plain[..<(plain.firstIndex { "([".contains($0) } ?? plain.endIndex)])
  }

  /// Nothing is said: empty, or a word for it.
  public static func isEmpty(_ cell: String) -> Bool {
    ["", "-", "–", "n/e", "n/a", "na", "nan", "null", "none", "--"].contains(cell.lowercased())
  }
}
