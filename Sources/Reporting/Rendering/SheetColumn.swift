import Calendar
import Readings
import Text

/// A column of rows for spreadsheets: its heading in each language, and a value with its type.
struct SheetColumn<Row> {
  let name: ColumnName
  /// What stands behind the name where several columns have the same: a tariff's name.
  let suffix: String
  let value: (Row) -> SheetValue

  init(_ name: ColumnName, suffix: String = "", value: @escaping (Row) -> SheetValue) {
    self.name = name
    self.suffix = suffix
    self.value = value
  }

  func heading(in language: CSVDialect.Language) -> String {
    suffix.isEmpty ? name.name(in: language) : "\(name.name(in: language)) \(suffix)"
  }
}

/// What a spreadsheet's cell holds.
enum SheetValue {
  case empty
  case text(String)
  case number(Figure)
  case time(LocalInstant)
  case timeUTC(Timestamp)

  static func figure(_ figure: Figure?) -> SheetValue { figure.map(SheetValue.number) ?? .empty }
  static func count(_ count: Int?) -> SheetValue { count.map { .number(Figure(Int64($0))) } ?? .empty }
  static func instant(_ instant: LocalInstant?) -> SheetValue { instant.map(SheetValue.time) ?? .empty }
}

/// What rows of a sheet are written to: a CSV file, a workbook.
protocol SheetWriter {
  mutating func write(_ value: SheetValue)
  mutating func endRow()
}

extension SheetWriter {
  mutating func write<Row>(_ row: Row, _ columns: [SheetColumn<Row>]) {
    // A column itself is not copied for each cell.
    for index in columns.indices { write(columns[index].value(row)) }
    endRow()
  }
}

extension CSVCells: SheetWriter {
  mutating func write(_ value: SheetValue) {
    switch value {
    case .empty: number(Figure?.none)
    case .text(let text): self.text(text)
    case .number(let figure): number(figure)
    case .time(let instant): time(instant)
    case .timeUTC(let instant): timeUTC(instant)
    }
  }
}
