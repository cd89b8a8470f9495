public import Readings

/// How a plug's power went in the last minutes, in a few numbers.
///
/// A power holds until the next message, or until the plug is known to be away, and ten minutes at most: two of the usual
/// periods of 300 s.
public struct PowerTrail: Sendable {
  /// What the trail reaches back, in minutes.
  public static let minuteCount = 15
  private static let step: Int64 = 10_000
  private static let stepCount = minuteCount * 60_000 / Int(step)
  private static let longestHold: Int64 = 600_000 / step

  /// The highest power of each step up to the last message's, in milliwatts; nil where none is known.
  private var highest: [Int64?] = []
  /// The number of the last one.
  private var last: Int64 = 0
  private var held: Int64?
  /// The step in which it was told.
  private var heldSince: Int64 = 0

  public init() {}

  /// Takes in a message.
  ///
  /// - Parameter milliwatts: nil where it holds no power, or says that the plug is away.
  public mutating func add(_ milliwatts: Int64?, at time: Timestamp) {
    let step = time.milliseconds.flooringQuotient(PowerTrail.step)
    // A clock that went back tells nothing of now.
    guard highest.isEmpty || step >= last else { return }
    if highest.isEmpty { (highest, last) = ([nil], step) }
    extend(to: step)
    if let milliwatts { highest[highest.count - 1] = max(highest[highest.count - 1] ?? milliwatts, milliwatts) }
    (held, heldSince) = (milliwatts, step)
  }

  private mutating func extend(to step: Int64) {
    guard step > last else { return }
    let first = max(last + 1, step - Int64(PowerTrail.stepCount) + 1)
    highest += (first...step).map { $0 - heldSince <= PowerTrail.longestHold ? held : nil }
    highest.removeFirst(max(highest.count - PowerTrail.stepCount, 0))
    last = step
  }

  /// The highest powers of equal parts of the last minutes, the latest last, in milliwatts.
  ///
  /// - Parameter count: of parts, at most; 1 or more.
  public func parts(_ count: Int, until now: Timestamp) -> [Int64?] {
    guard !highest.isEmpty else { return [] }
    var trail = self
    trail.extend(to: now.milliseconds.flooringQuotient(PowerTrail.step))
    let known = trail.highest
    let all = Array(repeating: nil, count: PowerTrail.stepCount - known.count) + known
    let length = (PowerTrail.stepCount + count - 1) / count
    // Whole parts, counted from now back.
    let starts = stride(from: all.count, to: 0, by: -length).reversed()
    return starts.map { end in all[max(end - length, 0)..<end].compactMap(\.self).max() }
  }
}
