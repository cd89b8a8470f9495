import Readings

/// A POSIX TZ rule (`GMT0BST,M3.5.0/1,M10.5.0`): the clocks of a zone in any year.
struct DaylightRule: Hashable, Sendable {
  var standardOffset: Int32
  /// nil where the clocks never change.
  var daylight: Daylight?

  struct Daylight: Hashable, Sendable {
    var offset: Int32
    var start: YearDay
    var end: YearDay
  }

  /// A day of any year and a time on it, in seconds of the clock that is in force before the change.
  struct YearDay: Hashable, Sendable {
    var form: Form
    /// −167 to 167 hours (RFC 9636 §3.3.2 allows more than a day).
    var secondOfDay: Int64

    enum Form: Hashable, Sendable {
      /// `Mm.w.d`: the w-th (5: last) weekday d (0 Sunday) of month m.
      case weekday(month: Int, week: Int, day: Int)
      /// `Jn`: 1 to 365, February 29 never counted.
      case julian(Int)
      /// `n`: 0 to 365, February 29 counted.
      case dayOfYear(Int)
    }

    func dayNumber(in year: Int) -> Int64 {
      let newYear = CivilTime.dayNumber(year: year, month: 1, day: 1)
      switch form {
      case .weekday(let month, let week, let day):
        let first = LocalDate.firstOfMonth(year: year, month: month)
        let firstMatch = first.advanced(byDays: (day + 7 - first.weekday % 7) % 7)
        var result = firstMatch.advanced(byDays: 7 * (week - 1))
        let next = LocalDate.firstOfMonth(year: year, month: month + 1)
        while result >= next { result = result.advanced(byDays: -7) }
        return result.dayNumber
      case .julian(let day):
        let isLeap = LocalDate.days(inMonth: 2, of: year) == 29
        return newYear + Int64(day - 1) + (isLeap && day >= 60 ? 1 : 0)
      case .dayOfYear(let day):
        return newYear + Int64(day)
      }
    }
  }

  /// The changes of a year in UTC seconds, in order.
  func transitions(of year: Int) -> [Int64] {
    guard let daylight else { return [] }
    let start = daylight.start.dayNumber(in: year) * 86_400 + daylight.start.secondOfDay - Int64(standardOffset)
    let end = daylight.end.dayNumber(in: year) * 86_400 + daylight.end.secondOfDay - Int64(daylight.offset)
    return start <= end ? [start, end] : [end, start]
  }

  func offset(atSeconds seconds: Int64) -> Int32 {
    guard let daylight else { return standardOffset }
    let year = CivilTime(secondsSince1970: seconds + Int64(standardOffset)).year
    let start = daylight.start.dayNumber(in: year) * 86_400 + daylight.start.secondOfDay - Int64(standardOffset)
    let end = daylight.end.dayNumber(in: year) * 86_400 + daylight.end.secondOfDay - Int64(daylight.offset)
    let isDaylight = start <= end ? seconds >= start && seconds < end : !(seconds >= end && seconds < start)
    return isDaylight ? daylight.offset : standardOffset
  }

  /// The offset over a whole stretch of time; nil where it changes, and where the stretch reaches over a new year.
  func constantOffset(from start: Int64, through end: Int64) -> Int32? {
    guard let daylight else { return standardOffset }
    let year = CivilTime(secondsSince1970: start + Int64(standardOffset)).year
    guard CivilTime(secondsSince1970: end + Int64(standardOffset)).year == year else { return nil }
    let begin = daylight.start.dayNumber(in: year) * 86_400 + daylight.start.secondOfDay - Int64(standardOffset)
    let finish = daylight.end.dayNumber(in: year) * 86_400 + daylight.end.secondOfDay - Int64(daylight.offset)
    guard !(begin > start && begin <= end), !(finish > start && finish <= end) else { return nil }
    return offset(atSeconds: start)
  }

  /// nil where the text is no such rule.
  init?(posix text: ArraySlice<UInt8>) {
    var scanner = Scanner(rest: text)
    guard scanner.name(), let west = scanner.time(maximumHours: 24) else { return nil }
    standardOffset = Int32(-west)
    if scanner.rest.isEmpty { return }
    guard scanner.name() else { return nil }
    var daylightOffset = standardOffset + 3600
    if scanner.rest.first != UInt8(ascii: ",") {
      guard let west = scanner.time(maximumHours: 24) else { return nil }
      daylightOffset = Int32(-west)
    }
    guard scanner.take(UInt8(ascii: ",")), let start = scanner.yearDay(), scanner.take(UInt8(ascii: ",")),
      let end = scanner.yearDay(), scanner.rest.isEmpty
    else { return nil }
    daylight = Daylight(offset: daylightOffset, start: start, end: end)
  }

  private struct Scanner {
    var rest: ArraySlice<UInt8>

    mutating func take(_ byte: UInt8) -> Bool {
      guard rest.first == byte else { return false }
      rest.removeFirst()
      return true
    }

    /// Three or more letters, or anything in angle brackets.
    mutating func name() -> Bool {
      if take(UInt8(ascii: "<")) {
        guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
        rest = rest[(end + 1)...]
        return true
      }
      let letters = rest.prefix { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") }
      rest = rest.dropFirst(letters.count)
      return letters.count >= 3
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int? {
      let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
      guard !digits.isEmpty, digits.count <= 3 else { return nil }
      rest = rest.dropFirst(digits.count)
      let value = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
      return range.contains(value) ? value : nil
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    mutating func time(maximumHours: Int) -> Int64? {
      let isNegative = take(UInt8(ascii: "-"))
      if !isNegative { _ = take(UInt8(ascii: "+")) }
      guard let hours = number(0...maximumHours) else { return nil }
      var seconds = Int64(hours) * 3600
      if take(UInt8(ascii: ":")) {
        guard let minutes = number(0...59) else { return nil }
        seconds += Int64(minutes) * 60
        if take(UInt8(ascii: ":")) {
          guard let second = number(0...59) else { return nil }
          seconds += Int64(second)
        }
      }
      return isNegative ? -seconds : seconds
    }

    mutating func yearDay() -> YearDay? {
      let form: YearDay.Form
      if take(UInt8(ascii: "M")) {
        guard let month = number(1...12), take(UInt8(ascii: ".")), let week = number(1...5), take(UInt8(ascii: ".")),
          let day = number(0...6)
        else { return nil }
        form = .weekday(month: month, week: week, day: day)
      } else if take(UInt8(ascii: "J")) {
        guard let day = number(1...365) else { return nil }
        form = .julian(day)
      } else {
        guard let day = number(0...365) else { return nil }
        form = .dayOfYear(day)
      }
      var secondOfDay: Int64 = 7200
      if take(UInt8(ascii: "/")) {
        guard let time = time(maximumHours: 167) else { return nil }
        secondOfDay = time
      }
      return YearDay(form: form, secondOfDay: secondOfDay)
    }
  }
}
