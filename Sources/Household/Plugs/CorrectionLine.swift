import Calendar
import EnergyAccounting
public import Readings

/// A correction as its line of text:
/// `3 2026-11-22T16:40:00Z scale device="A0B765112233" name="fridge" factor=0.98 from=2026-01-01T00:00:00Z`.
extension Correction {
  public var line: String {
    var words = [String(id), Correction.text(enteredAt), verb]
    words += devices.map { "device=" + Correction.quoted($0) }
    if !name.isEmpty { words.append("name=" + Correction.quoted(name)) }
    switch action {
    case .rename(let to): words.append("to=" + Correction.quoted(to))
    case .swap(let new, let newName, let at):
      words += ["new=" + Correction.quoted(new), "new-name=" + Correction.quoted(newName), "at=" + Correction.text(at)]
    case .ignore(let from, let to): words += ["from=" + Correction.text(from), "to=" + Correction.text(to)]
    case .scale(let factor, let from, let to):
      words += ["factor=" + factor.text, "from=" + Correction.text(from)]
      if let to { words.append("to=" + Correction.text(to)) }
    case .removeImport: break
    case .undo(let target): words.append("correction=\(target)")
    case .undoDecision(let event): words.append("event=" + Correction.quoted(event))
    }
    if !why.isEmpty { words.append("why=" + Correction.quoted(why)) }
    return words.joined(separator: " ")
  }

  /// `rename`, `swap`, `ignore`, `scale`, `remove-import` or `undo`.
  public var verb: String {
    switch action {
    case .rename: "rename"
    case .swap: "swap"
    case .ignore: "ignore"
    case .scale: "scale"
    case .removeImport: "remove-import"
    case .undo, .undoDecision: "undo"
    }
  }

  /// nil for a line of any other shape.
  public init?(_ line: String) {
    guard var words = CorrectionWords(line), let id = words.next().flatMap({ Int($0) }), id > 0,
      let enteredAt = words.next().flatMap(Correction.instant), let verb = words.next(),
      let values = words.values()
    else { return nil }
    func instant(_ key: String) -> Timestamp? { values[key]?.first.flatMap(Correction.instant) }
    let devices = values["device"] ?? []
    var action: Action?
    switch verb {
    case "rename": action = values["to"]?.first.map { .rename(to: $0) }
    case "swap":
      if let new = values["new"]?.first, let at = instant("at") {
        action = .swap(new: new, newName: values["new-name"]?.first ?? new, at: at)
      }
    case "ignore":
      if let from = instant("from"), let to = instant("to"), from < to { action = .ignore(from: from, to: to) }
    case "scale":
      if let factor = values["factor"]?.first.flatMap(ScaleFactor.init), let from = instant("from") {
        let to = instant("to")
        guard values["to"] == nil || to != nil, to.map({ $0 > from }) ?? true else { return nil }
        action = .scale(factor: factor, from: from, to: to)
      }
    case "remove-import":
      if devices.allSatisfy({ Device(topic: $0).imported != nil }) { action = .removeImport }
    case "undo":
      if let event = values["event"]?.first {
        action = .undoDecision(event)
      } else if let target = values["correction"]?.first.flatMap({ Int($0) }) {
        action = .undo(target)
      }
    default: break
    }
    guard let action else { return nil }
    switch action {
    case .undo, .undoDecision: break
    default: guard !devices.isEmpty else { return nil }
    }
    self.init(
      id: id, enteredAt: enteredAt, action: action, devices: devices, name: values["name"]?.first ?? "",
      why: values["why"]?.first ?? "")
  }

  /// `2026-01-01T00:00:00Z`, with milliseconds where there are some.
  public static func text(_ instant: Timestamp) -> String {
    let rest = instant.milliseconds.flooringRemainder(1000)
    let fraction = rest == 0 ? "" : "." + String(String(1000 + rest).dropFirst())
    return InstantText.text(instant, in: .utc).dropLast(6) + fraction + "Z"
  }

  private static func instant(_ text: String) -> Timestamp? {
    guard text.hasSuffix("Z") else { return nil }
    return try? InstantText.instant(text, in: .utc, now: Timestamp(milliseconds: 0))
  }

  /// In quotes, with `\` before quotes and backslashes and control characters as blanks.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { result += "\\" }
      result.unicodeScalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
    }
    return result + "\""
  }
}

/// A line taken apart at blanks outside quotes.
private struct CorrectionWords {
  private var words: [(key: String?, value: String)] = []

  /// nil where a quote is not closed.
  init?(_ line: String) {
    var rest = Substring(line)
    while true {
      rest = rest.drop { $0 == " " }
      if rest.isEmpty { return }
      var key: String?
      let head = rest.prefix { $0 != " " && $0 != "\"" }
      if let equals = head.firstIndex(of: "=") {
        key = String(head[..<equals])
        rest = rest[rest.index(after: equals)...]
      }
      guard rest.first == "\"" else {
        let value = rest.prefix { $0 != " " }
        words.append((key, String(value)))
        rest = rest.dropFirst(value.count)
        continue
      }
      rest = rest.dropFirst()
      var value = ""
      while let character = rest.popFirst(), character != "\"" {
        if character == "\\", let next = rest.popFirst() { value.append(next) } else { value.append(character) }
        if rest.isEmpty { return nil }
      }
      words.append((key, value))
    }
  }

  /// The next word without a key.
  mutating func next() -> String? {
    guard let word = words.first, word.key == nil else { return nil }
    words.removeFirst()
    return word.value
  }

  /// What is left, by key; nil where a word has none.
  func values() -> [String: [String]]? {
    var values: [String: [String]] = [:]
    for word in words {
      guard let key = word.key else { return nil }
      values[key, default: []].append(word.value)
    }
    return values
  }
}
