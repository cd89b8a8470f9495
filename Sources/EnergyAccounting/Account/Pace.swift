/// How often a plug speaks, learned from the distances of its messages.
///
/// Extra messages (PowerDelta) make shorter distances and change nothing; three equally long ones in a row are a new
/// TelePeriod, and so is a long run of short ones.
struct Pace {
  /// In milliseconds; nil before the second message.
  private(set) var period: Int64?
  private var longer: Int64 = 0
  private var longerCount = 0
  private var shortCount = 0
  private var shortTime: Int64 = 0
  private var longestShort: Int64 = 0

  /// TelePeriod is 3,600 s at most.
  private static let longest: Int64 = 3_600_000

  /// A longer step is a silence. The broker takes a plug for lost after 45 s (KeepAlive 30 s), so nothing shorter is.
  var gapLimit: Int64 { max((period ?? Pace.longest) &* 5 / 2, 45_000) }
  /// Without a counter nothing longer is bridged: two periods, and what arrival jitters.
  var bridgeLimit: Int64 { (period ?? Pace.longest) &* 21 / 10 &+ 1000 }
  /// Steps within these bounds teach nothing.
  var usual: ClosedRange<Int64> {
    guard let period else { return 0...0 }
    return (period / 2)...(period + period / 2)
  }

  mutating func learn(_ step: Int64) {
    guard let period else {
      // Two messages with the same second say nothing about the period.
      if step >= 1000 { self.period = min(step, Pace.longest) }
      return
    }
    if step < period / 2 {
      shortCount += 1
      shortTime += step
      longestShort = max(longestShort, step)
      if shortCount >= 12, shortTime >= 2 * period, longestShort >= 1000 {
        self.period = longestShort
        forget()
      }
    } else if step > period + period / 2, step <= Pace.longest + Pace.longest / 20 {
      shortCount = 0
      shortTime = 0
      longestShort = 0
      if longerCount > 0, abs(step - longer) <= longer / 4 {
        longerCount += 1
        if longerCount == 3 {
          self.period = min(step, Pace.longest)
          forget()
        }
      } else {
        longer = step
        longerCount = 1
      }
    } else {
      forget()
    }
  }

  /// A step at the plug's pace: what the steps before it seemed to tell was nothing.
  mutating func forget() {
    shortCount = 0
    shortTime = 0
    longestShort = 0
    longerCount = 0
  }
}
