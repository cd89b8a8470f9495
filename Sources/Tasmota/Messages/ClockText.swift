import Readings

/// The clock texts that the firmware sends: `2024-02-05T00:01:32`, with `.326` after `Time 4`, with `+01:00` after
/// `SetOption52 1` (support_rtc.ino; command Time in support_command.ino).
struct ClockText: Equatable {
  var form: FieldForm
  /// Seconds, or milliseconds, on that clock since 1970-01-01T00:00:00 on the same clock.
  var value: Int64

  init(form: FieldForm, value: Int64) {
    self.form = form
    self.value = value
  }

  /// nil for every text that would not come back byte for byte: another layout, `Z`, `-00:00`, 30 February.
  init?(_ text: UnsafeRawBufferPointer) {
    let hasMilliseconds = text.count > 19 && text[19] == UInt8(ascii: ".")
    let clockCount = hasMilliseconds ? 23 : 19
    guard text.count == clockCount || text.count == clockCount + 6 else { return nil }
    guard let seconds = ClockText.seconds(text), let rest = ClockText.milliseconds(text, present: hasMilliseconds)
    else { return nil }
    value = hasMilliseconds ? seconds * 1000 + rest : seconds
    if text.count == clockCount {
      form = hasMilliseconds ? .clockMilliseconds : .clock
    } else {
      guard let minutes = ClockText.offsetMinutes(text, at: clockCount) else { return nil }
      form = hasMilliseconds ? .clockMilliseconds(offsetMinutes: minutes) : .clock(offsetMinutes: minutes)
    }
  }

  /// The first 19 bytes as seconds.
  static func seconds(_ text: UnsafeRawBufferPointer) -> Int64? {
    guard text.count >= 19, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"), text[10] == UInt8(ascii: "T"),
      text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
      let century = twoDigits(text, 0), let yearOfCentury = twoDigits(text, 2), let month = twoDigits(text, 5),
      let day = twoDigits(text, 8), let hour = twoDigits(text, 11), let minute = twoDigits(text, 14),
      let second = twoDigits(text, 17),
      month >= 1, month <= 12, day >= 1, hour < 24, minute < 60, second < 60
    else { return nil }
    let year = century * 100 + yearOfCentury
    let days = CivilTime.dayNumber(year: year, month: month, day: day)
    // A day beyond the month's end is carried over, and so found out.
    guard CivilTime.date(ofDay: days) == (year, month, day) else { return nil }
    return days * 86_400 + Int64(hour * 3600 + minute * 60 + second)
  }

  private static func milliseconds(_ text: UnsafeRawBufferPointer, present: Bool) -> Int64? {
    guard present else { return 0 }
    guard text.count >= 23, let first = digit(text, 20), let rest = twoDigits(text, 21) else { return nil }
    return Int64(first * 100 + rest)
  }

  private static func offsetMinutes(_ text: UnsafeRawBufferPointer, at index: Int) -> Int? {
    guard text[index + 3] == UInt8(ascii: ":"), let hours = twoDigits(text, index + 1),
      let minutes = twoDigits(text, index + 4), hours < 24, minutes < 60
    else { return nil }
    switch text[index] {
    case UInt8(ascii: "+"): return hours * 60 + minutes
    case UInt8(ascii: "-"): return hours * 60 + minutes == 0 ? nil : -(hours * 60 + minutes)
    default: return nil
    }
  }

  private static func digit(_ text: UnsafeRawBufferPointer, _ index: Int) -> Int? {
    let value = text[index] &- 0x30
    return value <= 9 ? Int(value) : nil
  }

  static func twoDigits(_ text: UnsafeRawBufferPointer, _ index: Int) -> Int? {
    let tens = text[index] &- 0x30
    let ones = text[index + 1] &- 0x30
    return tens <= 9 && ones <= 9 ? Int(tens) * 10 + Int(ones) : nil
  }
}
