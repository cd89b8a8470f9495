import Readings
public import Text

/// Prometheus' text format, version 0.0.4: families of samples, each with its help and its type.
///
/// <https://prometheus.io/docs/instrumenting/exposition_formats/>
public struct Exposition: Sendable {
  public enum Kind: String, Sendable { case counter, gauge }

  public struct Label: Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// One sample of a family: its labels, in the order in which they are written, and its value.
  public struct Sample: Sendable {
    public var labels: [Label]
    public var value: Figure

    public init(_ labels: [Label] = [], _ value: Figure) {
      self.labels = labels
      self.value = value
    }
  }

  private struct Family {
    var name: String
    var help: String
    var kind: Kind
    var samples: [Sample]
  }
  private var families: [Family] = []

  public init() {}

  /// Adds a family; one without samples is not written.
  public mutating func add(_ name: String, _ kind: Kind, help: String, _ samples: [Sample]) {
    guard !samples.isEmpty else { return }
    families.append(Family(name: name, help: help, kind: kind, samples: samples))
  }

  public var text: String {
    var text = ""
    for family in families {
      text += "# HELP \(family.name) \(Exposition.escaped(family.help, quote: false))\n"
      text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
      for sample in family.samples { text += "\(Exposition.series(family.name, sample.labels)) \(sample.value.text)\n" }
    }
    return text
  }

  /// Lets no counter fall below what an older text, written by ``text``, says of the same series: a scraper takes a fall
  /// for a restart from zero, and counts the whole of it again.
  public mutating func hold(counters older: String) {
    var known: [Substring: Figure] = [:]
    for line in older.split(separator: "\n") where !line.hasPrefix("#") {
      guard let space = line.lastIndex(of: " "),
        let (mantissa, places) = DecimalText.parse(line[line.index(after: space)...])
      else { continue }
      known[line[..<space]] = Figure(mantissa, places: places)
    }
    for family in families.indices where families[family].kind == .counter {
      for place in families[family].samples.indices {
        let sample = families[family].samples[place]
        let series = Exposition.series(families[family].name, sample.labels)
        if let before = known[series[...]], sample.value.isLess(than: before) {
          families[family].samples[place].value = before
        }
      }
    }
  }

  private static func series(_ name: String, _ labels: [Label]) -> String {
    guard !labels.isEmpty else { return name }
    return name + "{" + labels.map { "\($0.name)=\"\(escaped($0.value, quote: true))\"" }.joined(separator: ",") + "}"
  }

  /// Backslash and line feed everywhere, the quote in labels. What would steer a terminal that shows the file is written
  /// as its code point.
  private static func escaped(_ text: String, quote: Bool) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where quote: escaped += "\\\""
      default:
        if SafeText.isSteering(scalar) {
          escaped += "U+" + String(scalar.value, radix: 16, uppercase: true)
        } else {
          escaped.unicodeScalars.append(scalar)
        }
      }
    }
    return escaped
  }
}
