import Glibc

/// The machine's two clocks, as the network thread stamps messages with them.
public enum SystemClock {
  /// UTC milliseconds since 1970 by the machine's wall clock, which may be stepped.
  public static func realtimeMilliseconds() -> Int64 { milliseconds(of: CLOCK_REALTIME) }

  /// Milliseconds since some fixed instant; never stepped, and counting while the machine sleeps.
  public static func monotonicMilliseconds() -> Int64 { milliseconds(of: CLOCK_BOOTTIME) }

  private static func milliseconds(of clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec) / 1_000_000
  }

  /// `2026-11-22 15:04:05 UTC`, for sentences about clocks.
  public static func text(ofMilliseconds milliseconds: Int64) -> String {
    var seconds = time_t(milliseconds / 1000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let count = strftime(&text, text.count, "%Y-%m-%d %H:%M:%S UTC", &parts)
    return String(decoding: text[..<count].lazy.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
