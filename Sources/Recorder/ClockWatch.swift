import Glibc
import Readings

/// Notices steps of the machine's clock by comparing it with the one that only runs forward.
struct ClockWatch {
  /// Wall clock less steady clock at the last look, in milliseconds.
  private var difference: Int64?

  /// Smaller ones are drift, and NTP slewing it away.
  static let smallestStep: Int64 = 2000

  /// How far the wall clock has stepped since the last look; nil when it has not.
  mutating func step(realtime: Int64, monotonic: Int64) -> Int64? {
    let now = realtime &- monotonic
    defer { difference = now }
    guard let difference, (now &- difference).magnitude >= ClockWatch.smallestStep.magnitude else { return nil }
    return now &- difference
  }
}

/// The machine's clocks.
enum RecorderClock {
  static var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  /// Milliseconds on a clock that only runs forward.
  static var monotonic: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
