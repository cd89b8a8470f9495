/// Completion scripts, written out of the commands' declarations.
enum CompletionScript {
  /// How the value of an option is completed.
  private enum Value {
    case words([String])
    case file
    case directory
    /// Names of plugs in the store.
    case plugs
    case free

    init(_ option: Option) {
      switch option.value {
      case _ where !option.choices.isEmpty: self = .words(option.choices)
      case _ where !option.suggestions.isEmpty: self = .words(option.suggestions)
      case "FILE": self = .file
      case "DIR": self = .directory
      case "GLOB": self = .plugs
      default: self = .free
      }
    }
  }

  private static var names: [String] { Program.commands.map(\.name) + ["help"] }

  private static func spellings(_ option: Option) -> [String] {
    ["--\(option.name)"] + (option.short.map { ["-\($0)"] } ?? [])
  }

  /// Prints the plugs that the store knows, a line each. Names come from the field: the shells must not expand them.
  private static let plugNames =
    #"wattlog device list --json 2>/dev/null | sed -n 's/^{"device":"\([^"\\]*\)".*/\1/p'"#

  static var bash: String {
    var text = """
      # bash completion for wattlog
      _wattlog_plugs() {
        local name
        while IFS= read -r name; do
          if [[ ${name,,} == "${1,,}"* ]]; then COMPREPLY+=("$name"); fi
        done < <(\(plugNames))
      }
      _wattlog() {
        local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= index
        for ((index = 1; index < COMP_CWORD; index++)); do
          case ${COMP_WORDS[index]} in
            \(names.joined(separator: "|"))) command=${COMP_WORDS[index]}; break ;;
          esac
        done
        COMPREPLY=()
        case $command in

      """
    func completes(_ value: Value) -> String {
      switch value {
      case .words(let words): "COMPREPLY=($(compgen -W '\(words.joined(separator: " "))' -- \"$word\"))"
      case .file: "COMPREPLY=($(compgen -f -- \"$word\"))"
      case .directory: "COMPREPLY=($(compgen -d -- \"$word\"))"
      case .plugs: "_wattlog_plugs \"$word\""
      case .free: "COMPREPLY=()"
      }
    }
    for command in Program.commands {
      text += "    \(command.name))\n      case $before in\n"
      for option in command.allOptions where option.value != nil {
        text += "        \(spellings(option).joined(separator: "|"))) \(completes(Value(option))); return ;;\n"
      }
      let words = operandWords(command) + command.allOptions.map { "--\($0.name)" }
      text += "      esac\n      COMPREPLY=($(compgen -W '\(words.joined(separator: " "))' -- \"$word\"))\n"
      if takesFiles(command) { text += "      COMPREPLY+=($(compgen -f -- \"$word\"))\n" }
      if takesPlugs(command) { text += "      _wattlog_plugs \"$word\"\n" }
      text += "      ;;\n"
    }
    text += """
          help) COMPREPLY=($(compgen -W '\(Program.commands.map(\.name).joined(separator: " "))' -- "$word")) ;;
          *) COMPREPLY=($(compgen -W '\(names.joined(separator: " ")) --help --version' -- "$word")) ;;
        esac
      }
      complete -o filenames -F _wattlog wattlog

      """
    return text
  }

  private static func takesFiles(_ command: Command) -> Bool { command.operands.contains("FILE") }

  private static func takesPlugs(_ command: Command) -> Bool {
    command.operands.split { !$0.isLetter }.contains { $0 == "DEVICE" || $0 == "D" || $0 == "OLD" }
  }

  /// The words that may stand among a command's operands: its own, and periods where it takes them.
  private static func operandWords(_ command: Command) -> [String] {
    command.operandChoices + (command.operands.contains("PERIOD") ? Option.period.suggestions : [])
  }

  static var zsh: String {
    func quoted(_ text: String) -> String {
      var result = ""
      for character in text {
        if character == "'" {
          result += "'\\''"
        } else if "[]:\\".contains(character) {
          result += "\\\(character)"
        } else {
          result.append(character)
        }
      }
      return result
    }
    var text =
      "#compdef wattlog\n_wattlog_plugs() {\n  local -a plugs\n  plugs=(${(f)\"$(\(plugNames))\"})\n  compadd -a plugs\n}\n"
    text += "_wattlog() {\n  local -a commands\n  local command\n  commands=(\n"
    for command in Program.commands { text += "    '\(command.name):\(quoted(command.summary))'\n" }
    text += """
        )
        if (( CURRENT == 2 )); then
          _describe command commands
          return
        fi
        command=$words[2]
        shift words
        (( CURRENT-- ))
        case $command in

      """
    for command in Program.commands {
      text += "    \(command.name))\n      _arguments"
      for option in command.allOptions {
        var action = ""
        if let value = option.value {
          switch Value(option) {
          case .words(let words): action = ":\(value):(\(words.joined(separator: " ")))"
          case .file: action = ":\(value):_files"
          case .directory: action = ":\(value):_files -/"
          case .plugs: action = ":\(value):_wattlog_plugs"
          case .free: action = ":\(quoted(value)):"
          }
        }
        for spelling in spellings(option) {
          text += " \\\n        '\(option.repeats ? "*" : "")\(spelling)[\(quoted(option.summary))]\(action)'"
        }
      }
      if !operandWords(command).isEmpty {
        text += " \\\n        '1:word:(\(operandWords(command).joined(separator: " ")))'"
        if takesPlugs(command) { text += " \\\n        '*:plug:_wattlog_plugs'" }
      } else if takesPlugs(command) {
        text += " \\\n        '*:plug:_wattlog_plugs'"
      } else if takesFiles(command) {
        text += " \\\n        '*:file:_files'"
      }
      text += "\n      ;;\n"
    }
    return text + "  esac\n}\n_wattlog \"$@\"\n"
  }

  static var fish: String {
    func quoted(_ text: String) -> String {
      "'" + text.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "'"
    }
    var text = "# fish completion for wattlog\nfunction __wattlog_plugs\n  \(plugNames)\nend\ncomplete -c wattlog -f\n"
    for command in Program.commands {
      text += "complete -c wattlog -n __fish_use_subcommand -a \(command.name) -d \(quoted(command.summary))\n"
      let condition = "-n '__fish_seen_subcommand_from \(command.name)'"
      for option in command.allOptions {
        var line = "complete -c wattlog \(condition) -l \(option.name)"
        if let short = option.short { line += " -s \(short)" }
        if option.value != nil {
          switch Value(option) {
          case .words(let words): line += " -x -a \(quoted(words.joined(separator: " ")))"
          case .file: line += " -r -F"
          case .directory: line += " -x -a '(__fish_complete_directories)'"
          case .plugs: line += " -x -a '(__wattlog_plugs)'"
          case .free: line += " -x"
          }
        }
        text += line + " -d \(quoted(option.summary))\n"
      }
      if takesPlugs(command) { text += "complete -c wattlog \(condition) -a '(__wattlog_plugs)'\n" }
      if !operandWords(command).isEmpty {
        text += "complete -c wattlog \(condition) -a \(quoted(operandWords(command).joined(separator: " ")))\n"
      } else if takesFiles(command) {
        text += "complete -c wattlog \(condition) -F\n"
      }
    }
    return text
  }
}
