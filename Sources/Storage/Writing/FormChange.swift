import Readings

/// A number that a plug begins to write in another form: `Time` with another offset after a change to summer time,
/// or other decimals after `EnergyRes`.
///
/// Two forms are two columns, each absent where the other is present, and only one of them can be what the others are
/// predicted from. So a block ends where a form changes for long; a few rows in another form stay where they are.
enum FormChange {
  /// Rows on both sides that make a cut worth a block of its own, which costs about 250 bytes.
  static let minimumRowCount = 256

  /// Whether the fields hold that number in other forms only.
  static func isOne(_ field: Field, _ fields: [Field]) -> Bool {
    var isOther = false
    for known in fields where known.key == field.key && known.channel == field.channel {
      if known.form == field.form { return false }
      isOther = true
    }
    return isOther
  }

  /// Whether any number of those rows has other forms only than it has in these.
  static func isBetween(_ rows: ReadingColumns, and next: ReadingColumns) -> Bool {
    let before = rows.columns.map(\.field)
    let after = next.columns.map(\.field)
    return after.contains { field in
      isOne(field, before)
        && !before.contains { old in old.key == field.key && old.channel == field.channel && after.contains(old) }
    }
  }
}
