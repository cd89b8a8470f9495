import Parquet
import Readings

/// Rows gathered column by column until they make a row group.
struct ParquetRows {
  /// What one group holds, 8 bytes a number: of twenty columns 21 MB.
  static let groupRowCount = 131_072
  /// A group ends with a device where it has so many rows: readers that want one device skip the others' groups.
  static let leastGroupRowCount = 16_384

  private enum Values {
    case numbers([Int64])
    case texts([Int32], TextNumbers)
  }

  /// Texts by the order in which they came.
  private struct TextNumbers {
    var texts: [String] = []
    private var numbers: [String: Int32] = [:]

    mutating func number(of text: String) -> Int32 {
      if let known = numbers[text] { return known }
      let number = Int32(texts.count)
      numbers[text] = number
      texts.append(text)
      return number
    }
  }

  private let columns: [ParquetColumn]
  private var values: [Values]
  private var writer: ParquetWriter
  private(set) var rowCount = 0
  /// Rows of groups that are written.
  var writtenRowCount: Int { writer.rowCount }

  init(_ columns: [ParquetColumn], codec: Zstandard?, creator: String) {
    self.columns = columns
    // By device, then by channel and time as they come.
    let device = columns.firstIndex { $0.name == "device" }
    writer = ParquetWriter(columns, sortedBy: device.map { [$0] } ?? [], codec: codec, creator: creator)
    values = ParquetRows.none(of: columns)
  }

  private static func none(of columns: [ParquetColumn]) -> [Values] {
    columns.map { $0.kind == .text ? .texts([], TextNumbers()) : .numbers([]) }
  }

  // MARK: Cells; the caller fills every column by the same count, then tells it

  mutating func append(_ number: Int64?, to column: Int) {
    guard case .numbers(var numbers) = values[column] else { preconditionFailure("a number in a column of texts") }
    values[column] = .numbers([])
    numbers.append(number ?? ColumnValues.absent)
    values[column] = .numbers(numbers)
  }

  mutating func append(_ added: some Collection<Int64>, to column: Int) {
    guard case .numbers(var numbers) = values[column] else { preconditionFailure("numbers in a column of texts") }
    values[column] = .numbers([])
    numbers.append(contentsOf: added)
    values[column] = .numbers(numbers)
  }

  mutating func append(_ text: String?, count: Int = 1, to column: Int) {
    guard case .texts(var indices, var texts) = values[column] else {
      preconditionFailure("a text in a column of numbers")
    }
    values[column] = .numbers([])
    let number = text.map { texts.number(of: $0) } ?? -1
    indices.append(contentsOf: repeatElement(number, count: count))
    values[column] = .texts(indices, texts)
  }

  mutating func addRows(_ count: Int) { rowCount += count }

  // MARK: Groups

  /// Writes a group where so many rows are there.
  mutating func flush(atLeast count: Int, _ sink: ParquetWriter.Sink) throws {
    guard rowCount >= max(count, 1) else { return }
    let filled = zip(columns, values).map { column, values -> ColumnValues in
      switch values {
      case .numbers(let numbers): numbers.contains { $0 != ColumnValues.absent } ? .numbers(numbers) : .empty
      case .texts(let indices, let texts):
        texts.texts.count == 1 && !indices.contains(-1) ? .text(texts.texts[0]) : .texts(indices, of: texts.texts)
      }
    }
    values = ParquetRows.none(of: columns)
    let count = rowCount
    rowCount = 0
    try writer.append(filled, rowCount: count, sink)
  }

  mutating func finish(_ sink: ParquetWriter.Sink) throws {
    try flush(atLeast: 1, sink)
    try writer.finish(sink)
  }
}

/// Numbers of any written form on the one scale that all parts of an export share.
enum ParquetScale {
  /// Six digits behind the point: the firmware sends five at most (EnergyRes, CurrentRes).
  static let places = 6
  private static let limit = Decimal.power(ParquetColumn.decimalDigits)

  /// nil for what 18 digits cannot hold.
  static func rescaled(_ value: Int64, places: Int, to scale: Int = places) -> Int64? {
    if places > scale {
      let divisor = Decimal.power(min(places - scale, 18))
      return value % divisor == 0 ? value / divisor : nil
    }
    let (scaled, overflow) = value.multipliedReportingOverflow(by: Decimal.power(scale - places))
    return !overflow && scaled.magnitude < limit.magnitude ? scaled : nil
  }
}
