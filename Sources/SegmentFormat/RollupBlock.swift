package import Readings

/// Rollups of one block of readings as bytes (Schema/rollups.md, SF-R10 to SF-R12).
package enum RollupBlock {
  /// The only kind so far. A reader that does not know a kind reads rows instead: rollups are derived (SF-R10).
  package static let kind: UInt8 = 1

  /// - Parameter timeUnit: milliseconds of the store's time resolution; every receive time is a multiple of it.
  package static func encode(_ series: RollupSeries, timeUnit: Int64) -> [UInt8] {
    precondition(!series.runs.isEmpty && timeUnit > 0, "rollups of nothing")
    let form = series.form
    let pace = pace(of: series, timeUnit: timeUnit)
    var writer = ByteWriter()
    writer.append(kind)
    writer.append(varint: UInt64(timeUnit))
    writer.append(varint: UInt64(form.cellLength / 1000))
    writer.append(UInt8(form.totalPlaces | form.todayPlaces << 4))
    writer.append(UInt8(form.yesterdayPlaces | form.powerPlaces << 4))
    writer.append(
      UInt8((form.clockUnit == 1 ? 1 : 0) | (form.startTimeUnit == 0 ? 0 : form.startTimeUnit == 1 ? 4 : 2)))
    writer.append(varint: UInt64(pace))
    writer.append(signedVarint: series.runs[0].first.time.milliseconds / timeUnit)
    writer.append(varint: UInt64(series.runs.count))
    var model = RollupModel(form: form, timeUnit: timeUnit, pace: pace, start: series.runs[0].first.time.milliseconds)
    var stream = RiceEncoder(contextCount: RollupModel.contextCount)
    var cells = series.cells
    for run in series.runs {
      var run = run
      _ = model.code(&run, &cells, &stream)
    }
    return writer.bytes + stream.finish()
  }

  /// nil for rollups of a kind that this program does not know.
  ///
  /// - Parameter rowCount: of the block of readings, which no reader's memory may pass.
  package static func decode(_ bytes: ArraySlice<UInt8>, rowCount: Int) throws(FormatError) -> RollupSeries? {
    var reader = ByteReader(bytes)
    guard try reader.readByte() == kind else { return nil }
    let timeUnit = Int64(try reader.readCount(limit: 1000))
    let cellLength = Int64(try reader.readCount(limit: 3600)) * 1000
    let places = try reader.readByte()
    let morePlaces = try reader.readByte()
    let units = try reader.readByte()
    let pace = Int64(try reader.readCount(limit: 1 << 32))
    let start = try reader.readSignedVarint()
    let count = try reader.readCount(limit: rowCount)
    guard timeUnit == 1 || timeUnit == 1000, [900_000, 1_800_000, 3_600_000].contains(cellLength), places & 15 <= 6,
      places >> 4 <= 6, morePlaces & 15 <= 6, morePlaces >> 4 <= 3, units < 8, units & 6 != 6, pace > 0, count > 0,
      abs(start.flooringQuotient(1 << 40)) <= 1
    else { throw .invalid(offset: 0, what: "rollups' head") }
    let form = RollupSeries.Form(
      cellLength: cellLength, totalPlaces: Int(places & 15), todayPlaces: Int(places >> 4),
      yesterdayPlaces: Int(morePlaces & 15), powerPlaces: Int(morePlaces >> 4), clockUnit: units & 1 == 1 ? 1 : 1000,
      startTimeUnit: units & 2 != 0 ? 1000 : units & 4 != 0 ? 1 : 0)
    var series = RollupSeries(form: form, runs: [], cells: [])
    series.runs.reserveCapacity(count)
    // Cells as even runs would have them: every cell has a row, so that a wrong pace cannot ask for much.
    let awaited = Int64(rowCount) &* pace / ((cellLength / timeUnit) << 8)
    series.cells.reserveCapacity(min(rowCount, Int(awaited) &+ 2 &* count))
    let streamStart = reader.offset
    let stream = try reader.readBytes(reader.remaining)
    let isSound = stream.withUnsafeBufferPointer { bytes in
      var model = RollupModel(form: form, timeUnit: timeUnit, pace: pace, start: start &* timeUnit)
      var stream = RiceDecoder(bytes, contextCount: RollupModel.contextCount)
      var left = rowCount
      for _ in 0..<count {
        var run = RollupRun(
          rowCount: left, isTold: true, first: .init(time: .init(milliseconds: 0)),
          last: .init(time: .init(milliseconds: 0)))
        guard model.code(&run, &series.cells, &stream), !stream.isPastEnd else { return false }
        left -= run.rowCount
        series.runs.append(run)
      }
      return left == 0
    }
    guard isSound else { throw .invalid(offset: streamStart, what: "rollups that cannot be") }
    return series
  }

  /// Mean step of all runs in 1/256 of the time unit.
  private static func pace(of series: RollupSeries, timeUnit: Int64) -> Int64 {
    var time: Int64 = 0
    var steps: Int64 = 0
    for run in series.runs where run.isTold && run.rowCount > 1 {
      time += (run.last.time.milliseconds - run.first.time.milliseconds) / timeUnit
      steps += Int64(run.rowCount - 1)
    }
    guard steps > 0 else { return 256 }
    return min(max((time << 8 + steps / 2) / steps, 1), 1 << 32)
  }
}
