import Readings

/// The true energy of one plug, day by day of the site's clock, and what its messages let one know of it.
struct TruthLedger: Sendable {
  struct Day: Sendable {
    var day: Int64
    /// Microjoules.
    var used: Int64 = 0
    var exported: Int64 = 0
    /// 1e-5 kWh by which the plug's counter moved forward, before anything was lost.
    var counted: Int64 = 0
    /// Microjoules that no message can tell of.
    var unseen: Int64 = 0
    /// Microjoules since the last reading that arrived.
    var pending: Int64 = 0
    var messages: Int64 = 0
    var poweredMilliseconds: Int64 = 0
    var faults: UInt16 = 0
  }

  private(set) var days: [Day]
  /// From here on days may have something pending.
  private var firstPending = 0

  init(firstDay: Int64) { days = [Day(day: firstDay)] }

  /// - Parameter uncounted: the part of `used` that went by while the plug was starting.
  @inline(__always)
  mutating func add(used: Int64, exported: Int64, counted: Int64, uncounted: Int64, poweredMilliseconds: Int64) {
    days.withUnsafeMutableBufferPointer { days in
      let last = days.count - 1
      days[last].used += used
      days[last].exported += exported
      days[last].counted += counted
      days[last].pending += used - uncounted
      days[last].unseen += uncounted
      days[last].poweredMilliseconds += poweredMilliseconds
    }
  }

  mutating func begin(day: Int64) { days.append(Day(day: day)) }

  mutating func note(_ fault: Fault) {
    guard let bit = Fault.allCases.firstIndex(of: fault) else { return }
    days[days.count - 1].faults |= 1 << UInt16(bit)
  }

  /// A reading has arrived that tells all that was used since the one before.
  mutating func seen() {
    days[days.count - 1].messages += 1
    settle { _ in }
  }

  /// A reading has arrived that a reader takes for another plug's.
  mutating func misunderstood() { days[days.count - 1].messages += 1 }

  /// What was used since the last reading will never be told.
  mutating func lose() {
    settle { $0.unseen += $0.pending }
  }

  private mutating func settle(_ body: (inout Day) -> Void) {
    for index in firstPending..<days.count {
      body(&days[index])
      days[index].pending = 0
    }
    firstPending = days.count - 1
  }
}
