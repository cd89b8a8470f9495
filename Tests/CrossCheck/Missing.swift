// What the standard library has for an operating system and Embedded Swift has not, for each of the modules.

extension StringProtocol {
  func contains(_ other: String) -> Bool { firstRange(of: other) != nil }

  func firstRange(of other: String) -> Range<Index>? {
    var start = startIndex
    while true {
      if self[start...].hasPrefix(other) { return start..<index(start, offsetBy: other.count) }
      if start == endIndex { return nil }
      formIndex(after: &start)
    }
  }
}
