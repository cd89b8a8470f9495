import Readings

/// Appends the pieces of a message to bytes that are used again and again.
struct MessageText: Sendable {
  var bytes: [UInt8] = []
  /// The date that was last written, so that a day's messages do not each compute it.
  private var dateDay = Int64.min
  private var dateText: [UInt8] = []

  @inline(__always)
  mutating func put(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  @inline(__always)
  mutating func put(_ text: [UInt8]) { bytes.append(contentsOf: text) }

  mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }

  @inline(__always)
  mutating func put(byte: UInt8) { bytes.append(byte) }

  mutating func put(integer: Int64) { Decimal.append(integer, places: 0, to: &bytes) }

  /// `%*_f` of the firmware: dtostrf rounds half up, away from zero, and has always that many decimals.
  @inline(__always)
  mutating func put(_ number: Float, places: Int) {
    guard number.isFinite else {
      put("null")
      return
    }
    let isNegative = number < 0
    // A float has 24 bits and 10^5 has 17: the product and the half are exact.
    let scaled = Double(isNegative ? -number : number) * Double(MessageText.powers[places]) + 0.5
    if isNegative { bytes.append(UInt8(ascii: "-")) }
    Decimal.append(Int64(scaled), places: places, to: &bytes)
  }

  private static let powers: [Int64] = [1, 10, 100, 1000, 10_000, 100_000]

  @inline(__always)
  mutating func put(twoDigits value: Int64) {
    bytes.append(UInt8(truncatingIfNeeded: 48 + value / 10))
    bytes.append(UInt8(truncatingIfNeeded: 48 + value % 10))
  }

  /// `2025-03-10T20:25:51` from the seconds that the clock shows.
  mutating func put(clock seconds: Int64) {
    let day = seconds.flooringQuotient(86_400)
    if day != dateDay {
      dateDay = day
      dateText = MessageText.date(day)
      dateText.append(UInt8(ascii: "T"))
    }
    let ofDay = seconds - day * 86_400
    bytes.append(contentsOf: dateText)
    put(twoDigits: ofDay / 3600)
    bytes.append(UInt8(ascii: ":"))
    put(twoDigits: ofDay / 60 % 60)
    bytes.append(UInt8(ascii: ":"))
    put(twoDigits: ofDay % 60)
  }

  /// `2025-03-10`
  static func date(_ day: Int64) -> [UInt8] {
    let (year, month, dayOfMonth) = CivilTime.date(ofDay: day)
    var text: [UInt8] = []
    Decimal.append(Int64(year), places: 0, to: &text)
    for part in [month, dayOfMonth] {
      text.append(UInt8(ascii: "-"))
      text.append(UInt8(48 + part / 10))
      text.append(UInt8(48 + part % 10))
    }
    return text
  }

  /// Seconds and nine digits, as `%U` of mosquitto_sub.
  mutating func put(nanoseconds: Int64) { Decimal.append(nanoseconds, places: 9, to: &bytes) }
}
