/// Which fields a message holds, in the order in which it holds them.
///
/// Nearly every message of a plug has the layout of the one before, so a layout is shared and compared by identity
/// first. No field occurs twice.
package final class Layout: Sendable, Equatable {
  package let fields: [Field]

  package init(_ fields: [Field]) {
    precondition(Set(fields).count == fields.count, "a field occurs twice in a layout")
    self.fields = fields
  }

  package static func == (a: Layout, b: Layout) -> Bool { a === b || a.fields == b.fields }
}
