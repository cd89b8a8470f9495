import Readings

/// One reading of one counter in whole units: energies in mWh, power in mW, times in ms.
struct CounterPoint {
  /// Receive time.
  var time: Int64
  var total = CounterPoint.absent
  var today = CounterPoint.absent
  var yesterday = CounterPoint.absent
  /// TotalStartTime on the plug's clock.
  var startTime = CounterPoint.absent
  /// The plug's clock: milliseconds since 1970-01-01T00:00 of that clock.
  var clock = CounterPoint.absent
  /// The furthest that the plug's clock has been, this reading included: an older one tells a late message.
  var newestClock = CounterPoint.absent
  var power = CounterPoint.absent
  /// ExportActive.
  var export = CounterPoint.absent

  static let absent = ReadingColumns.absent

  var hasClock: Bool { clock >= FirmwareFacts.firstValidClock }
  var hasToday: Bool { today != CounterPoint.absent }
  var hasYesterday: Bool { yesterday != CounterPoint.absent }
  /// Days since 1970 on the plug's clock.
  var plugDay: Int64? { hasClock ? clock.flooringQuotient(86_400_000) : nil }
  /// How far the plug's clock is ahead of the receive time.
  var clockLead: Int64? { hasClock ? clock - time : nil }
  /// What the counter showed at the plug's last midnight.
  var midnightTotal: Int64 { total - today }
}
