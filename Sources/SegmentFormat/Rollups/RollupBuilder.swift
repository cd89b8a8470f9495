public import Readings

/// Makes rollups of a block's rows: a pure function of the rows, so derived data that can be made again
/// (Schema/rollups.md, SF-R1 to SF-R8).
public enum RollupBuilder {
  /// Fewer rows in a cell are better read as rows.
  private static let leastRowsInCell: Int64 = 12
  private static let cellLengths: [Int64] = [900_000, 1_800_000, 3_600_000]

  /// nil where the rows are not of a plug with one Total, one power and a clock, each in one written form, or too few
  /// for rollups to be worth anything (SF-R1).
  ///
  /// - Parameter kind: as whose body they are to stand; they differ in what they tell.
  public static func series(of rows: ReadingColumns, kind: RollupBlock.Kind = .hours) -> RollupSeries? {
    guard rows.rowCount >= 4, let columns = RollupColumns(rows), let step = medianStep(rows.times),
      // A nominal 300 s is a little longer on the plug's own clock.
      let cellLength = cellLengths.first(where: { step * leastRowsInCell <= $0 + $0 / 16 })
    else { return nil }
    var form = columns.form
    form.cellLength = cellLength
    return columns.withTable { table in
      var making = RollupMaking(table, form: form, step: step, kind: kind)
      making.addAll()
      return making.series
    }
  }

  /// Of some thousand steps at most; nil where there is none above 0 (SF-R2).
  private static func medianStep(_ times: [Timestamp]) -> Int64? {
    let stride = max(1, (times.count - 1) / 1024)
    var steps: [Int64] = []
    var row = 1
    while row < times.count {
      steps.append(times[row].milliseconds - times[row - 1].milliseconds)
      row += stride
    }
    steps.sort()
    let middle = steps[steps.count / 2]
    return middle > 0 ? middle : nil
  }
}
