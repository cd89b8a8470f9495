import Readings

/// Foretells each number of a cell from the cells before it and codes the difference
/// (Schema/rollups.md, SF-R33 to SF-R37, SF-R45); of a part of an hour also from what the hour says of all of its parts
/// (SF-R39).
struct RollupCellModel {
  let cellLength: Int64
  /// Steps of the plug in 1/256 of the time unit.
  private let pace: Int64
  private let units: RollupUnits

  /// Power × time that was held and that Total does not show yet, in mW × s; and that what is given back does not.
  private var carry: Int64 = 0
  private var exportCarry: Int64 = 0
  /// Rows of the last whole cell.
  private var fullRowCount: Int64
  /// Of the last cell, in units of power.
  private(set) var lowest: Int64 = 0
  private var mean: Int64 = 0
  /// Half the bits of the last cell's range.
  private var spread = 0

  init(_ units: RollupUnits, cellLength: Int64, pace: Int64) {
    self.cellLength = cellLength
    self.pace = pace
    self.units = units
    fullRowCount = max(1, (cellLength / units.time) << 8 / pace)
  }

  /// A run begins: with its first row's power.
  mutating func begin(_ run: RollupRun) { lowest = run.first.power / units.power }

  /// - Parameter cell: an hour, in mWh, mW and milliseconds.
  func hour(_ cell: RollupCell) -> RollupHour {
    RollupHour(
      lowest: cell.lowest / units.power, peak: cell.peak / units.power, peakAt: cell.peakAt.milliseconds,
      rowCount: Int64(cell.rowCount), powerTime: cell.powerTime / (1000 * units.power), energy: 0,
      isSigned: units.isSigned)
  }

  /// The next half of an hour begins.
  func begin(half energy: Int64, _ export: Int64, _ hour: inout RollupHour) {
    hour.energy = energy / units.total
    hour.export = export / units.total
  }

  /// - Parameters:
  ///   - cell: nil where it is read.
  ///   - whole: what the cell is a part of.
  /// - Returns: nil for what cannot be.
  @inline(__always)
  mutating func code<Stream: RiceStream & ~Copyable>(
    _ cell: RollupCell?, _ place: inout RollupPlace, in whole: inout some RollupWhole, _ stream: inout Stream
  ) -> RollupCell? {
    let isLast = place.isLast
    let isWhole = !isLast && place.before > 0
    let seconds = RollupBounds.seconds(place.cellStart, isLast ? place.end : place.cellEnd)
    var rows = fullRowCount
    if let hour = whole.hour, hour.isLastPart {
      rows = hour.rowCount
    } else if isLast {
      rows = place.rowCount &- place.before
    } else if !isWhole {
      rows = (((place.cellEnd &- place.cellStart &- 1) / units.time) &<< 8) / pace &+ 1
    }
    var numbers = RollupNumbers(rowCount: 0, energy: 0, powerTime: 0, lowest: 0, range: 0, peakAt: 0)
    let isForetold: Bool
    if let cell {
      numbers = RollupNumbers(
        rowCount: Int64(cell.rowCount), energy: cell.energy / units.total, export: cell.export / units.total,
        powerTime: cell.powerTime / (1000 * units.power), lowest: cell.lowest / units.power,
        range: (cell.peak - cell.lowest) / units.power, peakAt: cell.peakAt.milliseconds)
      isForetold = stream.flag(numbers == foretold(rowCount: rows, seconds: seconds, place))
    } else {
      isForetold = stream.flag(false)
      if isForetold { numbers = foretold(rowCount: rows, seconds: seconds, place) }
    }
    if isForetold {
      mean = lowest
      spread = 0
    } else {
      codeOther(&numbers, &place, seconds: seconds, foretoldRows: rows, isLast: isLast, in: whole, &stream)
    }
    guard numbers.rowCount > 0, numbers.rowCount <= place.rowCount &- place.before &- (isLast ? 0 : 1),
      isWithinPower(numbers.lowest, 1), isWithin(numbers.range, 2 &* units.largestPower),
      isWithinPower(numbers.lowest &+ numbers.range, 1), isWithinPower(numbers.powerTime, 3600),
      isWithin(numbers.energy, units.largestEnergy), isWithin(numbers.export, units.largestEnergy),
      numbers.peakAt >= RollupBounds.second(place.cellStart), numbers.peakAt < place.cellEnd,
      numbers.peakAt <= place.end
    else { return nil }
    guard whole.take(numbers) else { return nil }
    if isWhole { fullRowCount = numbers.rowCount }
    carry = rest(carry, numbers.powerTime, numbers.energy)
    if units.tellsExport { exportCarry = rest(exportCarry, 0 &- numbers.powerTime, numbers.export) }
    lowest = numbers.lowest
    place.before &+= numbers.rowCount
    return RollupCell(
      rowCount: Int(numbers.rowCount), energy: numbers.energy &* units.total, export: numbers.export &* units.total,
      powerTime: numbers.powerTime &* units.power &* 1000, peak: (numbers.lowest &+ numbers.range) &* units.power,
      peakAt: Timestamp(milliseconds: numbers.peakAt), lowest: numbers.lowest &* units.power)
  }

  /// From 0 to a limit, by one comparison: a negative number is a large one without sign.
  @inline(__always)
  private func isWithin(_ value: Int64, _ limit: Int64) -> Bool {
    UInt64(bitPattern: value) <= UInt64(bitPattern: limit)
  }

  /// A power, or as many times as much power × time, that can be.
  @inline(__always)
  private func isWithinPower(_ value: Int64, _ factor: Int64) -> Bool {
    let limit = units.largestPower &* factor
    return units.isSigned ? isWithin(value &+ limit, 2 &* limit) : isWithin(value, limit)
  }

  /// What of power × time a counter does not show yet.
  @inline(__always)
  private func rest(_ carry: Int64, _ powerTime: Int64, _ energy: Int64) -> Int64 {
    min(
      max(carry &+ powerTime &* units.power &- energy &* units.powerTimePerUnit, 0), units.powerTimePerUnit &- 1)
  }

  /// The cell that one bit says: power stays as it was last.
  @inline(__always)
  private func foretold(rowCount: Int64, seconds: Int64, _ place: RollupPlace) -> RollupNumbers {
    RollupNumbers(
      rowCount: rowCount, energy: awaitedEnergy(lowest &* seconds), export: awaitedExport(lowest &* seconds),
      powerTime: lowest &* seconds, lowest: lowest, range: 0, peakAt: place.foretoldTime(ofRow: place.before))
  }

  /// What Total gains, in its units, when so much power × time is held.
  @inline(__always)
  private func awaitedEnergy(_ powerTime: Int64) -> Int64 {
    (carry &+ max(powerTime, 0) &* units.power) / units.powerTimePerUnit
  }

  /// What is given back, likewise.
  @inline(__always)
  private func awaitedExport(_ powerTime: Int64) -> Int64 {
    units.tellsExport ? (exportCarry &+ max(0 &- powerTime, 0) &* units.power) / units.powerTimePerUnit : 0
  }

  @inline(__always)
  private mutating func codeOther<Stream: RiceStream & ~Copyable>(
    _ cell: inout RollupNumbers, _ place: inout RollupPlace, seconds: Int64, foretoldRows: Int64, isLast: Bool,
    in whole: some RollupWhole,
    _ stream: inout Stream
  ) {
    let hour = whole.hour
    let isLastPart = hour?.isLastPart ?? false
    cell.rowCount =
      isLast || isLastPart
      ? foretoldRows : foretoldRows &+ stream.code(signed: cell.rowCount &- foretoldRows, RollupContext.cellRows)
    if let hour {
      codePowers(&cell, &place, in: hour, &stream)
    } else {
      cell.lowest = lowest &+ stream.code(signed: cell.lowest &- lowest, RollupContext.lowest &+ spread)
      cell.range = Int64(
        bitPattern: stream.code(UInt64(bitPattern: cell.range), RollupContext.range &+ spread))
      codePeakAt(&cell, &place, &stream)
    }
    let size = 64 &- UInt64(bitPattern: cell.range).leadingZeroBitCount
    spread = min((size &+ 1) / 2, 7)
    if let hour, hour.isLastPart {
      cell.powerTime = hour.powerTime
    } else {
      codePowerTime(&cell, seconds: seconds, size: size, &stream)
    }
    mean = seconds > 0 ? cell.powerTime / seconds : cell.lowest
    if let hour, hour.isLastPartOfHalf {
      (cell.energy, cell.export) = (hour.energy, hour.export)
      return
    }
    let wave = cell.range == 0 ? 0 : 1
    let awaited = awaitedEnergy(cell.powerTime)
    cell.energy = awaited &+ stream.code(signed: cell.energy &- awaited, RollupContext.energy &+ wave)
    guard units.tellsExport else { return }
    let awaitedBack = awaitedExport(cell.powerTime)
    cell.export = awaitedBack &+ stream.code(signed: cell.export &- awaitedBack, RollupContext.export &+ wave)
  }

  /// Lowest and highest power of a part, and when it was.
  private func codePowers<Stream: RiceStream & ~Copyable>(
    _ cell: inout RollupNumbers, _ place: inout RollupPlace, in hour: RollupHour, _ stream: inout Stream
  ) {
    if hour.isLastPart, !hour.hasLowest {
      cell.lowest = hour.lowest
    } else {
      let above = stream.code(UInt64(bitPattern: cell.lowest &- hour.lowest), RollupContext.lowest &+ spread)
      cell.lowest = hour.lowest &+ Int64(bitPattern: above)
    }
    if hour.peakAt >= RollupBounds.second(place.cellStart), hour.peakAt < place.cellEnd {
      cell.range = hour.peak &- cell.lowest
      cell.peakAt = hour.peakAt
    } else {
      cell.range = Int64(bitPattern: stream.code(UInt64(bitPattern: cell.range), RollupContext.range &+ spread))
      codePeakAt(&cell, &place, &stream)
    }
  }

  @inline(__always)
  private func codePowerTime<Stream: RiceStream & ~Copyable>(
    _ cell: inout RollupNumbers, seconds: Int64, size: Int, _ stream: inout Stream
  ) {
    let base: Int64
    var context = RollupContext.heldAtStart
    if cell.range == 0 {
      base = cell.lowest &* seconds
    } else {
      // What it was on average the last time, where that can be now.
      let isUsual = mean >= cell.lowest && mean <= cell.lowest &+ cell.range
      base = (isUsual ? mean : cell.lowest &+ cell.range &>> 1) &* seconds
      context = RollupContext.powerTime &+ min(size, 15)
    }
    cell.powerTime = base &+ stream.code(signed: cell.powerTime &- base, context)
  }

  @inline(__always)
  private func codePeakAt<Stream: RiceStream & ~Copyable>(
    _ cell: inout RollupNumbers, _ place: inout RollupPlace, _ stream: inout Stream
  ) {
    var row: Int64 = 0
    if cell.range != 0, cell.rowCount > 1, cell.rowCount <= place.rowCount {
      let count = 64 &- (cell.rowCount &- 1).leadingZeroBitCount
      if !Stream.reads {
        let passed = max(cell.peakAt &- place.foretoldTime(ofRow: place.before), 0)
        row = min((passed &<< 16 &+ place.evenStep / 2) / max(place.evenStep, 1), cell.rowCount &- 1)
      }
      row = Int64(stream.bits(UInt64(bitPattern: row), count: count))
    }
    let foretold = place.foretoldTime(ofRow: place.before &+ row)
    let late = stream.code(signed: (cell.peakAt &- foretold) / 1000, RollupContext.peakAt) &* 1000
    cell.peakAt = foretold &+ late
    if place.before &+ row > 0 { place.lateness = min(max(place.lateness &+ late, -3_600_000), 3_600_000) }
  }
}
