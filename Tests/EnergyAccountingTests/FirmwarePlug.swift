import Calendar
import EnergyAccounting
import Readings
import TestSupport

/// The counters of an ESP8266 plug as the firmware keeps them (whole 1e-5 kWh of today, whole Wh of the days before),
/// with what happens to plugs, and the true use beside them.
struct FirmwarePlug {
  /// 1e-5 kWh.
  private var today: Int64 = 0
  private var yesterday: Int64 = 0
  private var savedToday: Int64 = 0
  /// Wh.
  private var days: Int64
  private var startTime: Int64
  private var day: Int64
  /// mW × s that have not become 1e-5 kWh yet.
  private var rest: Int64 = 0
  private(set) var time: Int64
  private let zone: Int64
  private(set) var power: Int64 = 60_000
  private var isPowered = true
  private(set) var messages: [MeterFixture.Message] = []
  private(set) var events: [Event] = []
  /// Energy in mW × s by UTC day since the origin, and by instant of each message.
  private(set) var used: [Int64: Int64] = [:]

  init(days: Int64, zone: Int64 = 0, at time: Int64 = 0) {
    self.days = days
    self.zone = zone
    self.time = time
    startTime = time - 86_400
    day = (MeterFixture.origin + time + zone).flooringQuotient(86_400)
  }

  mutating func setPower(_ milliwatts: Int64) { power = milliwatts }

  /// Lets seconds pass; midnight turns the counters.
  mutating func run(_ seconds: Int64) {
    for _ in 0..<seconds {
      time += 1
      guard isPowered else { continue }
      used[(time - 1).flooringQuotient(86_400), default: 0] += power
      rest += power
      // 1e-5 kWh are 36,000 W·s.
      today += rest / 36_000
      rest %= 36_000
      turnDay()
    }
  }

  private mutating func turnDay() {
    let now = (MeterFixture.origin + time + zone).flooringQuotient(86_400)
    guard now != day else { return }
    day = now
    yesterday = today
    days += today / 100
    today = 0
    savedToday = 0
  }

  mutating func powerCut(_ seconds: Int64) {
    isPowered = false
    run(seconds)
    isPowered = true
    today = savedToday
    rest = 0
    turnDay()
    events.append(MeterFixture.event(time, .restart, "RestartReason Power On"))
  }

  mutating func wantedRestart() {
    savedToday = today
    events.append(MeterFixture.event(time, .restart, "RestartReason Software/System restart"))
  }

  mutating func resetTotal() {
    days = 0
    startTime = time
  }

  mutating func resetAll() {
    days = 0
    today = 0
    yesterday = 0
    startTime = time
  }

  mutating func setTotal(_ wattHours: Int64) {
    days = wattHours
    startTime = time
  }

  mutating func send() {
    messages.append(
      MeterFixture.Message(
        time, days + (today + 50) / 100, today: (today + 50) / 100, yesterday: (yesterday + 50) / 100, start: startTime,
        clock: time + zone, power: (power + 500) / 1000))
  }

  mutating func sendFalse(_ total: Int64) {
    messages.append(
      MeterFixture.Message(
        time, total, today: total == 0 ? 0 : (today + 50) / 100, yesterday: total == 0 ? 0 : (yesterday + 50) / 100,
        start: startTime, clock: time + zone, power: (power + 500) / 1000))
  }
}
