/// The TelePeriod counter: it runs in uptime seconds and not by the clock (TASMOTA support_tasmota.ino 1189).
struct TeleTimer: Sendable {
  private var uptime: Int64 = 0
  /// When the next SENSOR is due; `.max` while the plug does not run or has not connected yet.
  private(set) var at = Int64.max

  mutating func stop() { at = .max }

  mutating func start(uptime: Int64, _ clock: PlugClock) {
    self.uptime = uptime
    at = clock.instant(ofUptime: uptime)
  }

  mutating func goOn(period: Int, _ clock: PlugClock) { start(uptime: uptime + Int64(period), clock) }
}
