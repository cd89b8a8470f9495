import Readings
import Text

extension ReadingColumns {
  /// What a message says of the plug's power in watts: the sum of its channels'; nil where it says nothing.
  func power(ofRow row: Int) -> Figure? {
    var sum: Figure?
    for column in columns where column.field.key == .power && column.values[row] != ReadingColumns.absent {
      guard let places = column.field.form.decimalPlaces else { continue }
      sum = Figure(column.values[row], places: places) + (sum ?? Figure(0))
    }
    return sum
  }
}
