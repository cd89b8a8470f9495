/// A run of one plug's readings, a column at a time: what a block holds and what a scan yields.
///
/// - Invariant: `times` never decrease; every column has as many values as there are times; no two columns have the
///   same field; columns of the form ``FieldForm/verbatim`` hold indices into their own `texts`.
package struct ReadingColumns: Sendable, Equatable {
  /// Receive times. Equal times are allowed and keep the order of arrival.
  package var times: [Timestamp]
  package var columns: [Column]

  package struct Column: Sendable, Equatable {
    package var field: Field
    /// One value per row, ``ReadingColumns/absent`` where the row holds none.
    package var values: [Int64]
    /// Distinct texts of a verbatim column, else empty.
    package var texts: [String]

    package init(field: Field, values: [Int64], texts: [String] = []) {
      self.field = field
      self.values = values
      self.texts = texts
    }
  }

  /// Stands for "this message held no such number", and for null. No decoder yields it as a value.
  package static let absent = Int64.min

  package init(times: [Timestamp] = [], columns: [Column] = []) {
    self.times = times
    self.columns = columns
  }

  package var rowCount: Int { times.count }

  /// Some of the rows.
  package func rows(_ range: Range<Int>) -> ReadingColumns {
    ReadingColumns(
      times: Array(times[range]),
      columns: columns.map { Column(field: $0.field, values: Array($0.values[range]), texts: $0.texts) })
  }

  package func column(_ key: FieldKey, channel: UInt8 = 0) -> Column? {
    columns.first { $0.field.key == key && $0.field.channel == channel }
  }
}
