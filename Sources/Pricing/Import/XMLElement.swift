/// One element of an XML document: enough of XML 1.0 for documents of the energy market, and bounded. No document type,
/// no entities but the five that every reader knows, at most ``maximumDepth`` levels and ``maximumCount`` elements.
struct XMLElement {
  static let maximumDepth = 32
  static let maximumCount = 2_000_000

  /// Without its prefix.
  var name: String
  var children: [XMLElement] = []
  /// All text right inside, blanks around it left out.
  var text = ""

  func first(_ name: String) -> XMLElement? { children.first { $0.name == name } }
  func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

  struct Malformed: Error {
    /// Bytes before it.
    var offset: Int
    var reason: String
  }

  static func parse(_ bytes: [UInt8]) throws(Malformed) -> XMLElement {
    var parser = Parser(bytes: bytes)
    return try parser.document()
  }

  private struct Parser {
    let bytes: [UInt8]
    private var place = 0
    private var count = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(Malformed) -> XMLElement {
      var open: [(element: XMLElement, text: [UInt8])] = []
      if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
      while place < bytes.count {
        guard bytes[place] == UInt8(ascii: "<") else {
          let end = bytes[place...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
          if open.isEmpty {
            guard bytes[place..<end].allSatisfy({ $0 <= 32 }) else { throw malformed("text outside of any element") }
          } else {
            open[open.count - 1].text += bytes[place..<end]
          }
          place = end
          continue
        }
        if skip("<?", to: "?>") || skip("<!--", to: "-->") { continue }
        if starts(with: "<!") { throw malformed("a document type or a section, which these documents have not") }
        if starts(with: "</") {
          guard let (element, text) = open.popLast() else { throw malformed("an end without a start") }
          let name = try tag().name
          guard name == element.name else { throw malformed("</\(name)> where <\(element.name)> is open") }
          var whole = element
          whole.text = try decoded(text)
          guard !open.isEmpty else { return whole }
          open[open.count - 1].element.children.append(whole)
          continue
        }
        guard open.count < maximumDepth else { throw malformed("more than \(maximumDepth) levels") }
        count += 1
        guard count <= maximumCount else { throw malformed("more than \(maximumCount) elements") }
        let (name, isEmpty) = try tag()
        if !isEmpty {
          open.append((XMLElement(name: name), []))
        } else if open.isEmpty {
          return XMLElement(name: name)
        } else {
          open[open.count - 1].element.children.append(XMLElement(name: name))
        }
      }
      throw malformed(open.last.map { "<\($0.element.name)> is never closed" } ?? "no element")
    }

    private func starts(with text: String) -> Bool { bytes[place...].starts(with: text.utf8) }

    private mutating func skip(_ start: String, to end: String) -> Bool {
      guard starts(with: start) else { return false }
      let mark = Array(end.utf8)
      var here = place + start.utf8.count
      while here + mark.count <= bytes.count, !bytes[here...].starts(with: mark) { here += 1 }
      place = min(here + mark.count, bytes.count)
      return true
    }

    /// From `<` behind `>`; attributes are passed over.
    private mutating func tag() throws(Malformed) -> (name: String, isEmpty: Bool) {
      var here = place + 1
      if here < bytes.count, bytes[here] == UInt8(ascii: "/") { here += 1 }
      let start = here
      while here < bytes.count, bytes[here] > 32, bytes[here] != UInt8(ascii: ">"), bytes[here] != UInt8(ascii: "/") {
        here += 1
      }
      let name = String(decoding: bytes[start..<here], as: UTF8.self)
      var quote: UInt8?
      while here < bytes.count, quote != nil || bytes[here] != UInt8(ascii: ">") {
        if let open = quote {
          if bytes[here] == open { quote = nil }
        } else if bytes[here] == UInt8(ascii: "\"") || bytes[here] == UInt8(ascii: "'") {
          quote = bytes[here]
        }
        here += 1
      }
      guard here < bytes.count, !name.isEmpty else { throw malformed("a tag that does not end") }
      place = here + 1
      return (name.split(separator: ":").last.map(String.init) ?? name, bytes[here - 1] == UInt8(ascii: "/"))
    }

    private func decoded(_ bytes: [UInt8]) throws(Malformed) -> String {
      var text = Substring(String(decoding: bytes, as: UTF8.self))
      while text.first?.isWhitespace == true { text.removeFirst() }
      while text.last?.isWhitespace == true { text.removeLast() }
      guard text.contains("&") else { return String(text) }
      var result = ""
      while let mark = text.firstIndex(of: "&") {
        result += text[..<mark]
        guard let end = text[mark...].firstIndex(of: ";") else { throw malformed("'&' without ';'") }
        switch text[text.index(after: mark)..<end] {
        case "amp": result += "&"
        case "lt": result += "<"
        case "gt": result += ">"
        case "quot": result += "\""
        case "apos": result += "'"
        default: throw malformed("an entity that is not known")
        }
        text = text[text.index(after: end)...]
      }
      return result + text
    }

    private func malformed(_ reason: String) -> Malformed { Malformed(offset: place, reason: reason) }
  }
}
