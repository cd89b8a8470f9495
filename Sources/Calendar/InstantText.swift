public import Readings

/// Instants as people write them: `2026-10-25`, `2026-10-25 01:30`, `2026-10-25T01:30:00+01:00`, `now`, `yesterday`.
public enum InstantText {
  /// Why a text is no instant.
  public enum Refusal: Error, Hashable, Sendable {
    case malformed
    /// The zone's clocks show it twice; both with their offsets.
    case ambiguous(earlier: String, later: String)
    /// The zone's clocks are put forward over it; what they show just before and just after.
    case skipped(before: String, after: String)

    /// The end of a sentence that begins with the text.
    public var reason: String {
      switch self {
      case .malformed:
        "is no date or time; write 2026-10-25, '2026-10-25 01:30' or 2026-10-25T01:30:00+01:00"
      case .ambiguous(let earlier, let later):
        "is there twice because the clocks go back; write \(earlier) or \(later)"
      case .skipped(let before, let after):
        "does not exist because the clocks go forward: after \(before) comes \(after)"
      }
    }
  }

  /// The instant that a text means in a zone. A date, week, month or year means its first instant.
  public static func instant(
    _ text: String, in zone: TimeZoneRules, now: Timestamp
  ) throws(Refusal) -> Timestamp {
    if text.lowercased() == "now" { return now }
    if let period = CalendarPeriod(text, today: zone.date(at: now)), !text.contains("..") {
      return zone.start(of: period.first)
    }
    guard let written = WrittenTime(text) else { throw .malformed }
    if let offset = written.offsetSeconds { return written.instant(offsetSeconds: offset) }
    switch zone.instants(of: written.civil) {
    case .one(let instant): return instant.advanced(byMilliseconds: written.milliseconds)
    case .two(let earlier, let later):
      throw .ambiguous(earlier: InstantText.text(earlier, in: zone), later: InstantText.text(later, in: zone))
    case .none(let change):
      throw .skipped(
        before: InstantText.text(change.advanced(byMilliseconds: -1000), in: zone),
        after: InstantText.text(change, in: zone))
    }
  }

  /// `2026-10-25T01:30:00+01:00`, whole seconds.
  public static func text(_ instant: Timestamp, in zone: TimeZoneRules) -> String {
    LocalInstant(Timestamp(seconds: instant.seconds), offsetSeconds: zone.offset(at: instant)).iso
  }
}

/// A date with a time of day and perhaps an offset, as written.
public struct WrittenTime {
  public var civil: CivilTime
  public var milliseconds: Int64 = 0
  public var offsetSeconds: Int?

  /// `YYYY-MM-DD`, `T` or a blank, `HH:MM[:SS[.fff]]`, then nothing, `Z`, `±HH`, `±HHMM` or `±HH:MM`.
  public init?(_ text: String) {
    var text = text
    guard let written = text.withUTF8({ WrittenTime(utf8: $0) }) else { return nil }
    self = written
  }

  /// The same from bytes.
  public init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
    var place = 0
    @inline(__always)
    func number(_ digits: Int) -> Int? {
      guard place + digits <= bytes.count else { return nil }
      var value = 0
      for index in place..<place + digits {
        guard bytes[index] >= 48, bytes[index] <= 57 else { return nil }
        value = value * 10 + Int(bytes[index] - 48)
      }
      place += digits
      return value
    }
    @inline(__always)
    func skip(_ first: Unicode.Scalar, or second: Unicode.Scalar? = nil, or third: Unicode.Scalar? = nil) -> Bool {
      guard place < bytes.count else { return false }
      let byte = UInt32(bytes[place])
      guard byte == first.value || byte == second?.value || byte == third?.value else { return false }
      place += 1
      return true
    }
    guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2),
      LocalDate.exists(year: year, month: month, day: day), skip("T", or: "t", or: " "),
      let hour = number(2), hour < 24, skip(":"), let minute = number(2), minute < 60
    else { return nil }
    civil = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute)
    if skip(":") {
      guard let second = number(2), second < 60 else { return nil }
      civil.second = second
      if skip(".", or: ",") {
        var scale: Int64 = 100
        var digits = 0
        while let digit = number(1) {
          milliseconds += Int64(digit) * scale
          scale /= 10
          digits += 1
        }
        guard (1...9).contains(digits) else { return nil }
      }
    }
    if skip("Z", or: "z") {
      offsetSeconds = 0
    } else if place < bytes.count {
      let sign = bytes[place]
      guard skip("+", or: "-"), let hours = number(2), hours <= 15 else { return nil }
      var minutes = 0
      if place < bytes.count {
        _ = skip(":")
        guard let written = number(2), written < 60 else { return nil }
        minutes = written
      }
      offsetSeconds = (hours * 3600 + minutes * 60) * (sign == UInt8(ascii: "-") ? -1 : 1)
    }
    guard place == bytes.count else { return nil }
  }

  /// What it means where clocks are so far ahead of UTC.
  public func instant(offsetSeconds: Int) -> Timestamp {
    Timestamp(milliseconds: (civil.secondsSince1970 - Int64(offsetSeconds)) * 1000 + milliseconds)
  }
}
