import Readings

/// The straight path: readings of which nothing has to be decided.
extension CounterAccount {
  /// Takes rows as long as nothing has to be decided: the counter goes on by what is possible, Today with it, at the
  /// plug's pace, on the same side of every cut point. Returns the first row that is not so.
  mutating func addUsual(_ lane: borrowing CounterLane, from start: Int) -> Int {
    guard let point = base, doubt.isEmpty, presence.openSilences.isEmpty, announced.swap == nil, clock.isSettled,
      !lane.hasExport, presence.last == point.time, presence.lastPower != CounterPoint.absent, point.hasToday,
      point.places == digits.finest, start < lane.count
    else { return start }
    let usual = presence.pace.alike
    // The plug's midnight is looked at even when nothing is used: it tells what the plug's day was.
    let ignoresClock = !lane.hasClock
    let midnight = point.plugDay.map { ($0 + 1) * 86_400_000 } ?? .max
    let midnightTime = ignoresClock && point.hasClock ? midnight - (point.clock - point.time) : .max
    let said = min(announced.starts.nextTime(), announced.commands.next(after: point.time))
    let stop = min(presence.nextBoundary, series.nextCut, midnightTime, min(said, nextScale(after: point.time)))
    let unit = series.unit
    let places = Int8(point.places)
    let limit = powerLimit
    // In mWh × 3,600,000 = mW × ms; the longest usual step keeps the product far from overflow.
    let slack = 2 * unit * 3_600_000
    let largestGain = Int64(clamping: Int128(limit) * Int128(usual.upperBound) / 3_600_000) + 2 * unit
    let looseness = unit + 2 * FirmwareFacts.floatStep(point.total.magnitude)
    let lead = clock.lead
    var state = UsualRun(
      row: start, time: point.time, total: point.total, power: presence.lastPower, newestClock: point.newestClock)
    let largestPower = SeenPower.largest(maximum: options.maximumMilliwatts)
    lane.withColumns { columns in
      // Copies, so that the loop keeps them in registers.
      var (row, time, total, power, powerTime) = (start, point.time, point.total, presence.lastPower, Int64(0))
      var newestClock = point.newestClock
      var midnightTotal = point.midnightTotal
      var second = time.flooringQuotient(1000)
      var (sustained, peak, peakAt, lowest) = (Int64(0), Int64.min, Int64(0), Int64.max)
      defer {
        state = UsualRun(
          row: row, time: time, total: total, power: power, powerTime: powerTime, sustained: sustained, peak: peak,
          peakAt: peakAt, lowest: lowest, newestClock: newestClock)
      }
      while row < columns.count {
        let newTime = columns.time[row]
        let step = newTime &- time
        let newTotal = columns.total[row]
        let gained = newTotal &- total
        let newPower = columns.power[row]
        let drift = columns.clock[row] &- newTime &- lead
        let newMidnightTotal = newTotal &- columns.today[row]
        let moved = newMidnightTotal &- midnightTotal
        guard newTime < stop, columns.clock[row] < midnight, usual.contains(step), gained >= 0, gained <= largestGain,
          gained &* 3_600_000 &- slack <= limit &* step, moved <= looseness, moved >= -looseness,
          columns.yesterday[row] == point.yesterday, columns.startTime[row] == point.startTime, newPower >= 0,
          columns.places[row] == places,
          newPower <= largestPower,
          ignoresClock || (drift < 30_000 && drift > -30_000 && columns.clock[row] >= newestClock)
        else { return }
        let newSecond = newTime.flooringQuotient(1000)
        powerTime &+= power &* (newSecond &- second)
        second = newSecond
        midnightTotal = newMidnightTotal
        sustained = max(sustained, min(power, newPower))
        power = newPower
        if newPower > peak {
          peak = newPower
          peakAt = newTime
        }
        if newPower < lowest { lowest = newPower }
        if !ignoresClock { newestClock = columns.clock[row] }
        time = newTime
        total = newTotal
        row += 1
      }
    }
    if state.row > start { take(state, of: lane, from: start, behind: point) }
    return state.row
  }

  /// A run of usual readings behind one.
  private struct UsualRun {
    /// Behind its last.
    var row: Int
    var time: Int64
    var total: Int64
    var power: Int64
    var powerTime: Int64 = 0
    var sustained: Int64 = 0
    var peak = Int64.min
    var peakAt: Int64 = 0
    var lowest = Int64.max
    var newestClock: Int64
  }

  private mutating func take(
    _ state: UsualRun, of lane: borrowing CounterLane, from start: Int, behind point: CounterPoint
  ) {
    presence.add(
      Presence.CoveredSpan(
        messages: state.row - start, from: point.time, to: state.time, powerTime: state.powerTime &* 1000,
        peak: state.peak,
        peakAt: state.peakAt, lowest: min(state.lowest, presence.lastPower), lastPower: state.power))
    let energy = scaled(state.total - point.total, above: point.total, at: state.time)
    if let trace { traceUsual(trace, point, lane.point(state.row - 1), energy, count: state.row - start) }
    series.add(energy)
    findings.unscaled &+= state.total - point.total
    digits.see(point.places, count: state.row - start)
    power.sustain(state.sustained, at: state.time)
    power.show(state.power)
    base = lane.point(state.row - 1)
    base?.newestClock = state.newestClock
    findings.hasSpoken = findings.hasSpoken || state.total != 0
    findings.hasStepped = true
  }

  private func traceUsual(
    _ trace: StepTrace, _ old: CounterPoint, _ new: CounterPoint, _ energy: Int64, count: Int
  ) {
    let (from, to) = (StepTrace.Point(old), StepTrace.Point(new))
    trace.add(
      StepTrace.Step(
        channel: channel, rule: "continuous", from: from, to: to,
        parts: [.init(range: from.time..<to.time, energy: Energy(milliwattHours: energy))],
        before: Energy(milliwattHours: series.total), isInferred: false, losesSilence: false, stepCount: count))
  }
}
