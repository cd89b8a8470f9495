import Calendar
import EnergyAccounting
import Readings

/// Writes dates and times of day, each day's date made once.
struct ClockWriter {
  private let form: CSVDialect.DateForm
  private let decimalMark: UInt8
  private var day = Int64.min
  private var date = SIMD16<UInt8>()

  /// The first and last second of the years 0 to 9999: what four digits can say. Clocks beyond are shown at the edge.
  private static let range: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

  init(form: CSVDialect.DateForm, decimalMark: UInt8) {
    self.form = form
    self.decimalMark = form == .iso ? UInt8(ascii: ".") : decimalMark
  }

  /// `2026-10-25T00:30:00`, or as the dialect writes it.
  @inline(__always)
  mutating func append(clockSeconds seconds: Int64, to cursor: inout ByteCursor) {
    let seconds = min(max(seconds, ClockWriter.range.lowerBound), ClockWriter.range.upperBound)
    let dayNumber = seconds.flooringQuotient(86_400)
    if dayNumber != day { makeDate(dayNumber) }
    cursor.append(date, count: 11)
    let second = UInt32(truncatingIfNeeded: seconds &- dayNumber &* 86_400)
    let minute = second / 60
    let hour = minute / 60
    cursor.appendTwo(hour)
    cursor.append(UInt8(ascii: ":"))
    cursor.appendTwo(minute &- hour &* 60)
    cursor.append(UInt8(ascii: ":"))
    cursor.appendTwo(second &- minute &* 60)
  }

  /// `.326`.
  @inline(__always)
  mutating func append(milliseconds: Int64, to cursor: inout ByteCursor) {
    let value = UInt32(truncatingIfNeeded: milliseconds)
    cursor.append(decimalMark)
    cursor.append(UInt8(truncatingIfNeeded: 48 &+ value / 100 % 10))
    cursor.appendTwo(value % 100)
  }

  private mutating func makeDate(_ dayNumber: Int64) {
    day = dayNumber
    var bytes: [UInt8] = []
    CSVCells.append(date: CivilTime(secondsSince1970: dayNumber * 86_400), form: form, to: &bytes)
    bytes.append(UInt8(ascii: form == .iso || form == .bare ? "T" : " "))
    for (index, byte) in bytes.prefix(16).enumerated() { date[index] = byte }
  }
}

/// Local time of instants that mostly follow each other: the zone is asked once per quarter of an hour, on which the
/// clock changes of every zone lie since 1972.
struct LocalClock {
  private let zone: TimeZoneRules
  private var quarter = Int64.min
  private(set) var offsetSeconds: Int64 = 0
  /// `+01:00`.
  private(set) var offsetText = SIMD16<UInt8>()

  init(zone: TimeZoneRules) { self.zone = zone }

  @inline(__always)
  mutating func move(to seconds: Int64) {
    let wanted = seconds.flooringQuotient(900)
    if wanted != quarter { look(wanted) }
  }

  private mutating func look(_ wanted: Int64) {
    quarter = wanted
    offsetSeconds = Int64(zone.offset(at: Timestamp(seconds: wanted * 900)))
    var bytes: [UInt8] = []
    ClockText.appendOffset(seconds: Int(offsetSeconds), to: &bytes)
    for (index, byte) in bytes.prefix(16).enumerated() { offsetText[index] = byte }
  }
}
