import Text

/// HTML as it grows: what comes from the field is text and nothing else.
struct Markup {
  private(set) var text = ""

  mutating func add(_ text: String) { self.text += text + "\n" }

  mutating func add(_ other: Markup) { text += other.text }

  /// Text from anywhere as text and nothing else.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in SafeText.neutralised(text).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A name from the field, its direction kept to itself.
  static func name(_ text: String) -> String { "<bdi>\(escaped(text))</bdi>" }

  /// `part` of `whole` in percent, with two digits and a point, between 0 and 100.
  static func percent(_ part: Int128, of whole: Int128) -> String {
    guard whole > 0 else { return "0" }
    var figure = Figure.ratio(min(max(part, 0), whole) * 100, whole, places: 2)
    while figure.places > 0, figure.mantissa % 10 == 0 {
      figure = Figure(figure.mantissa / 10, places: figure.places - 1)
    }
    return figure.text
  }
}
