public import Readings
public import Text

/// An instant with the offset of the site's clock at it: enough to print local time without a zone database.
public struct LocalInstant: Hashable, Sendable {
  public var at: Timestamp
  /// Local time minus UTC.
  public var offsetSeconds: Int

  public init(_ at: Timestamp, offsetSeconds: Int) {
    self.at = at
    self.offsetSeconds = offsetSeconds
  }

  /// What the site's clock shows.
  public var civil: CivilTime { CivilTime(secondsSince1970: at.seconds + Int64(offsetSeconds)) }

  /// `2026-10-25T00:00:00+01:00`, with `.123` where the instant is not a whole second.
  public var iso: String {
    var bytes: [UInt8] = []
    appendISO(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The instant in UTC: `2026-10-24T23:00:00Z`.
  public var isoUTC: String {
    var bytes: [UInt8] = []
    appendISOUTC(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `2026-10-25`.
  public var date: String {
    var bytes: [UInt8] = []
    let civil = civil
    ClockText.appendDate(year: civil.year, month: civil.month, day: civil.day, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `20:05`.
  public var hourAndMinute: String {
    let civil = civil
    return ClockText.text(minuteOfDay: civil.hour * 60 + civil.minute)
  }

  public func appendISO(to bytes: inout [UInt8]) {
    append(civil, to: &bytes)
    ClockText.appendOffset(seconds: offsetSeconds, to: &bytes)
  }

  /// As ``isoUTC``.
  public func appendISOUTC(to bytes: inout [UInt8]) {
    append(CivilTime(secondsSince1970: at.seconds), to: &bytes)
    bytes.append(UInt8(ascii: "Z"))
  }

  private func append(_ civil: CivilTime, to bytes: inout [UInt8]) {
    ClockText.appendDate(year: civil.year, month: civil.month, day: civil.day, to: &bytes)
    bytes.append(UInt8(ascii: "T"))
    ClockText.appendTime(hour: civil.hour, minute: civil.minute, second: civil.second, to: &bytes)
    let fraction = Int(at.milliseconds.flooringRemainder(1000))
    if fraction != 0 {
      bytes.append(UInt8(ascii: "."))
      bytes.append(UInt8(48 + fraction / 100))
      ClockText.appendTwo(fraction % 100, to: &bytes)
    }
  }
}

extension JSONWriter {
  /// Local time with its offset, as a string.
  public mutating func value(_ instant: LocalInstant?) {
    guard let instant else { return null() }
    plainText(instant.appendISO)
  }
}

/// Digits of dates and times of day.
public enum ClockText {
  public static func appendTwo(_ value: Int, to bytes: inout [UInt8]) {
    bytes.append(UInt8(48 + value / 10 % 10))
    bytes.append(UInt8(48 + value % 10))
  }

  public static func appendDate(year: Int, month: Int, day: Int, to bytes: inout [UInt8]) {
    appendTwo(year / 100, to: &bytes)
    appendTwo(year % 100, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    appendTwo(month, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    appendTwo(day, to: &bytes)
  }

  public static func appendTime(hour: Int, minute: Int, second: Int, to bytes: inout [UInt8]) {
    appendTwo(hour, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    appendTwo(minute, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    appendTwo(second, to: &bytes)
  }

  /// `+01:00`. Offsets with seconds, which no zone has had since 1972, are cut to the minute: ISO 8601 has no form
  /// for them.
  public static func appendOffset(seconds: Int, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: seconds < 0 ? "-" : "+"))
    let minutes = Int(seconds.magnitude) / 60
    appendTwo(minutes / 60, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    appendTwo(minutes % 60, to: &bytes)
  }

  /// `06:00`; 1440 is `24:00`.
  public static func text(minuteOfDay minute: Int) -> String {
    "\(String(minute / 60, padded: 2)):\(String(minute % 60, padded: 2))"
  }

  public static let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
  public static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]

  /// 0 is Monday.
  public static func weekday(ofDay dayNumber: Int64) -> Int { Int((dayNumber + 3).flooringRemainder(7)) }
}
