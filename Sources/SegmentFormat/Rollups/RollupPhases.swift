import Readings

/// What each phase of a counter drew: foretold by what it drew last (Schema/rollups.md, SF-R47).
struct RollupPhases {
  private static let power = 0
  /// From here by the size of the mean power.
  private static let powerTime = 1
  static let contextCount = powerTime + 16

  private let form: RollupSeries.Form
  private let units: RollupUnits
  /// Of each phase, in units of power: at the last row, and on average in the last unit of time.
  private var powers: [Int64]
  private var means: [Int64]

  init(_ form: RollupSeries.Form, _ units: RollupUnits) {
    self.form = form
    self.units = units
    powers = [Int64](repeating: 0, count: form.phaseCount)
    means = powers
  }

  /// Writes the phases of a run, or works them out and adds them to the series.
  ///
  /// - Parameters:
  ///   - place: of the run in the series.
  ///   - known: the series with the run's phases, where they are written.
  /// - Returns: false for what cannot be.
  mutating func code<Stream: RiceStream & ~Copyable>(
    _ place: Int, _ series: inout RollupSeries, known: RollupSeries, _ stream: inout Stream
  ) -> Bool {
    let run = series.runs[place]
    guard run.isTold else {
      if Stream.reads { series.phasePowers += [Int64](repeating: 0, count: 2 * form.phaseCount) }
      return true
    }
    guard codePowers(Stream.reads ? [] : known.phasePowers(ofRun: place, atLast: false), &series, &stream) else {
      return false
    }
    guard run.rowCount > 1 else {
      if Stream.reads { series.phasePowers += series.phasePowers[(series.phasePowers.count - form.phaseCount)...] }
      return true
    }
    let first = series.phases.count
    var index = Stream.reads ? 0 : known.runs[place].phases.lowerBound
    var start = run.first.time.milliseconds
    let last = run.last.time.milliseconds
    repeat {
      let end = start.nextMultiple(of: form.phaseLength)
      let seconds = RollupBounds.seconds(start, min(end, last))
      for phase in 0..<form.phaseCount {
        let value = Stream.reads ? 0 : known.phases[index] / (1000 * units.power)
        guard let coded = code(value, phase, seconds: seconds, &stream) else { return false }
        if Stream.reads { series.phases.append(coded &* units.power &* 1000) }
        index += 1
      }
      start = end
    } while start <= last
    if Stream.reads { series.runs[place].phases = first..<series.phases.count }
    return codePowers(Stream.reads ? [] : known.phasePowers(ofRun: place, atLast: true), &series, &stream)
  }

  private mutating func codePowers<Stream: RiceStream & ~Copyable>(
    _ known: ArraySlice<Int64>, _ series: inout RollupSeries, _ stream: inout Stream
  ) -> Bool {
    for phase in 0..<form.phaseCount {
      let value = Stream.reads ? 0 : known[known.startIndex + phase] / units.power
      let power = powers[phase] &+ stream.code(signed: value &- powers[phase], RollupPhases.power)
      guard power >= 0, power <= units.largestPower else { return false }
      powers[phase] = power
      if Stream.reads { series.phasePowers.append(power &* units.power) }
    }
    return true
  }

  /// - Returns: nil for what cannot be.
  @inline(__always)
  private mutating func code<Stream: RiceStream & ~Copyable>(
    _ value: Int64, _ phase: Int, seconds: Int64, _ stream: inout Stream
  ) -> Int64? {
    let mean = means[phase]
    let size = 64 &- UInt64(bitPattern: mean).leadingZeroBitCount
    let foretold = mean &* seconds
    let powerTime =
      foretold &+ stream.code(signed: value &- foretold, RollupPhases.powerTime &+ min(size, 15))
    guard powerTime >= 0, powerTime <= units.largestPower &* seconds else { return nil }
    if seconds > 0 { means[phase] = powerTime / seconds }
    return powerTime
  }
}
