import Readings

extension RollupBlock {
  /// What stands before the streams (Schema/rollups.md, section 2).
  struct Head {
    let kind: Kind
    let form: RollupSeries.Form
    let units: RollupUnits
    let timeUnit: Int64
    /// Mean step of all runs of several rows in 1/256 of the time unit.
    let pace: Int64
    /// The first row's time in milliseconds.
    let start: Int64
    let runCount: Int

    init(_ series: RollupSeries, kind: Kind, timeUnit: Int64) {
      self.kind = kind
      form = series.form
      units = RollupUnits(form, timeUnit: timeUnit, kind: kind)
      self.timeUnit = timeUnit
      pace = Head.pace(of: series, timeUnit: timeUnit)
      start = series.runs[0].first.time.milliseconds
      runCount = series.runs.count
    }

    /// - Parameters:
    ///   - channel: of the counter.
    ///   - rowCount: of the block of readings.
    init(_ reader: inout ByteReader, kind: Kind, channel: UInt8 = 0, rowCount: Int) throws(FormatError) {
      self.kind = kind
      timeUnit = Int64(try reader.readCount(limit: 1000))
      let cellLength = Int64(try reader.readCount(limit: 3600)) * 1000
      let places = try reader.readByte()
      let morePlaces = try reader.readByte()
      let clocks = try reader.readByte()
      let extras = kind.isWide ? try reader.readByte() : 0
      pace = Int64(try reader.readCount(limit: 1 << 32))
      let start = try reader.readSignedVarint()
      runCount = try reader.readCount(limit: rowCount)
      guard timeUnit == 1 || timeUnit == 1000, [900_000, 1_800_000, 3_600_000].contains(cellLength), places & 15 <= 6,
        places >> 4 <= 6, morePlaces & 15 <= 6, morePlaces >> 4 <= 3, clocks < 8, clocks & 6 != 6,
        extras & 0x0F < 3, extras >> 4 != 1, extras >> 4 <= 8, pace > 0, runCount > 0,
        abs(start.flooringQuotient(1 << 40)) <= 1
      else { throw .invalid(offset: 0, what: "rollups' head") }
      self.start = start &* timeUnit
      var form = RollupSeries.Form(
        cellLength: cellLength, totalPlaces: Int(places & 15), todayPlaces: Int(places >> 4),
        yesterdayPlaces: Int(morePlaces & 15), powerPlaces: Int(morePlaces >> 4),
        clockUnit: clocks & 1 == 1 ? 1 : 1000, startTimeUnit: clocks & 2 != 0 ? 1000 : clocks & 4 != 0 ? 1 : 0)
      form.channel = channel
      form.hasExportCounter = extras & 1 != 0
      form.runsBack = extras & 2 != 0
      form.phaseCount = Int(extras >> 4)
      if form.phaseCount > 0 { form.phaseLength = RollupBounds.phaseLength(cellLength: cellLength) }
      self.form = form
      units = RollupUnits(form, timeUnit: timeUnit, kind: kind)
    }

    func write(to writer: inout ByteWriter) {
      writer.append(varint: UInt64(timeUnit))
      writer.append(varint: UInt64(form.cellLength / 1000))
      writer.append(UInt8(form.totalPlaces | form.todayPlaces << 4))
      writer.append(UInt8(form.yesterdayPlaces | form.powerPlaces << 4))
      writer.append(
        UInt8((form.clockUnit == 1 ? 1 : 0) | (form.startTimeUnit == 0 ? 0 : form.startTimeUnit == 1 ? 4 : 2)))
      if kind.isWide {
        writer.append(
          UInt8((form.hasExportCounter ? 1 : 0) | (form.runsBack ? 2 : 0) | form.phaseCount << 4))
      }
      writer.append(varint: UInt64(pace))
      writer.append(signedVarint: start / timeUnit)
      writer.append(varint: UInt64(runCount))
    }

    func model(cellLength: Int64) -> RollupModel {
      RollupModel(form, units, cellLength: cellLength, pace: pace, start: start)
    }

    var parts: RollupParts { RollupParts(units, cellLength: form.cellLength, pace: pace) }

    /// Room for cells as even runs would have them: every cell has a row, so that a wrong pace cannot ask for much.
    func cellCount(ofLength cellLength: Int64, rowCount: Int) -> Int {
      let awaited = Int64(rowCount) &* pace / ((cellLength / timeUnit) << 8)
      return min(rowCount, Int(awaited) &+ 2 &* runCount)
    }

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
}
