import Glibc
public import Readings

/// The machine's two clocks.
public enum SystemClock {
  /// UTC by the wall clock, which may be stepped.
  public static var now: Timestamp { Timestamp(milliseconds: realtimeMilliseconds()) }

  /// The same in milliseconds since 1970.
  public static func realtimeMilliseconds() -> Int64 { nanoseconds(of: CLOCK_REALTIME) / 1_000_000 }

  /// Since some fixed instant; never stepped, and counting while the machine sleeps. For durations.
  public static func monotonicMilliseconds() -> Int64 { monotonicNanoseconds / 1_000_000 }

  /// The same in nanoseconds.
  public static var monotonicNanoseconds: Int64 { nanoseconds(of: CLOCK_BOOTTIME) }

  private static func nanoseconds(of clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }
}
