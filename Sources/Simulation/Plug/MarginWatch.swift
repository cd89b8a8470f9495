/// EnergyMarginCheck: compares each second's power with that of three seconds before (TASMOTA E8 479).
struct MarginWatch: Sendable {
  private struct Channel: Sendable {
    /// Whole watts of the last three seconds, oldest first.
    var history: (Int64, Int64, Int64)
    var difference: Int64 = 0
  }

  /// What one second brings.
  struct Finding: Sendable {
    /// Two seconds after a step: the power has settled.
    var hasSettled = false
    var isMet = false
  }

  private var uptime: Int64 = 0
  /// When the next comparison is due; `.max` without PowerDelta.
  private(set) var at = Int64.max
  private var stable = 0
  private var hold = 0
  private var channels: [Channel]

  init(channels: Int) { self.channels = Array(repeating: Channel(history: (0, 0, 0)), count: channels) }

  /// The plug has been running for long with these powers.
  mutating func goOn(uptime: Int64, watts: [Int64], _ clock: PlugClock) {
    self.uptime = uptime
    at = clock.instant(ofUptime: uptime)
    for index in channels.indices { channels[index].history = (watts[index], watts[index], watts[index]) }
  }

  mutating func stop() { at = .max }

  /// After a start the first eight seconds are left out.
  mutating func boot(isOn: Bool, _ clock: PlugClock) {
    uptime = 8
    stable = 0
    hold = 0
    at = isOn ? clock.instant(ofUptime: uptime) : .max
  }

  /// A relay has switched: nothing is compared for two seconds.
  mutating func relaySwitched() { hold = 2 }

  func difference(_ channel: Int) -> Int64 { channels[channel].difference }

  /// - Parameter delta: PowerDelta: 1 to 100 percent, above it watts plus 100.
  mutating func check(watts: [Int64], delta: Int64, _ clock: PlugClock) -> Finding {
    uptime += 1
    at = clock.instant(ofUptime: uptime)
    var finding = Finding()
    if stable > 0 {
      stable -= 1
      finding.hasSettled = stable == 0
    }
    guard hold == 0 else {
      hold -= 1
      return finding
    }
    for index in channels.indices {
      let new = watts[index]
      let old = channels[index].history.0
      let difference = new - old
      let size = abs(difference)
      let meets = delta <= 100 ? size * 100 / max(1, min(abs(old), abs(new))) >= delta : size >= delta - 100
      if size > 0, meets {
        finding.isMet = true
        channels[index].difference = difference
        channels[index].history = (new, new, new)
      } else {
        channels[index].difference = 0
        channels[index].history = (channels[index].history.1, channels[index].history.2, new)
      }
    }
    if finding.isMet { stable = 2 }  // 3, of which the running second takes one
    return finding
  }
}
