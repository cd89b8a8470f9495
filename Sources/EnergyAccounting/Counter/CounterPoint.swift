import Readings

/// One reading of one counter in whole units: energies in mWh, power in mW, times in ms.
struct CounterPoint {
  /// When it was received; of a message that was held up over the plug's midnight, just before that.
  var time: Int64
  /// When it was received.
  var received: Int64
  var total = CounterPoint.absent
  var today = CounterPoint.absent
  var yesterday = CounterPoint.absent
  /// TotalStartTime on the plug's clock.
  var startTime = CounterPoint.absent
  /// The plug's clock: milliseconds since 1970-01-01T00:00 of that clock.
  var clock = CounterPoint.absent
  /// False for a clock that tells UTC seconds (`Time 3`): then ``clock`` is the site's, and the plug's day may turn at
  /// another hour.
  var hasZone = true
  /// The furthest that the plug's clock has been, this reading included: an older one tells a late message.
  var newestClock = CounterPoint.absent
  var power = CounterPoint.absent
  /// ExportActive.
  var export = CounterPoint.absent
  /// The most digits after the point that one of its energies was printed with: `mosquitto_sub -F %J` cuts zeros off.
  var places = 3
  /// How many phases or channels the counter sums.
  var phases: Int64 = 1

  init(time: Int64, total: Int64 = CounterPoint.absent) {
    self.time = time
    self.total = total
    received = time
  }

  static let absent = ReadingColumns.absent

  var hasClock: Bool { clock >= FirmwareFacts.firstValidClock }
  /// A clock of 1970, which tells how long the plug has been running.
  var isTimeless: Bool { clock != CounterPoint.absent && !hasClock }
  var hasToday: Bool { today != CounterPoint.absent }
  var hasYesterday: Bool { yesterday != CounterPoint.absent }
  /// A counter below zero, which no counter is that does not run back.
  var hasCountedBack: Bool {
    (hasToday && today < 0) || (hasYesterday && yesterday < 0) || (total != CounterPoint.absent && total < 0)
  }
  /// Days since 1970 on the plug's clock.
  var plugDay: Int64? { hasClock ? clock.flooringQuotient(86_400_000) : nil }
  /// How far the plug's clock is ahead of the receive time.
  var clockLead: Int64? { hasClock ? clock - received : nil }
  /// What the counter showed at the plug's last midnight.
  var midnightTotal: Int64 { total - today }
}
