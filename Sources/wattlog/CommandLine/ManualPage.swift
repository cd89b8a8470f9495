/// wattlog(1), written out of the commands' declarations.
enum ManualPage {
  static var text: String {
    var page = """
      .TH WATTLOG 1 "" "wattlog \(Program.version)" "User Commands"
      .SH NAME
      wattlog \\- record Tasmota energy plugs and report kWh and cost
      .SH SYNOPSIS
      .B wattlog
      .I COMMAND
      [\\fIOPTION\\fR...] [\\fIOPERAND\\fR...]
      .SH DESCRIPTION
      Wattlog records what Tasmota smart plugs say over MQTT in a compact store of its own and answers how many kWh each
      used, what that cost, and exports rows for spreadsheets.
      .SH COMMANDS

      """
    for command in Program.commands {
      page += ".SS \"wattlog \(escaped(command.name))"
      if !command.options.isEmpty { page += " [OPTION...]" }
      if !command.operands.isEmpty { page += " \(escaped(command.operands))" }
      page += "\"\n"
      for line in command.description.split(separator: "\n") {
        page += line.isEmpty ? ".PP\n" : escaped(String(line)) + "\n"
      }
      for option in command.options { page += entry(option) }
      page += ".PP\nExamples:\n"
      for example in command.examples {
        page += ".PP\n.nf\n    \(escaped(example.line))\n.fi\n.RS 8\n\(escaped(example.purpose))\n.RE\n"
      }
    }
    page += ".SH OPTIONS OF ALL COMMANDS\n"
    for option in Option.common { page += entry(option) }
    page += ".SH EXIT STATUS\n"
    for code in ExitCode.allCases { page += ".TP\n.B \(code.rawValue)\n\(escaped(code.meaning))\n" }
    page += """
      .SH ENVIRONMENT
      Every option can be set by a variable: the option's name in capitals with underscores behind WATTLOG_, such as
      WATTLOG_STORE for \\-\\-store. What stands on the command line wins. Values of an option that may be repeated are
      separated by commas; a flag is set by 1.
      .TP
      .B NO_COLOR
      no colour when it is set
      .TP
      .B TZ
      the zone where neither \\-\\-timezone nor the configuration names one
      .TP
      .B TZDIR
      where zone files are (default: /usr/share/zoneinfo)
      .SH FILES
      .TP
      .I $XDG_CONFIG_HOME/wattlog/wattlog.json
      the configuration (~/.config/wattlog/wattlog.json), else
      .I /etc/wattlog/wattlog.json
      .TP
      .I $XDG_DATA_HOME/wattlog
      the store (~/.local/share/wattlog), else the service's in
      .I /var/lib/wattlog
      where there is none and this user may read it

      """
    return page
  }

  private static func entry(_ option: Option) -> String {
    var head = option.short.map { "\\-\($0), " } ?? ""
    head += "\\-\\-" + escaped(option.name)
    if let value = option.value { head += " \\fI\(escaped(value))\\fR" }
    let choices = option.choices.isEmpty ? "" : " (" + option.choices.joined(separator: ", ") + ")"
    return ".TP\n.B \(head)\n\(escaped(option.summary + choices))\n"
  }

  /// Text that troff prints as it stands: no request at a line's start, hyphens as typed.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "…": result += "..."
      default: result.append(character)
      }
    }
    return result.hasPrefix(".") || result.hasPrefix("'") ? "\\&" + result : result
  }
}
