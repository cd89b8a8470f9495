import Readings

/// How the energy of each hour falls on its two halves, and what was given back in it (Schema/rollups.md, SF-R38).
enum RollupHalves {
  /// By the size of the hour's energy; the second half of the contexts is of what was given back.
  private static let sizeCount = 24
  static let contextCount = 2 * sizeCount

  /// Writes the halves of a run's hours, or works them out.
  ///
  /// - Parameters:
  ///   - run: its ``RollupRun/halves`` are set where they are read.
  ///   - series: with the run's hours in its cells; where halves are read, the run's are added.
  /// - Returns: false for what cannot be.
  static func code<Stream: RiceStream & ~Copyable>(
    _ run: inout RollupRun, _ series: inout RollupSeries, unit: Int64, _ stream: inout Stream
  ) -> Bool {
    let end = run.last.time.milliseconds
    let firstHalf = series.halves.count
    let tellsExport = series.form.tellsExport
    var known = run.halves.lowerBound
    var start = run.first.time.milliseconds
    var border = start.nextMultiple(of: RollupSeries.hour) &- RollupSeries.halfHour
    for index in run.cells {
      let next = border &+ RollupSeries.halfHour
      var place: Place?
      if start < border, border <= end {
        let isWhole = start &+ RollupSeries.halfHour == border && end >= next
        place = isWhole ? Place(passed: 1, length: 2) : Place(passed: border &- start, length: min(next, end) &- start)
      }
      let cell = series.cells[index]
      guard code(cell.energy, place, &series.halves, known, unit: unit, context: 0, &stream) else { return false }
      if tellsExport,
        !code(cell.export, place, &series.halfExports, known, unit: unit, context: sizeCount, &stream)
      {
        return false
      }
      known += place == nil ? 1 : 2
      start = next
      border = next &+ RollupSeries.halfHour
    }
    if Stream.reads { run.halves = firstHalf..<series.halves.count }
    return true
  }

  /// Where in an hour's time its halves meet.
  private struct Place {
    var passed: Int64
    var length: Int64
  }

  @inline(__always)
  private static func code<Stream: RiceStream & ~Copyable>(
    _ energy: Int64, _ place: Place?, _ halves: inout [Int64], _ known: Int, unit: Int64, context: Int,
    _ stream: inout Stream
  ) -> Bool {
    guard let place else {
      if Stream.reads { halves.append(energy) }
      return true
    }
    let units = energy / unit
    let foretold = place.length == 2 ? units &>> 1 : share(of: units, place)
    let size = min(64 &- units.leadingZeroBitCount, sizeCount &- 1)
    let difference = Stream.reads ? 0 : halves[known] / unit &- foretold
    let first = foretold &+ stream.code(signed: difference, context &+ size)
    guard first >= 0, first <= units else { return false }
    if Stream.reads {
      halves.append(first &* unit)
      halves.append(energy &- first &* unit)
    }
    return true
  }

  /// So much of the energy as lies before the border, if it came evenly.
  private static func share(of units: Int64, _ place: Place) -> Int64 {
    place.length > 0 ? Int64(clamping: Int128(units) * Int128(place.passed) / Int128(place.length)) : 0
  }
}
