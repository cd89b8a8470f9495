import Readings

/// Starts of the plug, from INFO: a power cut loses what was not saved.
extension CounterAccount {
  /// A plug's start, from INFO.
  struct PlugStart: Hashable {
    var at: Int64
    /// By command or update: Settings were saved just before.
    var isWanted: Bool
    /// After a power cut: nothing but Settings is left.
    var isPowerOn: Bool
  }

  mutating func add(restart: PlugStart) {
    let index = restarts.lastIndex { $0.at <= restart.at }.map { $0 + 1 } ?? 0
    restarts.insert(restart, at: max(index, min(nextRestart, restarts.count)))
  }

  /// Starts before the base are behind ``nextRestart``.
  mutating func starts(in start: Int64, _ end: Int64) -> ArraySlice<PlugStart> {
    restarts[nextRestart...].drop { $0.at <= start }.prefix { $0.at <= end }
  }
}

enum PlugRestart {
  /// True for a restart by command, button or update, before which the firmware saves its counters: the ESP8266 says
  /// `Software/System restart`, the ESP32 `Software reset CPU`.
  static func isWanted(_ reason: some StringProtocol) -> Bool {
    reason.hasPrefix("Software/System restart") || reason.hasPrefix("Software reset")
  }

  /// True for the start after a power cut: `Power On` on the ESP8266, `… Power on reset` on the ESP32.
  static func isPowerOn(_ reason: some StringProtocol) -> Bool {
    reason.hasSuffix("Power On") || reason.hasSuffix("Power on reset")
  }
}
