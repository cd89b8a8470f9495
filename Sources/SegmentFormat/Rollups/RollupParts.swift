import Readings

/// The parts of hours: quarter or half hours, coded with what the hours and their halves say of them
/// (Schema/rollups.md, SF-R39).
struct RollupParts {
  private var model: RollupCellModel

  init(_ units: RollupUnits, cellLength: Int64, pace: Int64) {
    model = RollupCellModel(units, cellLength: cellLength, pace: pace)
  }

  /// Writes the parts of a run, or works them out.
  ///
  /// - Parameters:
  ///   - run: with its hours and halves, which stand in `coarse`.
  ///   - cells: parts of all runs; where they are read, the run's are added.
  ///   - known: the run's parts in `cells`, where they are written.
  /// - Returns: the run's parts in `cells`; nil for what cannot be.
  mutating func code<Stream: RiceStream & ~Copyable>(
    _ run: RollupRun, of coarse: RollupSeries, _ cells: inout [RollupCell], known: Range<Int>, _ stream: inout Stream
  ) -> Range<Int>? {
    let length = model.cellLength
    let end = run.last.time.milliseconds
    var cell = Stream.reads ? cells.count : known.lowerBound
    let firstCell = cell
    var place = RollupPlace(run, cellLength: length)
    guard (end &- place.cellEnd) / length < Int64(run.rowCount) else { return nil }
    model.begin(run)
    var half = run.halves.lowerBound
    for index in run.cells {
      var hour = model.hour(coarse.cells[index])
      var startsHalf = true
      repeat {
        let isLast = place.isLast
        if startsHalf {
          model.begin(
            half: coarse.halves[half], coarse.halfExports.isEmpty ? 0 : coarse.halfExports[half], &hour)
          half += 1
        }
        startsHalf = place.cellEnd.flooringRemainder(RollupSeries.halfHour) == 0
        hour.isLastPartOfHalf = isLast || startsHalf
        hour.isLastPart = isLast || place.cellEnd.flooringRemainder(RollupSeries.hour) == 0
        guard let coded = model.code(Stream.reads ? nil : cells[cell], &place, in: &hour, &stream) else { return nil }
        if Stream.reads { cells.append(coded) }
        cell += 1
        place.goOn(by: length)
      } while !hour.isLastPart
      guard hour.isTold else { return nil }
    }
    return firstCell..<cell
  }
}
