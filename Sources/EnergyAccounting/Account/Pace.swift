/// How often a plug speaks, by the distances of its last messages.
///
/// They are a set: a script's polls, a bridge's copies and PowerDelta make short ones beside TelePeriod, lost messages long
/// ones. The pace is the longest distance that comes again and again, so that what is usual for the plug is no silence. It
/// is known by the last ``memory`` distances alone, wherever reading began.
struct Pace {
  /// How many distances count: of a plug at 3,600 s they reach back less than a day.
  static let memory = 16
  /// TelePeriod is 3,600 s at most: what is longer, jitter included, is a silence.
  private static let longest: Int64 = 3_600_000 + 3_600_000 / 20
  /// A history from before may have a number a month.
  private static let longestOfHistory: Int64 = 32 * 86_400_000
  /// The distances are those of a history from before.
  var isHistory = false

  /// In milliseconds, in whole steps that jitter does not pass; nil before the second message.
  private(set) var period: Int64?
  /// The last distances, the oldest at `oldest` once there are ``memory`` of them.
  private var distances: [Int64] = []
  private var oldest = 0
  /// Distances that are known before the messages are judged.
  private var foreseen = 0

  init(isHistory: Bool = false) { self.isHistory = isHistory }

  var isEmpty: Bool { distances.isEmpty }

  /// A longer step is a silence. The broker takes a plug for lost after 45 s (KeepAlive 30 s), so nothing shorter is.
  /// A history's numbers stand at even distances: where one is missing nobody knows it.
  var gapLimit: Int64 {
    isHistory ? (period ?? Pace.longestOfHistory) &* 3 / 2 : max((period ?? 3_600_000) &* 5 / 2, 45_000)
  }
  /// Without a counter power is held no longer: two periods.
  var bridgeLimit: Int64 { (period ?? 3_600_000) &* 2 }
  /// Steps within these bounds need no look: many of them may be taken together.
  var usual: ClosedRange<Int64> {
    guard let period else { return 0...0 }
    return (period / 2)...(period + period / 2)
  }

  /// Steps within these bounds are like each other, as those of a run of rollups are: taken together they teach the pace
  /// what each would, and none is a gap by what the others teach.
  var alike: ClosedRange<Int64> {
    guard let period else { return 0...0 }
    return (period * 5 / 8)...(period * 21 / 16)
  }

  /// Takes the first messages' distances before the messages themselves are judged.
  mutating func foresee(_ steps: [Int64]) {
    for step in steps { take(step) }
    foreseen = steps.count
    settle()
  }

  /// Takes the distance of one message from the one before.
  mutating func learn(_ step: Int64) {
    guard foreseen == 0 else {
      foreseen -= 1
      return
    }
    take(step)
    settle()
  }

  /// Takes several messages at one distance.
  mutating func learn(_ step: Int64, count: Int) {
    let known = min(foreseen, count)
    foreseen -= known
    for _ in 0..<min(count - known, Pace.memory) { take(step) }
    settle()
  }

  private mutating func take(_ step: Int64) {
    guard step > 0, step <= (isHistory ? Pace.longestOfHistory : Pace.longest) else { return }
    if distances.count < Pace.memory {
      distances.append(step)
    } else {
      distances[oldest] = step
      oldest = (oldest + 1) % Pace.memory
    }
  }

  private mutating func settle() {
    guard !distances.isEmpty else { return }
    // Without memory of its own: it is asked for with every run of a report.
    let distance = withUnsafeTemporaryAllocation(of: Int64.self, capacity: Pace.memory) { sorted in
      var sorted = UnsafeMutableBufferPointer(rebasing: sorted[..<distances.count])
      _ = sorted.initialize(from: distances)
      sorted.sort()
      return Pace.recurring(UnsafeBufferPointer(sorted))
    }
    period = Pace.rounded(max(distance, 1000))
  }

  /// The longest distance that comes again, or else the median.
  private static func recurring(_ sorted: UnsafeBufferPointer<Int64>) -> Int64 {
    // What comes again: three of sixteen, two of fewer than six.
    let needed = sorted.count < 6 ? 2 : 3
    for end in sorted.indices.reversed() where end + 1 >= needed {
      let first = sorted.firstIndex { $0 >= sorted[end] - sorted[end] / 5 } ?? end
      if end - first + 1 >= needed { return sorted[(first + end) / 2] }
    }
    return sorted[(sorted.count - 1) / 2]
  }

  /// Arrival jitters by a second or two, TelePeriod is what a person chose.
  private static func rounded(_ distance: Int64) -> Int64 {
    let step: Int64 = distance < 40_000 ? 1000 : distance < 200_000 ? 5000 : distance < 1_200_000 ? 10_000 : 60_000
    return max((distance + step / 2) / step * step, 1000)
  }
}
