import Readings

/// A time for which an appliance ran, as its powers show it.
struct PoweredSpan: Hashable, Sendable {
  /// The reading before the first one that shows it: what the counter gained since belongs to the run. The first itself
  /// behind a silence.
  var before: Timestamp
  /// The first reading that shows it.
  var start: Timestamp
  /// The first reading that shows it no more; the last one of all or before a silence.
  var end: Timestamp
  var beginsInSilence: Bool
  var endsInSilence: Bool
  /// It goes on at the last reading of all.
  var isOpen: Bool
  var holdsSilence = false

  var length: Int64 { end.milliseconds - start.milliseconds }
}

extension PoweredSpan {
  /// Every span of a trace, in order, none overlapping: from the first power at or above `off` before one that reaches
  /// `on`, to the first below `off`.
  ///
  /// - Parameter pause: up to which length a rest belongs to the run, in milliseconds; nil for a quarter of the longer
  ///   part beside it, at least a minute and at most ten.
  static func all(in trace: PowerTrace, _ threshold: RunThreshold, pause: Int64?) -> [PoweredSpan] {
    var found: [PoweredSpan] = []
    var rising: Int?
    var isRunning = false
    func begin(_ place: Int) -> PoweredSpan {
      let level = trace.levels[place]
      return PoweredSpan(
        before: level.followsSilence ? level.from : trace.levels[place - 1].last, start: level.from, end: level.from,
        beginsInSilence: level.followsSilence, endsInSilence: false, isOpen: false)
    }
    for (place, level) in trace.levels.enumerated() {
      if level.followsSilence {
        if isRunning { found[found.count - 1].endsInSilence = true }
        (isRunning, rising) = (false, nil)
      }
      if level.milliwatts < threshold.off {
        (isRunning, rising) = (false, nil)
        continue
      }
      rising = rising ?? place
      if !isRunning, level.milliwatts >= threshold.on, let first = rising {
        found.append(begin(first))
        isRunning = true
      }
      if isRunning { found[found.count - 1].end = trace.end(of: place) }
    }
    if isRunning { found[found.count - 1].isOpen = true }
    return joined(found, pause: pause)
  }

  private static func joined(_ poweredSpans: [PoweredSpan], pause: Int64?) -> [PoweredSpan] {
    var joined: [PoweredSpan] = []
    for span in poweredSpans {
      joined.append(span)
      while joined.count > 1, belongTogether(joined[joined.count - 2], joined[joined.count - 1], pause: pause) {
        let last = joined.removeLast()
        joined[joined.count - 1].take(last)
      }
    }
    return joined
  }

  private static func belongTogether(_ one: PoweredSpan, _ other: PoweredSpan, pause: Int64?) -> Bool {
    let rest = other.start.milliseconds - one.end.milliseconds
    return rest <= pause ?? min(max(max(one.length, other.length) / 4, 60_000), 600_000)
  }

  /// Takes what follows it, and the rest between them.
  mutating func take(_ other: PoweredSpan) {
    holdsSilence = holdsSilence || endsInSilence || other.beginsInSilence || other.holdsSilence
    (end, endsInSilence, isOpen) = (other.end, other.endsInSilence, other.isOpen)
  }
}
