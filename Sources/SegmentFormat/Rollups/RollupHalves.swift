import Readings

/// How the energy of each hour falls on its two halves (Schema/rollups.md, SF-R38).
enum RollupHalves {
  /// By the size of the hour's energy.
  static let contextCount = 24

  /// Writes the halves of a run's hours, or works them out.
  ///
  /// - Parameters:
  ///   - run: its ``RollupRun/halves`` are set where they are read.
  ///   - halves: where they are read, the run's are added.
  /// - Returns: false for what cannot be.
  static func code<Stream: RiceStream & ~Copyable>(
    _ run: inout RollupRun, _ hours: [RollupCell], _ halves: inout [Int64], unit: Int64, _ stream: inout Stream
  ) -> Bool {
    let end = run.last.time.milliseconds
    let firstHalf = halves.count
    var known = run.halves.lowerBound
    var start = run.first.time.milliseconds
    var border = start.nextMultiple(of: RollupSeries.hour) &- RollupSeries.halfHour
    for index in run.cells {
      let energy = hours[index].energy
      let next = border &+ RollupSeries.halfHour
      if start < border, border <= end {
        let units = energy / unit
        let foretold =
          start &+ RollupSeries.halfHour == border && end >= next
          ? units &>> 1 : share(of: units, border &- start, min(next, end) &- start)
        let context = min(64 &- units.leadingZeroBitCount, contextCount &- 1)
        let difference = Stream.reads ? 0 : halves[known] / unit &- foretold
        let first = foretold &+ stream.code(signed: difference, context)
        guard first >= 0, first <= units else { return false }
        if Stream.reads {
          halves.append(first &* unit)
          halves.append(energy &- first &* unit)
        }
        known += 2
      } else {
        if Stream.reads { halves.append(energy) }
        known += 1
      }
      start = next
      border = next &+ RollupSeries.halfHour
    }
    if Stream.reads { run.halves = firstHalf..<halves.count }
    return true
  }

  /// So much of the energy as lies before an instant, if it came evenly.
  private static func share(of units: Int64, _ elapsed: Int64, _ length: Int64) -> Int64 {
    length > 0 ? Int64(clamping: Int128(units) * Int128(elapsed) / Int128(length)) : 0
  }
}
