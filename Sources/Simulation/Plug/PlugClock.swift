import Readings

/// A plug's crystal, its uptime, and what it takes for the time. All instants are UTC milliseconds.
struct PlugClock: Sendable {
  private let zone: ClockOffsets
  private(set) var bootedAt: Int64
  /// The plug's own second, in microseconds: its crystal is off by some parts in a million.
  private var second: Int64
  private(set) var isSet = true
  /// Milliseconds by which the set clock is ahead.
  private var error: Int64
  /// The local day whose Today is running.
  private(set) var savedDay: Int64 = 0

  /// A clock that was set long ago.
  init(zone: ClockOffsets, second: Int64, bootedAt: Int64, error: Int64, now: Int64) {
    self.zone = zone
    self.second = second
    self.bootedAt = bootedAt
    self.error = error
    // The zone by the true instant, as it was when the plug was set up.
    savedDay = setUpSeconds(at: now).flooringQuotient(86_400)
  }

  /// What the clock of a plug showed that has been running for long.
  func setUpSeconds(at now: Int64) -> Int64 { (now + error).flooringQuotient(1000) + zone.span(at: now).offset }

  mutating func lose() { isSet = false }

  mutating func boot(at now: Int64, second: Int64) {
    bootedAt = now
    self.second = second
    isSet = false
  }

  mutating func set(error: Int64) {
    isSet = true
    self.error = error
  }

  /// The day that runs now, as Settings keep it.
  mutating func save(day: Int64) { savedDay = day }

  // MARK: uptime

  func instant(ofUptime seconds: Int64) -> Int64 { bootedAt + seconds * second / 1000 }

  /// Whole seconds since the start.
  func uptime(at now: Int64) -> Int64 { (now - bootedAt) * 1000 / second }

  /// The first tick of the plug's second at or after an instant, and after the tenth second.
  func tick(from instant: Int64) -> Int64 {
    var seconds = max(11, uptime(at: max(instant, bootedAt)))
    while self.instant(ofUptime: seconds) < instant { seconds += 1 }
    return self.instant(ofUptime: seconds)
  }

  // MARK: the time of day

  /// Milliseconds since 1970-01-01T00:00:00 of what the plug believes to be UTC.
  func believed(at now: Int64) -> Int64 { isSet ? now + error : now - bootedAt }

  /// Seconds that the plug adds to UTC: none before its clock is set (TASMOTA support_rtc.ino).
  func offset(at now: Int64) -> Int64 { isSet ? zone.span(at: believed(at: now)).offset : 0 }

  /// Seconds since 1970-01-01T00:00:00 that the clock shows.
  func local(at now: Int64) -> Int64 { believed(at: now).flooringQuotient(1000) + offset(at: now) }

  func day(at now: Int64) -> Int64 { local(at: now).flooringQuotient(86_400) }

  /// When the plug will notice that a day is over.
  func midnight(after day: Int64) -> Int64 { tick(from: zone.start(ofDay: day + 1).milliseconds - error) }
}
