/// A column of a Parquet file: its name and what its values are.
public struct ParquetColumn: Hashable, Sendable {
  public var name: String
  public var kind: Kind

  public enum Kind: Hashable, Sendable {
    /// Milliseconds since 1970 in UTC: `INT64`, TIMESTAMP(MILLIS, adjusted to UTC).
    case instant
    /// Milliseconds since 1970 on a clock whose zone is not said: `INT64`, TIMESTAMP(MILLIS, local).
    case clock
    /// A number times 10^scale, with at most 18 digits: `INT64`, DECIMAL(18, scale).
    case decimal(scale: Int)
    /// `INT64`, INTEGER(64, signed).
    case integer
    /// UTF-8: `BYTE_ARRAY`, STRING.
    case text
  }

  /// Most digits of a decimal: 10^18 fits into 64 bits.
  public static let decimalDigits = 18

  public init(_ name: String, _ kind: Kind) {
    self.name = name
    self.kind = kind
  }

  var isText: Bool { kind == .text }
  /// `Type` of parquet.thrift.
  var physicalType: Int { isText ? 6 : 2 }

  /// `SchemaElement` of parquet.thrift; every column may be empty in a row.
  func writeSchema(_ element: inout CompactProtocol) {
    element.field(1, i32: physicalType)
    element.field(3, i32: 1)
    element.field(4, name.utf8)
    // The older name of the same, for readers of before 2018.
    switch kind {
    case .instant: element.field(6, i32: 9)
    case .decimal(let scale):
      element.field(6, i32: 5)
      element.field(7, i32: scale)
      element.field(8, i32: ParquetColumn.decimalDigits)
    case .text: element.field(6, i32: 0)
    case .clock, .integer: break
    }
    element.field(10) { type in
      switch kind {
      case .text: type.field(1) { _ in }
      case .decimal(let scale):
        type.field(5) {
          $0.field(1, i32: scale)
          $0.field(2, i32: ParquetColumn.decimalDigits)
        }
      case .instant, .clock:
        type.field(8) {
          $0.field(1, kind == .instant)
          $0.field(2) { $0.field(1, structure: { _ in }) }
        }
      case .integer:
        type.field(10) {
          $0.fieldByte(1, 64)
          $0.field(2, true)
        }
      }
    }
  }
}

/// What a column holds in one row group, a value a row.
public enum ColumnValues: Sendable {
  /// ``absent`` where a row is empty.
  case numbers([Int64])
  /// Indices into the texts, −1 where a row is empty.
  case texts([Int32], of: [String])
  /// One text in every row.
  case text(String)
  /// Empty in every row.
  case empty

  public static let absent = Int64.min
}
