/// A table of starts and prices as somebody published it: cells as text, before anybody knows what they mean.
struct PriceTable {
  struct Row {
    /// As many as there are columns, or fewer: what is missing is empty.
    var cells: [String]
    /// Where it stands, from 1: a line of a CSV file, an element of a list.
    var number: Int

    func cell(_ column: Int) -> String { column < cells.count ? cells[column] : "" }
  }

  /// Whose units and taxes are known though the file does not say them.
  enum Publisher {
    /// The API of Octopus Energy: pence.
    case octopus
    /// The data portal of Nord Pool, Energi Data Service, EPEX SPOT, ENTSO-E, energy-charts: per MWh.
    case exchange
    /// The API of Tibber: whole units per kWh.
    case tibber
  }

  /// Names as written; `1`, `2`, … for a file without a header.
  var columns: [String]
  var rows: [Row]
  /// False for a file whose first line holds data.
  var hasHeader = true
  /// What stands beside the rows and may name a unit: comments, other members of a document.
  var remarks: [String] = []
  var publisher: Publisher?
  /// `line` or `row`: what a row's number counts.
  var rowWord = "line"

  /// The place of a column that was named by a person: its name whatever its case and blanks, the last part of a
  /// nested key, or its number from 1.
  func column(named name: String) -> Int? {
    let wanted = PriceTable.plain(name)
    if let place = columns.firstIndex(where: { PriceTable.plain($0) == wanted }) { return place }
    if let place = columns.firstIndex(where: { PriceTable.plain($0).hasSuffix("." + wanted) }) { return place }
    if let number = Int(wanted), (1...columns.count).contains(number) { return number - 1 }
    return nil
  }

  /// A name without what does not count in it: case, blanks, a byte order mark.
  static func plain(_ name: String) -> String {
    name.lowercased().filter { !$0.isWhitespace && $0 != "\u{FEFF}" }
  }

  /// No price: empty, or a word for it.
  static func isEmpty(_ cell: String) -> Bool {
    ["", "-", "–", "n/e", "n/a", "na", "nan", "null", "none", "--"].contains(cell.lowercased())
  }
}
