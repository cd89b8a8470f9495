/// The text of `--help`, for the program and for each command, from their declarations.
enum HelpText {
  static func program(width: Int) -> String {
    var text = """
      usage: wattlog COMMAND [OPTION…]

      Records what Tasmota plugs say over MQTT and answers how many kWh, at what cost, and in which spreadsheet.


      """
    let column = (Program.commands.map(\.name.count).max() ?? 0) + 4
    for command in Program.commands {
      text += "  " + command.name.padded(to: column - 2)
      text += wrapped(command.summary, indent: column, width: width) + "\n"
    }
    text += "\nOptions of all commands:\n" + options(Option.common, width: width)
    text += """

      Examples:
        wattlog record --broker mqtt://user@homeassistant.local --password-file /etc/wattlog/password
            store what the plugs say until stopped
        wattlog report day -p yesterday
            what each plug used yesterday

      Every option can be set in the environment: --store is WATTLOG_STORE.
      'wattlog COMMAND --help' says more about each command, 'wattlog man' prints the manual page.

      """
    return text
  }

  static func command(_ command: Command, width: Int) -> String {
    var usage = "usage: wattlog \(command.name)"
    if !command.options.isEmpty { usage += " [OPTION…]" }
    if !command.operands.isEmpty { usage += " " + command.operands }
    var text = usage + "\n\n"
    for paragraph in command.description.split(separator: "\n", omittingEmptySubsequences: false) {
      text += wrapped(String(paragraph), indent: 0, width: width) + "\n"
    }
    if !command.options.isEmpty { text += "\nOptions:\n" + options(command.options, width: width) }
    text += "\nOptions of all commands:\n" + options(Option.common, width: width)
    text += "\nExamples:\n"
    for example in command.examples {
      text += "  \(example.line)\n      " + wrapped(example.purpose, indent: 6, width: width) + "\n"
    }
    return text
  }

  private static func options(_ options: [Option], width: Int) -> String {
    let heads = options.map { option in
      (option.short.map { "-\($0), " } ?? "    ") + "--\(option.name)" + (option.value.map { " \($0)" } ?? "")
    }
    let column = min(28, (heads.map(\.count).max() ?? 0) + 4)
    var text = ""
    for (option, head) in zip(options, heads) {
      let choices = option.choices.isEmpty ? "" : " (" + option.choices.joined(separator: ", ") + ")"
      text += "  " + head
      text += head.count + 4 <= column ? String(repeating: " ", count: column - 2 - head.count) : "\n" + blanks(column)
      text += wrapped(option.summary + choices, indent: column, width: width) + "\n"
    }
    return text
  }

  /// Breaks at blanks so that no line passes `width`; lines after the first are indented.
  static func wrapped(_ text: String, indent: Int, width: Int) -> String {
    let room = max(20, min(width, 100) - indent)
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty && line.count + 1 + word.count > room {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    lines.append(line)
    return lines.joined(separator: "\n" + blanks(indent))
  }

  private static func blanks(_ count: Int) -> String { String(repeating: " ", count: count) }
}

extension String {
  /// The text with blanks behind it up to `count` characters.
  func padded(to count: Int) -> String { self + String(repeating: " ", count: max(0, count - self.count)) }
}
