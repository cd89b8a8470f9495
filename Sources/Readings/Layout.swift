/// Which fields a message holds, in the order in which it holds them.
///
/// Nearly every message of a plug has the layout of the one before, so a layout is shared and compared by identity
/// first. No field occurs twice.
public final class Layout: Sendable, Equatable {
  public let fields: [Field]

  public init(_ fields: [Field]) {
    precondition(Set(fields).count == fields.count, "a field occurs twice in a layout")
    self.fields = fields
  }

  public static func == (a: Layout, b: Layout) -> Bool { a === b || a.fields == b.fields }
}
