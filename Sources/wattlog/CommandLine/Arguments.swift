import Text

/// What a person gave on the command line or in the environment, checked against a command's declarations.
struct Arguments: Sendable {
  private struct Given {
    var text: String
    /// How the person wrote it, for messages: `--from`, `-p`, `WATTLOG_FROM`.
    var origin: String
  }
  private var given: [String: [Given]] = [:]
  var operands: [String] = []

  func isSet(_ option: Option) -> Bool { given[option.name] != nil }

  /// Given on the command line itself, not in the environment.
  func isTyped(_ option: Option) -> Bool { given[option.name]?.last.map { $0.origin != option.variable } ?? false }

  /// The value, the last one where several were given.
  func text(_ option: Option) -> String? { given[option.name]?.last?.text }

  func texts(_ option: Option) -> [String] { given[option.name]?.map(\.text) ?? [] }

  /// What to call the option in a message: as it was given.
  func origin(_ option: Option) -> String { given[option.name]?.last?.origin ?? "--\(option.name)" }

  /// Takes a word that stands among the operands for an option's value.
  mutating func take(operand text: String, as option: Option) {
    let value = Given(text: text, origin: "the word")
    if option.repeats { given[option.name, default: []].append(value) } else { given[option.name] = [value] }
  }

  /// A usage failure that names the option, its value and what is wrong with it.
  func refusal(_ option: Option, _ reason: String) -> Failure {
    .usage("\(origin(option)) '\(SafeText.printable(text(option) ?? ""))' \(reason)")
  }

  /// The value as a whole number of a range.
  func whole(_ option: Option, in range: ClosedRange<Int64>) throws(Failure) -> Int64? {
    guard let text = text(option) else { return nil }
    guard let number = Int64(text), range.contains(number) else {
      throw refusal(option, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// The value as a length of time in milliseconds.
  func span(_ option: Option, in range: ClosedRange<Int64>) throws(Failure) -> Int64? {
    guard let text = text(option) else { return nil }
    guard let length = SpanText.milliseconds(text), range.contains(length) else {
      let low = SpanText.text(milliseconds: range.lowerBound)
      throw refusal(
        option,
        "must be a length of time with its unit, from \(low) to \(SpanText.text(milliseconds: range.upperBound))")
    }
    return length
  }

  /// Splits the words before the command from the rest: common options may stand before it.
  ///
  /// - Returns: the command's name, nil when there is none, and all other words in their order.
  static func commandName(in words: [String]) -> (name: String?, rest: [String]) {
    var index = 0
    while index < words.count {
      let word = words[index]
      guard word.hasPrefix("-"), word != "-", word != "--" else {
        if word == "--" { return (nil, words) }
        return (word, Array(words[..<index]) + Array(words[(index + 1)...]))
      }
      let takesNext =
        !word.contains("=")
        && Option.common.contains { option in
          option.value != nil && (word == "--\(option.name)" || option.short.map { word == "-\($0)" } ?? false)
        }
      index += takesNext ? 2 : 1
    }
    return (nil, words)
  }

  /// Reads the words behind a command's name, then the environment for what they leave unset.
  init(
    _ words: [String], for command: Command, environment: (String) -> String?
  ) throws(Failure) {
    var rest = words[...]
    var onlyOperands = false
    while let word = rest.popFirst() {
      if onlyOperands || word == "-" || !word.hasPrefix("-") {
        operands.append(word)
      } else if word == "--" {
        onlyOperands = true
      } else if word.hasPrefix("--") {
        try readLong(word, rest: &rest, of: command)
      } else {
        try readShort(word, rest: &rest, of: command)
      }
    }
    // Whoever asks for help or the version gets it, whatever else is wrong.
    if isSet(.help) || isSet(.version) { return }
    try readEnvironment(of: command, environment)
    try checkOperands(of: command)
  }

  private mutating func readLong(_ word: String, rest: inout ArraySlice<String>, of command: Command) throws(Failure) {
    let body = word.dropFirst(2)
    let name = String(body.prefix { $0 != "=" })
    let attached = body.firstIndex(of: "=").map { String(body[body.index(after: $0)...]) }
    guard let option = command.allOptions.first(where: { $0.name == name }) else {
      throw Arguments.unknownOption("--\(name)", of: command)
    }
    let origin = "--\(name)"
    if option.value == nil {
      guard attached == nil else { throw .usage("\(origin) takes no value", "leave out '=\(attached ?? "")'") }
      try take("", option, origin)
    } else if let attached {
      try take(attached, option, origin)
    } else {
      try take(try Arguments.next(&rest, option, origin), option, origin)
    }
  }

  private mutating func readShort(_ word: String, rest: inout ArraySlice<String>, of command: Command) throws(Failure) {
    var letters = word.dropFirst()
    while let letter = letters.popFirst() {
      guard let option = command.allOptions.first(where: { $0.short == letter }) else {
        throw Arguments.unknownOption("-\(letter)", of: command)
      }
      let origin = "-\(letter)"
      if option.value == nil {
        try take("", option, origin)
        continue
      }
      if letters.first == "=" { letters.removeFirst() }
      try take(letters.isEmpty ? try Arguments.next(&rest, option, origin) : String(letters), option, origin)
      return
    }
  }

  private static func next(
    _ rest: inout ArraySlice<String>, _ option: Option, _ origin: String
  ) throws(Failure) -> String {
    guard let value = rest.popFirst() else {
      throw .usage("\(origin) needs a value", "write \(origin) \(option.value ?? "VALUE")")
    }
    return value
  }

  private mutating func take(_ text: String, _ option: Option, _ origin: String) throws(Failure) {
    if option.value != nil {
      guard !text.isEmpty else {
        throw .usage("\(origin) has an empty value", "write \(origin) \(option.value ?? "VALUE")")
      }
      if !option.choices.isEmpty, !option.choices.contains(text) {
        throw .usage(
          "\(origin) does not know '\(SafeText.printable(text))'",
          Arguments.suggestion(for: text, among: option.choices)
            ?? "it takes " + option.choices.joined(separator: ", "))
      }
    }
    let value = Given(text: text, origin: origin)
    if option.repeats { given[option.name, default: []].append(value) } else { given[option.name] = [value] }
  }

  private mutating func readEnvironment(of command: Command, _ environment: (String) -> String?) throws(Failure) {
    for option in command.allOptions where option.readsEnvironment && !isSet(option) {
      guard let text = environment(option.variable), !text.isEmpty else { continue }
      if option.value == nil {
        switch text.lowercased() {
        case "1", "true", "yes", "on": try take("", option, option.variable)
        case "0", "false", "no", "off": break
        default: throw .usage("\(option.variable) '\(SafeText.printable(text))' must be 1 or 0")
        }
      } else if option.repeats {
        for part in text.split(separator: ",") { try take(String(part), option, option.variable) }
      } else {
        try take(text, option, option.variable)
      }
    }
  }

  private func checkOperands(of command: Command) throws(Failure) {
    if let first = operands.first, !command.operandChoices.isEmpty, !command.takesOtherOperands,
      !command.operandChoices.contains(first)
    {
      throw .usage(
        "'\(command.name)' does not know '\(SafeText.printable(first))'",
        Arguments.suggestion(for: first, among: command.operandChoices)
          ?? "it takes " + command.operandChoices.joined(separator: ", "))
    }
    if operands.count > command.operandCount.upperBound {
      let extra = operands[command.operandCount.upperBound]
      throw .usage(
        "'\(command.name)' does not expect '\(SafeText.printable(extra))'", "see 'wattlog \(command.name) --help'")
    }
    if operands.count < command.operandCount.lowerBound {
      throw .usage(
        "'\(command.name)' needs \(command.operands)",
        (command.plainExample.map { "such as '\($0)'; " } ?? "") + "see 'wattlog \(command.name) --help'")
    }
  }

  private static func unknownOption(_ word: String, of command: Command) -> Failure {
    let names = command.allOptions.map { "--\($0.name)" }
    return .usage(
      "unknown option '\(SafeText.printable(word))' for '\(command.name)'",
      suggestion(for: word, among: names) ?? "see 'wattlog \(command.name) --help'")
  }

  static func suggestion(for word: String, among words: [String]) -> String? {
    NearestWord.nearest(to: word, in: words).map { "did you mean '\($0)'?" }
  }
}
