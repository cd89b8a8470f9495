import Readings

/// When a plug spoke, and with what power: messages, covered time, peaks, and what is always on.
///
/// What is always on is taken from the lowest power of each UTC hour (the part of it that lies in the period), weighted
/// by the hour's covered time: rows and rollups tell the same.
struct Presence {
  private let cuts: CutPoints
  private var edges: [Timestamp] { cuts.edges }
  private(set) var buckets: [Bucket]
  private(set) var statistics: [PowerStatistics]
  private var histogram = PowerHistogram()
  /// The bucket that holds `last`; −1 before the first edge, `buckets.count` after the last.
  private var index = -1
  private(set) var last: Int64?
  private(set) var lastPower = CounterPoint.absent
  private(set) var pace = Pace()
  /// Silences since the last sound reading: what its next one shows was used over them.
  private(set) var openSilences: [(from: Int64, to: Int64)] = []
  /// The UTC hour of the last message: its end, the lowest power in it, and the time for which power was known.
  private var hourEnd = Int64.min
  private var hourLowest = Int64.max
  private var hourCovered: Int64 = 0
  /// Every hour that was told of; nil where nobody divides the ledger.
  private(set) var hours: [PowerHour]?

  /// - Parameter keepsHours: see ``hours``.
  init(cuts: CutPoints, keepsHours: Bool = false) {
    self.cuts = cuts
    if keepsHours { hours = [] }
    let edges = cuts.edges
    buckets = zip(edges, edges.dropFirst()).map { Bucket(duration: $1.milliseconds - $0.milliseconds) }
    statistics = [PowerStatistics](repeating: PowerStatistics(), count: max(edges.count - 1, 0))
  }

  /// The next edge after the last message, or the end of time.
  private var nextEdge: Int64 { index + 1 < edges.count ? edges[index + 1].milliseconds : .max }

  /// Until when sums are enough: the next edge or hour.
  var nextBoundary: Int64 { min(nextEdge, hourEnd) }

  /// Takes the distances of messages before they are judged.
  mutating func foresee(_ steps: [Int64]) { pace.foresee(steps) }

  /// A message. Returns the silence before it, when it was one. Its power counts by ``count(_:at:)``.
  mutating func add(_ point: CounterPoint) -> (from: Int64, to: Int64)? {
    let time = point.time
    var silence: (from: Int64, to: Int64)?
    if let last {
      let step = time - last
      if step > pace.gapLimit {
        silence = (last, time)
        openSilences.append((last, time))
        advance(to: time)
      } else {
        cover(to: time)
      }
      pace.learn(step)
    } else {
      advance(to: time)
    }
    last = time
    lastPower = CounterPoint.absent
    enterHour(at: time)
    if point.received < nextEdge {
      if buckets.indices.contains(index) { buckets[index].messages += 1 }
    } else {
      eachBucket(from: point.received, to: point.received + 1) { bucket, _ in bucket.messages += 1 }
    }
    return silence
  }

  /// A reading tells what was used over the silences before it.
  mutating func closeSilences() { openSilences.removeAll() }

  /// The sound power of a message that was added; the last one's holds until the next.
  mutating func count(_ power: Int64, at point: CounterPoint) {
    if point.time == last {
      lastPower = power
      hourLowest = min(hourLowest, power)
    }
    let time = point.received
    eachBucket(from: time, to: time + 1) { bucket, _ in bucket.see(power, at: time) }
  }

  /// Messages at the plug's pace, of which only sums are told, between two instants that no edge and no UTC hour
  /// parts.
  struct CoveredSpan {
    var messages: Int
    var from: Int64
    var to: Int64
    /// In mW × ms, over whole seconds.
    var powerTime: Int64
    var peak: Int64
    var peakAt: Int64
    /// Held or read.
    var lowest: Int64
    var lastPower: Int64
  }

  mutating func add(_ span: CoveredSpan) {
    hourLowest = min(hourLowest, span.lowest)
    hourCovered += span.to - span.from
    last = span.to
    lastPower = span.lastPower
    pace.learn((span.to - span.from) / Int64(max(span.messages, 1)), count: span.messages)
    if buckets.indices.contains(index) { buckets[index].add(span) }
  }

  /// The rows of a run behind its first one, which is the last message.
  ///
  /// - Precondition: no edge within the run parts a cell.
  mutating func add(_ run: RollupRun, _ cells: ArraySlice<RollupCell>, cellLength: Int64) {
    let end = run.last.time.milliseconds
    var start = run.first.time.milliseconds
    var cellEnd = start.nextMultiple(of: cellLength)
    // The first row counts already.
    var messages = -1
    var place = cells.startIndex
    while place < cells.endIndex {
      if start >= nextEdge { advance(to: start) }
      let edge = nextEdge
      // Cells up to the next edge, taken together.
      var span = CoveredSpan(
        messages: messages, from: start, to: start, powerTime: 0, peak: .min, peakAt: 0, lowest: .max, lastPower: 0)
      repeat {
        enterHour(at: start)
        let cell = cells[place]
        span.messages &+= cell.rowCount
        span.powerTime &+= cell.powerTime
        if cell.peak > span.peak { (span.peak, span.peakAt) = (cell.peak, cell.peakAt.milliseconds) }
        span.lowest = min(span.lowest, cell.lowest)
        span.to = min(cellEnd, end)
        hourLowest = min(hourLowest, cell.lowest)
        hourCovered += span.to - start
        start = cellEnd
        cellEnd &+= cellLength
        place += 1
      } while place < cells.endIndex && start < edge
      if buckets.indices.contains(index) { buckets[index].add(span) }
      messages = 0
    }
    last = end
    lastPower = run.last.power
    pace.learn(run.usualStep, count: run.rowCount - 1)
  }

  /// A cell that edges may part: its powers are spread evenly over its time.
  mutating func add(_ cell: RollupCell, from start: Int64, to end: Int64, isFirst: Bool) {
    var position = start
    // The run's first row counts already.
    var messages = cell.rowCount - (isFirst ? 1 : 0)
    var left = cell.powerTime
    while position < end {
      if position >= nextEdge { advance(to: position) }
      enterHour(at: position)
      let next = min(end, nextEdge, hourEnd)
      let peakIsHere = cell.peakAt.milliseconds < next && cell.peakAt.milliseconds >= position - 999
      let share =
        next == end ? left : Int64(clamping: Int128(left) * Int128(next - position) / Int128(max(end - position, 1)))
      left &-= share
      if buckets.indices.contains(index) {
        buckets[index].add(
          CoveredSpan(
            messages: messages, from: position, to: next, powerTime: share, peak: peakIsHere ? cell.peak : cell.lowest,
            peakAt: peakIsHere ? cell.peakAt.milliseconds : position, lowest: cell.lowest, lastPower: 0))
      }
      hourLowest = min(hourLowest, cell.lowest)
      hourCovered += next - position
      messages = 0
      position = next
    }
    if messages > 0, buckets.indices.contains(index) { buckets[index].messages += messages }
  }

  /// Behind the cells of a run.
  mutating func endCells(of run: RollupRun) {
    last = run.last.time.milliseconds
    if last ?? 0 >= nextEdge { advance(to: last ?? 0) }
    lastPower = run.last.power
    pace.learn(run.usualStep, count: run.rowCount - 1)
  }

  /// Is every edge behind one instant, which the last message is at, up to another a multiple of `unit`?
  func edgesLie(on unit: Int64, after start: Int64, upTo end: Int64) -> Bool {
    cuts.edgesLie(on: unit, from: min(max(index, 0), edges.count), after: start, upTo: end)
  }

  private mutating func enterHour(at time: Int64) {
    guard time >= hourEnd else { return }
    closeHour()
    hourEnd = time.nextMultiple(of: RollupSeries.hour)
  }

  private mutating func closeHour() {
    if statistics.indices.contains(index), hourLowest < .max {
      histogram.add(hourLowest, hourCovered)
      hours?.append(PowerHour(bucket: index, end: hourEnd, lowest: hourLowest, covered: hourCovered))
    }
    hourLowest = .max
    hourCovered = 0
    hourEnd = .min
  }

  /// Power held from one instant to another between edges.
  private mutating func hold(_ power: Int64, from start: Int64, to end: Int64) {
    var position = start
    while position < end {
      enterHour(at: position)
      let next = min(end, hourEnd)
      hourLowest = min(hourLowest, power)
      hourCovered += next - position
      position = next
    }
  }

  /// Time of silence whose energy is known.
  mutating func infer(from start: Int64, to end: Int64) {
    eachBucket(from: start, to: end) { $0.inferredTime += $1 }
  }

  /// Time between messages at the plug's pace of which some use is lost all the same.
  mutating func uncover(from start: Int64, to end: Int64) {
    eachBucket(from: start, to: end) { $0.covered -= min($1, $0.covered) }
  }

  /// The buckets that a time touches, each with how much of it.
  private mutating func eachBucket(from start: Int64, to end: Int64, _ body: (inout Bucket, Int64) -> Void) {
    guard end > start else { return }
    var bucket = max(edges.partitioningIndex { $0.milliseconds > start } - 1, 0)
    while bucket < buckets.count, edges[bucket].milliseconds < end {
      let part = min(end, edges[bucket + 1].milliseconds) - max(start, edges[bucket].milliseconds)
      if part > 0 { body(&buckets[bucket], part) }
      bucket += 1
    }
  }

  /// Another plug begins: the time since the last message of the old one is nobody's.
  mutating func forgetLast() {
    last = nil
    lastPower = CounterPoint.absent
    pace = Pace(isHistory: pace.isHistory)
  }

  /// Whether what follows is a history from before, which may tell of days or months at once.
  mutating func hear(history isHistory: Bool) { pace.isHistory = isHistory }

  /// Completes the buckets' times.
  mutating func finish() {
    closeStatistics()
    for bucket in buckets.indices {
      let known = buckets[bucket].covered + buckets[bucket].inferredTime
      buckets[bucket].missing = max(buckets[bucket].duration - known, 0)
    }
  }

  /// Gives the buckets away, so that a year of half hours is not copied.
  mutating func takeBuckets() -> [Bucket] {
    defer { buckets = [] }
    return buckets
  }

  private mutating func cover(to time: Int64) {
    guard let last else { return }
    var position = last
    while position < time {
      let end = min(time, nextEdge)
      if buckets.indices.contains(index) {
        buckets[index].covered += end - position
        if lastPower != CounterPoint.absent { buckets[index].hold(lastPower, from: position, to: end) }
      }
      if lastPower != CounterPoint.absent { hold(lastPower, from: position, to: end) }
      position = end
      if position == nextEdge { advance(to: position) }
    }
  }

  /// Moves to the bucket that holds `time`.
  private mutating func advance(to time: Int64) {
    while index + 1 < edges.count, edges[index + 1].milliseconds <= time {
      closeStatistics()
      index += 1
    }
  }

  private mutating func closeStatistics() {
    closeHour()
    if statistics.indices.contains(index) {
      statistics[index].alwaysOnMilliwatts = histogram.percentile(20)
    }
    histogram.clear()
  }
}

extension Bucket {
  /// A sound power reading.
  mutating func see(_ power: Int64, at time: Int64) {
    if power > peakMilliwatts ?? .min {
      peakMilliwatts = power
      // Rollups know it to the second.
      peakAt = Timestamp(milliseconds: time.flooringQuotient(1000) * 1000)
    }
    if power < lowestMilliwatts ?? .max { lowestMilliwatts = power }
  }

  /// A power that was held between two instants in the bucket.
  fileprivate mutating func hold(_ power: Int64, from start: Int64, to end: Int64) {
    let time = Bucket.wholeSeconds(start, end)
    poweredTime += time
    powerTime &+= power &* time
    if power < lowestMilliwatts ?? .max { lowestMilliwatts = power }
  }

  fileprivate mutating func add(_ span: Presence.CoveredSpan) {
    messages += span.messages
    covered += span.to - span.from
    poweredTime += Bucket.wholeSeconds(span.from, span.to)
    powerTime &+= span.powerTime
    see(span.peak, at: span.peakAt)
    if span.lowest < lowestMilliwatts ?? .max { lowestMilliwatts = span.lowest }
  }

  /// Milliseconds of the whole seconds of the clock that pass between two times.
  private static func wholeSeconds(_ start: Int64, _ end: Int64) -> Int64 {
    (end.flooringQuotient(1000) - start.flooringQuotient(1000)) * 1000
  }
}
