import Readings

/// Layouts that messages have had lately, so that equal ones are one object. Bounded.
struct LayoutCache {
  private static let maximumCount = 64
  private var layouts: [Layout] = []
  private var next = 0

  /// nil if two of the fields have the same key and channel.
  mutating func layout(of fields: [Field]) -> Layout? {
    if let known = layouts.first(where: { $0.fields == fields }) { return known }
    for (index, field) in fields.enumerated() {
      for other in fields[..<index] where other.key == field.key && other.channel == field.channel { return nil }
    }
    let layout = Layout(fields)
    if layouts.count < LayoutCache.maximumCount {
      layouts.append(layout)
    } else {
      layouts[next] = layout
      next = (next + 1) % LayoutCache.maximumCount
    }
    return layout
  }
}
