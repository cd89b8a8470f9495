/// One column that a plug's messages fill: which quantity, of which channel, in which written form.
///
/// The written form is part of a field's identity. `230` and `230.1` are two fields of one key; that is how each
/// number comes out with the digits that were sent, without a count of digits beside each number.
public struct Field: Hashable, Sendable {
  public var key: FieldKey
  /// 0 for what is sent once for the whole plug; 1, 2, … for the elements of an array.
  public var channel: UInt8
  public var form: FieldForm

  public init(_ key: FieldKey, channel: UInt8 = 0, _ form: FieldForm) {
    self.key = key
    self.channel = channel
    self.form = form
  }
}

/// How a field's value was written, and so what its `Int64` means.
///
/// The raw value is what the store writes.
public struct FieldForm: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// A number with exactly this many digits (0 to 18) after the point; the value is the number × 10^places.
  public static func decimal(_ places: Int) -> FieldForm {
    precondition(places >= 0 && places <= 18, "more decimals than Int64 has digits")
    return FieldForm(rawValue: UInt16(places))
  }
  /// Anything else that must come back byte for byte (`-0`, `1e5`, 19 digits and more, an odd clock text);
  /// the value is an index into the texts kept beside the values.
  public static let verbatim = FieldForm(rawValue: 0x20)
  /// `2024-02-05T00:01:32`; the value is seconds on that clock since 1970-01-01T00:00:00 on the same clock.
  public static let clock = FieldForm(rawValue: 0x21)
  /// `2024-02-05T00:01:32.326`; the value is milliseconds on that clock.
  public static let clockMilliseconds = FieldForm(rawValue: 0x22)
  /// `2024-02-05T00:01:32+01:00`; the value is seconds on that clock, `minutes` (−1439 to 1439) what stands behind it.
  public static func clock(offsetMinutes minutes: Int) -> FieldForm {
    precondition(minutes > -1440 && minutes < 1440, "an offset of a day or more")
    return FieldForm(rawValue: UInt16(0x1000 + minutes + 1440))
  }
  /// `2024-02-05T00:01:32.326+01:00`, as above in milliseconds.
  public static func clockMilliseconds(offsetMinutes minutes: Int) -> FieldForm {
    precondition(minutes > -1440 && minutes < 1440, "an offset of a day or more")
    return FieldForm(rawValue: UInt16(0x2000 + minutes + 1440))
  }

  /// Digits after the point, for numbers.
  public var decimalPlaces: Int? { rawValue <= 18 ? Int(rawValue) : nil }
  /// The offset that stands behind a clock text, in minutes; nil where none does.
  public var offsetMinutes: Int? {
    switch rawValue {
    case 0x1001...0x1B3F: Int(rawValue) - 0x1000 - 1440
    case 0x2001...0x2B3F: Int(rawValue) - 0x2000 - 1440
    default: nil
    }
  }
  /// True for the four clock forms.
  public var isClock: Bool { self == .clock || self == .clockMilliseconds || offsetMinutes != nil }
  /// Clock units per second: 1 or 1000; nil for what is no clock text.
  public var clockUnitsPerSecond: Int64? {
    switch rawValue {
    case 0x21, 0x1001...0x1B3F: 1
    case 0x22, 0x2001...0x2B3F: 1000
    default: nil
    }
  }
  /// False for raw values that no version has defined; a reader refuses them.
  public var isDefined: Bool { decimalPlaces != nil || self == .verbatim || isClock }
}
