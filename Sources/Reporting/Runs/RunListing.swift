import Calendar
import Pricing
import Readings
import Text

/// Makes runs of powered spans: cut to a time, counted, priced and marked.
struct RunListing {
  let counter: RunCounter
  let plan: RunPlan
  /// Of printed money.
  let digits: Int

  private func local(_ instant: Timestamp) -> LocalInstant {
    LocalInstant(instant, offsetSeconds: plan.zone.offset(at: instant))
  }

  func span(_ range: Range<Timestamp>) -> Report.Span {
    Report.Span(start: local(range.lowerBound), end: local(range.upperBound))
  }

  /// Runs that touch a time, with their costs' sum, and that of their best starts.
  func runs(
    _ poweredSpans: [PoweredSpan], in range: Range<Timestamp>
  ) -> (runs: [Run], cost: Figure?, bestCost: Figure?) {
    let touching = poweredSpans.filter { $0.start < range.upperBound && $0.end > range.lowerBound }
    let counted = touching.map { max($0.before, range.lowerBound)..<min($0.end, range.upperBound) }
    let costs = counted.map(counter.cost)
    let priced = costs.compactMap(\.self)
    let (printed, sum) = Money.round(priced, digits: digits)
    var left = printed[...]
    var runs = zip(touching, counted).map { span, time in run(span, time, in: range) }
    for (place, cost) in costs.enumerated() where cost != nil {
      runs[place].cost = left.popFirst().map { Figure($0, places: digits) }
    }
    guard plan.tariff != nil else { return (runs, nil, nil) }
    let total = Figure(sum, places: digits)
    guard plan.seeksBestStart, range == plan.period else { return (runs, total, nil) }
    let bestCost = addBestStarts(to: &runs, counted, costs)
    return (runs, total, bestCost)
  }

  private func run(_ span: PoweredSpan, _ time: Range<Timestamp>, in range: Range<Timestamp>) -> Run {
    let sum = counter.sum(in: time)
    let energy = counter.energy(in: time)
    let milliseconds = time.upperBound.milliseconds - time.lowerBound.milliseconds
    return Run(
      start: local(max(span.start, range.lowerBound)), end: local(time.upperBound),
      kWh: Figure(energy.mantissa(places: counter.places), places: counter.places), cost: nil,
      peakW: sum.peakMilliwatts.map(ReportBuilder.watts), peakAt: sum.peakAt.map(local),
      meanW: milliseconds > 0
        ? Figure.ratio(Int128(energy.milliwattHours) * 3600, Int128(milliseconds), places: 0) : nil,
      marks: marks(of: span, time, in: range, isMissing: sum.missing > 0), best: nil)
  }

  private func marks(
    of span: PoweredSpan, _ time: Range<Timestamp>, in range: Range<Timestamp>, isMissing: Bool
  ) -> [Run.Mark] {
    let beganBefore = span.start < range.lowerBound
    let goesOn = span.end > range.upperBound
    return Run.Mark.allCases.filter { mark in
      switch mark {
      case .beganBefore: beganBefore
      case .goesOn: goesOn
      case .running: span.isOpen && !goesOn
      case .beganInGap: span.beginsInSilence && !beganBefore
      case .endedInGap: span.endsInSilence && !goesOn
      case .holdsGap: span.holdsSilence
      case .incomplete: isMissing
      case .counter: !counter.decisions(in: time).isEmpty
      }
    }
  }

  /// Of whole runs alone: a part of one is no use to anybody who plans.
  ///
  /// - Returns: what all runs cost with their best starts.
  private func addBestStarts(to runs: inout [Run], _ counted: [Range<Timestamp>], _ costs: [Money?]) -> Figure? {
    guard let tariff = plan.tariff, let first = counted.first, let last = counted.last else { return nil }
    // No course is longer than a day.
    let search = BestStartSearch(
      curve: PriceCurve(
        tariff,
        over: first.lowerBound..<last.upperBound.advanced(byMilliseconds: 2 * BestStartSearch.longestDelay),
        zone: plan.zone))
    var (starts, exact): ([Int: Timestamp], [(place: Int, cost: Money)]) = ([:], [])
    for (place, cost) in costs.enumerated() {
      guard let cost else { continue }
      let start = counted[place].lowerBound
      let course = RunPlan.slices(from: start, to: counted[place].upperBound).map { slice in
        (
          slice.lowerBound.milliseconds - start.milliseconds..<slice.upperBound.milliseconds - start.milliseconds,
          counter.energy(in: slice)
        )
      }
      guard runs[place].isWhole, !course.isEmpty, let best = search.best(course, start: start) else {
        exact.append((place, cost))
        continue
      }
      starts[place] = best.start
      exact.append((place, cost - best.saving))
    }
    let (printed, sum) = Money.round(exact.map(\.cost), digits: digits)
    for (line, units) in zip(exact, printed) {
      guard let start = starts[line.place] else { continue }
      runs[line.place].best = Run.BestStart(
        start: start == counted[line.place].lowerBound ? runs[line.place].start : local(start),
        cost: Figure(units, places: digits))
    }
    return Figure(sum, places: digits)
  }
}
