/// Whether a plug has power, and its starts.
struct PlugSupply: Sendable {
  private(set) var isOn = true
  /// False for the second or two in which a restarting plug counts nothing.
  private(set) var isCounting = true
  private(set) var bootCount: Int64
  /// What INFO3 tells.
  private(set) var restartReason: StaticString = "Power On"

  init(bootCount: Int64) { self.bootCount = bootCount }

  mutating func lose() {
    isOn = false
    isCounting = true
  }

  mutating func comeBack() { isOn = true }

  mutating func pauseCounting() { isCounting = false }

  mutating func countAgain() { isCounting = true }

  mutating func boot(_ reason: StaticString) {
    bootCount += 1
    restartReason = reason
  }

  /// Another plug hangs there now.
  mutating func exchange(bootCount: Int64) { self.bootCount = bootCount }
}
