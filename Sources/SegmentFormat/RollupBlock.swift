package import Readings

/// Rollups of one block of readings as bytes (Schema/rollups.md).
package enum RollupBlock {
  /// The only kind so far. A reader that does not know a kind reads rows instead: rollups are derived.
  package static let kind: UInt8 = 1

  /// - Parameter timeUnit: milliseconds of the store's time resolution; every receive time is a multiple of it.
  package static func encode(_ series: RollupSeries, timeUnit: Int64) -> [UInt8] {
    precondition(!series.rollups.isEmpty && timeUnit > 0, "rollups of nothing")
    let form = series.form
    let pace = pace(of: series, timeUnit: timeUnit)
    let firstUnit = series.rollups[0].first.time.milliseconds.flooringQuotient(form.unitLength)
    var writer = ByteWriter()
    writer.append(kind)
    writer.append(varint: UInt64(timeUnit))
    writer.append(varint: UInt64(form.unitLength / 1000))
    writer.append(UInt8(form.totalPlaces | form.todayPlaces << 4))
    writer.append(UInt8(form.yesterdayPlaces | form.powerPlaces << 4))
    writer.append(
      UInt8((form.clockUnit == 1 ? 1 : 0) | (form.startTimeUnit == 0 ? 0 : form.startTimeUnit == 1 ? 4 : 2)))
    writer.append(varint: UInt64(pace))
    writer.append(signedVarint: firstUnit)
    writer.append(varint: UInt64(series.rollups.count))
    var model = RollupModel(form: form, timeUnit: timeUnit, pace: pace, firstUnit: firstUnit)
    let scale = Scale(form, timeUnit: timeUnit)
    var coder = RangeEncoder()
    for rollup in series.rollups {
      var item = scale.item(rollup)
      model.code(&item, &coder)
    }
    return writer.bytes + coder.finish()
  }

  /// nil for rollups of a kind that this program does not know.
  ///
  /// - Parameters:
  ///   - rowCount: of the block of readings, which no reader's memory may pass.
  package static func decode(_ bytes: ArraySlice<UInt8>, rowCount: Int) throws(FormatError) -> RollupSeries? {
    var reader = ByteReader(bytes)
    guard try reader.readByte() == kind else { return nil }
    let timeUnit = Int64(try reader.readCount(limit: 1000))
    let unitLength = Int64(try reader.readCount(limit: 3600)) * 1000
    let places = try reader.readByte()
    let morePlaces = try reader.readByte()
    let units = try reader.readByte()
    let pace = Int64(try reader.readCount(limit: 1 << 32))
    let firstUnit = try reader.readSignedVarint()
    let count = try reader.readCount(limit: rowCount)
    guard timeUnit > 0, unitLength == 900_000 || unitLength == 3_600_000, places & 15 <= 6, places >> 4 <= 6,
      morePlaces & 15 <= 6, morePlaces >> 4 <= 3, units < 8, units & 6 != 6, pace > 0, count > 0,
      abs(firstUnit.flooringQuotient(1 << 38)) <= 1
    else { throw .invalid(offset: 0, what: "rollups' head") }
    let form = RollupSeries.Form(
      unitLength: unitLength, totalPlaces: Int(places & 15), todayPlaces: Int(places >> 4),
      yesterdayPlaces: Int(morePlaces & 15), powerPlaces: Int(morePlaces >> 4), clockUnit: units & 1 == 1 ? 1 : 1000,
      startTimeUnit: units & 2 != 0 ? 1000 : units & 4 != 0 ? 1 : 0)
    var series = RollupSeries(form: form, rollups: [])
    series.rollups.reserveCapacity(count)
    let scale = Scale(form, timeUnit: timeUnit)
    var isSound = true
    let start = reader.offset
    let stream = try reader.readBytes(reader.remaining)
    stream.withUnsafeBufferPointer { stream in
      var model = RollupModel(form: form, timeUnit: timeUnit, pace: pace, firstUnit: firstUnit)
      var coder = RangeDecoder(stream)
      var end = Int64.min
      var left = Int64(rowCount)
      for _ in 0..<count {
        var item = RollupModel.Item()
        model.code(&item, &coder)
        guard let rollup = scale.rollup(item, after: end), item.count <= left else {
          isSound = false
          return
        }
        end = rollup.last.time.milliseconds
        left -= max(item.count, 1)
        series.rollups.append(rollup)
      }
    }
    guard isSound else { throw .invalid(offset: start, what: "rollups that cannot be") }
    return series
  }

  /// Mean step in 1/256 of the time unit.
  private static func pace(of series: RollupSeries, timeUnit: Int64) -> Int64 {
    var time: Int64 = 0
    var steps: Int64 = 0
    for rollup in series.rollups where rollup.count > 1 {
      time += rollup.last.time.milliseconds - rollup.first.time.milliseconds
      steps += Int64(rollup.count - 1)
    }
    return steps > 0 ? max(1, (time / timeUnit * 256 + steps / 2) / steps) : 256
  }

  /// Between whole units (mWh, mW, ms) and the block's own.
  private struct Scale {
    let form: RollupSeries.Form
    let timeUnit, total, today, yesterday, power, clock, startTime: Int64

    init(_ form: RollupSeries.Form, timeUnit: Int64) {
      self.form = form
      self.timeUnit = timeUnit
      total = Decimal.power(6 - form.totalPlaces)
      today = Decimal.power(6 - form.todayPlaces)
      yesterday = Decimal.power(6 - form.yesterdayPlaces)
      power = Decimal.power(3 - form.powerPlaces)
      clock = form.clockUnit
      startTime = form.startTimeUnit
    }

    private func numbers(_ row: Rollup.Row) -> RollupModel.Numbers {
      RollupModel.Numbers(
        time: row.time.milliseconds / timeUnit, total: row.total / total, today: row.today / today,
        yesterday: row.yesterday / yesterday, startTime: startTime == 0 ? 0 : row.startTime / startTime,
        clock: row.clock / clock, power: row.power / power)
    }

    func item(_ rollup: Rollup) -> RollupModel.Item {
      var item = RollupModel.Item()
      item.unit = rollup.first.time.milliseconds.flooringQuotient(form.unitLength)
      item.count = Int64(rollup.count)
      guard rollup.count > 0 else { return item }
      item.first = numbers(rollup.first)
      item.last = numbers(rollup.last)
      item.shortest = rollup.shortestStep / timeUnit
      item.longest = rollup.longestStep / timeUnit
      item.powerTime = rollup.powerTime / (power * timeUnit)
      item.peak = rollup.peak / power
      item.peakAt = rollup.peakAt.milliseconds / timeUnit
      item.lowest = rollup.lowest / power
      item.isSteep = rollup.isSteep
      return item
    }

    /// No number of a plug comes near it, and products with any factor stay in Int64.
    private static let bound: Int64 = 1_000_000_000_000_000

    private func row(_ numbers: RollupModel.Numbers) -> Rollup.Row? {
      func isSound(_ value: Int64, _ factor: Int64) -> Bool {
        value <= Scale.bound / factor && value >= -Scale.bound / factor
      }
      guard isSound(numbers.time, timeUnit), isSound(numbers.total, total), isSound(numbers.today, today),
        isSound(numbers.yesterday, yesterday), isSound(numbers.power, power), isSound(numbers.clock, clock),
        startTime == 0 || isSound(numbers.startTime, startTime)
      else { return nil }
      return Rollup.Row(
        time: Timestamp(milliseconds: numbers.time * timeUnit), total: numbers.total * total,
        today: numbers.today * today, yesterday: numbers.yesterday * yesterday,
        startTime: startTime == 0 ? ReadingColumns.absent : numbers.startTime * startTime,
        clock: numbers.clock * clock, power: numbers.power * power)
    }

    /// nil for what no encoder writes: numbers beyond all bounds, times out of order or outside the unit.
    func rollup(_ item: RollupModel.Item, after end: Int64) -> Rollup? {
      guard abs(item.unit.flooringQuotient(1 << 38)) <= 1 else { return nil }
      let start = item.unit * form.unitLength
      let limit = start + form.unitLength
      if item.count == 0 {
        guard start > end || end == .min else { return nil }
        return .unread(from: Timestamp(milliseconds: start), to: Timestamp(milliseconds: limit - 1))
      }
      guard let first = row(item.first), let last = row(item.last) else { return nil }
      let (from, to) = (first.time.milliseconds, last.time.milliseconds)
      guard item.count > 0, from >= start, from > end || end == .min, to >= from, to < limit else { return nil }
      guard item.count > 1 else {
        return Rollup(count: 1, first: first, last: last, peak: first.power, peakAt: first.time, lowest: first.power)
      }
      let length = form.unitLength / timeUnit
      let largest = Scale.bound / power
      guard to > from, item.shortest > 0, item.shortest <= item.longest, item.longest <= length,
        item.lowest >= 0, item.peak <= largest, item.lowest <= min(item.first.power, item.last.power),
        item.peak >= max(item.first.power, item.last.power), item.peakAt >= item.first.time,
        item.peakAt <= item.last.time, item.last.total >= item.first.total,
        item.powerTime >= 0, item.powerTime <= Scale.bound * 8 / (power * timeUnit)
      else { return nil }
      return Rollup(
        count: Int(item.count), first: first, last: last, shortestStep: item.shortest * timeUnit,
        longestStep: item.longest * timeUnit, powerTime: item.powerTime * power * timeUnit,
        peak: item.peak * power, peakAt: Timestamp(milliseconds: item.peakAt * timeUnit),
        lowest: item.lowest * power, isSteep: item.isSteep)
    }
  }
}
