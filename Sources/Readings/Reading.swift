/// One live energy message of one plug: when it arrived and every number it held, digits and all.
///
/// A decoder fills the same value again and again, so that the hot path allocates nothing.
public struct Reading: Sendable {
  /// The recorder's clock when the message arrived: the primary time. Not yet cut to the store's resolution.
  public var receivedAt: Timestamp
  public var layout: Layout
  /// One value per field of the layout; what it means is the field's form.
  public var values: [Int64]
  /// What fields of the form ``FieldForm/verbatim`` index.
  public var texts: [String]

  public init(receivedAt: Timestamp, layout: Layout, values: [Int64], texts: [String] = []) {
    self.receivedAt = receivedAt
    self.layout = layout
    self.values = values
    self.texts = texts
  }

  /// The value of a key sent once (or of one channel), with its form; nil where the message holds none.
  public func value(_ key: FieldKey, channel: UInt8 = 0) -> (value: Int64, form: FieldForm)? {
    guard let index = layout.fields.firstIndex(where: { $0.key == key && $0.channel == channel }) else { return nil }
    return (values[index], layout.fields[index].form)
  }
}

extension Reading: Equatable {
  /// The same instant, the same fields in the same order, the same digits.
  public static func == (a: Reading, b: Reading) -> Bool {
    guard a.receivedAt == b.receivedAt, a.layout == b.layout, a.values.count == b.values.count else { return false }
    for (index, field) in a.layout.fields.enumerated() {
      if field.form == .verbatim {
        if a.texts[Int(a.values[index])] != b.texts[Int(b.values[index])] { return false }
      } else if a.values[index] != b.values[index] {
        return false
      }
    }
    return true
  }
}
