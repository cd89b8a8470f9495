/// A run of one plug's readings, a column at a time: what a block holds and what a scan yields.
///
/// - Invariant: `times` never decrease; every column has as many values as there are times; no two columns have the
///   same field; columns of the form ``FieldForm/verbatim`` hold indices into their own `texts`.
public struct ReadingColumns: Sendable, Equatable {
  /// Receive times. Equal times are allowed and keep the order of arrival.
  public var times: [Timestamp]
  public var columns: [Column]

  public struct Column: Sendable, Equatable {
    public var field: Field
    /// One value per row, ``ReadingColumns/absent`` where the row holds none.
    public var values: [Int64]
    /// Distinct texts of a verbatim column, else empty.
    public var texts: [String]

    public init(field: Field, values: [Int64], texts: [String] = []) {
      self.field = field
      self.values = values
      self.texts = texts
    }
  }

  /// Stands for "this message held no such number", and for null. No decoder yields it as a value.
  public static let absent = Int64.min

  public init(times: [Timestamp] = [], columns: [Column] = []) {
    self.times = times
    self.columns = columns
  }

  public var rowCount: Int { times.count }

  /// Some of the rows.
  public func rows(_ range: Range<Int>) -> ReadingColumns {
    ReadingColumns(
      times: Array(times[range]),
      columns: columns.map { Column(field: $0.field, values: Array($0.values[range]), texts: $0.texts) })
  }

  public func column(_ key: FieldKey, channel: UInt8 = 0) -> Column? {
    columns.first { $0.field.key == key && $0.field.channel == channel }
  }
}
