/// Changes single values of a JSON5 text and leaves everything else as its author wrote it: comments, order, blanks.
public struct JSON5Edit {
  public private(set) var text: String

  /// - Parameter text: a document whose value is an object.
  public init(_ text: String) { self.text = text }

  /// Gives the value at a path of names, making the objects above it where they are missing.
  ///
  /// A new member comes first in its object: what stands last may be followed by a comment that speaks of it.
  ///
  /// - Parameter source: the value as JSON, such as `"GBP"` with its quotes.
  /// - Throws: where the text is no JSON5. A path through something else than objects changes nothing.
  public mutating func set(_ path: [String], to source: String) throws(JSON5Error) {
    var value = try JSON5.parse(text)
    for (depth, name) in path.enumerated() {
      guard case .object(let members) = value.content else { return }
      guard let member = members.first(where: { $0.name == name }) else {
        let isQuoted = members.first.map { "\"'".unicodeScalars.contains(scalar(at: $0.place)) } ?? false
        try insert(
          JSON5Edit.member(path[depth...], source, isQuoted: isQuoted), into: value, hasMembers: !members.isEmpty)
        return
      }
      value = member.value
    }
    replace(try extent(of: value), by: source)
  }

  /// Takes a member away, with the comma behind it and the line that it leaves empty. Without such a member nothing
  /// changes.
  public mutating func remove(_ path: [String]) throws(JSON5Error) {
    var value = try JSON5.parse(text)
    for (depth, name) in path.enumerated() {
      guard case .object(let members) = value.content, let member = members.first(where: { $0.name == name }) else {
        return
      }
      value = member.value
      guard depth == path.count - 1 else { continue }
      let scalars = Array(text.unicodeScalars)
      var range = scanner(at: member.place).index..<(try extent(of: value)).upperBound
      var end = range.upperBound
      while end < scalars.count, " \t".unicodeScalars.contains(scalars[end]) { end += 1 }
      if end < scalars.count, scalars[end] == "," { range = range.lowerBound..<(end + 1) }
      replace(JSON5Edit.wholeLine(range, of: scalars), by: "")
    }
  }

  /// `broker: { url: "mqtt://h" }` for what is missing of a path.
  private static func member(_ path: ArraySlice<String>, _ source: String, isQuoted: Bool) -> String {
    var text = source
    for (depth, name) in path.enumerated().reversed() {
      text = (isQuoted ? "\"\(name)\"" : name) + ": " + text
      if depth > 0 { text = "{ \(text) }" }
    }
    return text
  }

  private mutating func insert(_ member: String, into object: JSON5Value, hasMembers: Bool) throws(JSON5Error) {
    var scanner = scanner(at: object.place)
    let line = scanner.place.line
    scanner.advance()
    let start = scanner.index
    while let scalar = scanner.peek(), JSON5Scanner.isBlank(scalar) { scanner.advance() }
    let comma = hasMembers ? "," : ""
    guard scanner.place.line > line else {
      let isEmpty = scanner.peek() == "}"
      replace(start..<(isEmpty ? scanner.index : start), by: " " + member + comma + (isEmpty ? " " : ""))
      return
    }
    let isEmpty = scanner.peek() == "}"
    let indent = scanner.place.column - 1 + (isEmpty ? 2 : 0)
    replace(start..<start, by: "\n" + String(repeating: " ", count: indent) + member + comma)
  }

  /// The half-open range of a value's scalars.
  private func extent(of value: JSON5Value) throws(JSON5Error) -> Range<Int> {
    let scanner = scanner(at: value.place)
    var parser = JSON5Parser(scanner: scanner)
    _ = try parser.value(depth: 0)
    return scanner.index..<parser.scanner.index
  }

  /// With the line's blanks and end where nothing else stands on it.
  private static func wholeLine(_ range: Range<Int>, of scalars: [Unicode.Scalar]) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start > 0, " \t".unicodeScalars.contains(scalars[start - 1]) { start -= 1 }
    while end < scalars.count, " \t".unicodeScalars.contains(scalars[end]) { end += 1 }
    guard start == 0 || scalars[start - 1] == "\n" else { return range.lowerBound..<end }
    guard end < scalars.count, scalars[end] == "\n" else { return range.lowerBound..<end }
    return start..<(end + 1)
  }

  private func scalar(at place: JSON5Place) -> Unicode.Scalar { scanner(at: place).peek() ?? " " }

  private func scanner(at place: JSON5Place) -> JSON5Scanner {
    guard var scanner = try? JSON5Scanner(Array(text.utf8)) else { preconditionFailure("a String that is no UTF-8") }
    while scanner.place != place, scanner.advance() != nil {}
    return scanner
  }

  private mutating func replace(_ range: Range<Int>, by new: String) {
    var scalars = Array(text.unicodeScalars)
    scalars.replaceSubrange(range, with: Array(new.unicodeScalars))
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    text = String(view)
  }
}
