public import Readings

/// Makes rollups of a block's rows: a pure function of the rows, so derived data that can be made again
/// (Schema/rollups.md, SF-R1 to SF-R9).
public enum RollupBuilder {
  /// Fewer rows in a cell are better read as rows.
  private static let leastRowsInCell: Int64 = 12
  private static let cellLengths: [Int64] = [900_000, 1_800_000, 3_600_000]

  /// nil where the rows tell no Total, Today, Yesterday, power and clock, or are too few for rollups to be worth anything
  /// (SF-R1).
  ///
  /// - Parameter kind: as whose body they are to stand, as kinds differ in what they tell; nil for the one that is
  ///   written. Also nil where a kind cannot tell such a plug.
  public static func rollups(of rows: ReadingColumns, kind: RollupBlock.Kind? = nil) -> Rollups? {
    guard rows.rowCount >= 4, let columns = RollupColumns(rows), let step = medianStep(rows.times),
      // A nominal 300 s is a little longer on the plug's own clock.
      let cellLength = cellLengths.first(where: { step * leastRowsInCell <= $0 + $0 / 16 })
    else { return nil }
    var tables: [RollupTable] = []
    var forms: [RollupSeries.Form] = []
    for counter in columns.counters {
      guard var form = columns.form(of: counter) else { return nil }
      form.cellLength = cellLength
      if form.phaseCount > 0 { form.phaseLength = RollupBounds.phaseLength(cellLength: cellLength) }
      tables.append(RollupTable(columns, counter, form))
      forms.append(form)
    }
    let isWide = forms.count > 1 || forms.contains(where: RollupBlock.isWide)
    let kind = kind ?? (isWide || tables[0].hasWidePowers ? .punctualCounters : .punctualHours)
    guard kind.isWide || !isWide else { return nil }
    for index in forms.indices where kind.isWide {
      forms[index].runsBack = !forms[index].hasExportCounter && tables[index].hasNegativePower
    }
    let steps = RollupSteps(tables, others: columns.others.map { rows.columns[$0].values }, median: step, kind: kind)
    let pieces = steps.pieces()
    return Rollups(
      zip(tables, forms).map { table, form in
        var making = RollupMaking(table, form: form, steps: steps, kind: kind)
        for piece in pieces { making.add(piece) }
        return making.series
      })
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
