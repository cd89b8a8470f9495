import Readings

/// Gathers rows of several blocks into one: the union of their columns, absent where a row lacks one.
struct ColumnsBuilder {
  private(set) var rows = ReadingColumns()
  private var columnOfField: [Field: Int] = [:]
  private var numberOfText: [[String: Int64]] = []

  var rowCount: Int { rows.rowCount }

  /// Columns that there would be after appending those.
  func columnCount(with other: ReadingColumns) -> Int {
    rows.columns.count + other.columns.reduce(0) { $0 + (columnOfField[$1.field] == nil ? 1 : 0) }
  }

  mutating func append(_ other: ReadingColumns, _ range: Range<Int>) {
    guard !range.isEmpty else { return }
    if rows.rowCount == 0, range == other.times.indices {
      self = ColumnsBuilder()
      rows = other
      for (index, column) in other.columns.enumerated() {
        columnOfField[column.field] = index
        numberOfText.append(
          Dictionary(column.texts.enumerated().map { ($0.element, Int64($0.offset)) }, uniquingKeysWith: { a, _ in a }))
      }
      return
    }
    let before = rows.rowCount
    rows.times.append(contentsOf: other.times[range])
    for column in other.columns {
      let index = indexOfColumn(column.field, rowCount: before)
      if column.field.form == .verbatim {
        appendTexts(column, range, to: index)
      } else {
        rows.columns[index].values.append(contentsOf: column.values[range])
      }
    }
    for index in rows.columns.indices where rows.columns[index].values.count < rows.rowCount {
      let missing = rows.rowCount - rows.columns[index].values.count
      rows.columns[index].values.append(contentsOf: repeatElement(ReadingColumns.absent, count: missing))
    }
  }

  private mutating func indexOfColumn(_ field: Field, rowCount: Int) -> Int {
    if let known = columnOfField[field] { return known }
    let index = rows.columns.count
    columnOfField[field] = index
    rows.columns.append(
      ReadingColumns.Column(field: field, values: Array(repeating: ReadingColumns.absent, count: rowCount)))
    numberOfText.append([:])
    return index
  }

  private mutating func appendTexts(_ column: ReadingColumns.Column, _ range: Range<Int>, to index: Int) {
    for value in column.values[range] {
      guard value != ReadingColumns.absent else {
        rows.columns[index].values.append(value)
        continue
      }
      let text = column.texts[Int(value)]
      if let known = numberOfText[index][text] {
        rows.columns[index].values.append(known)
      } else {
        let number = Int64(rows.columns[index].texts.count)
        numberOfText[index][text] = number
        rows.columns[index].texts.append(text)
        rows.columns[index].values.append(number)
      }
    }
  }

  /// The rows so far; the builder is empty again.
  mutating func take() -> ReadingColumns {
    let taken = rows
    self = ColumnsBuilder()
    return taken
  }
}
