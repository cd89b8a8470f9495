extension Command {
  static let completion = Command(
    name: "completion", summary: "print a completion script for bash, zsh or fish",
    operands: "bash|zsh|fish", operandCount: 1...1, operandChoices: ["bash", "zsh", "fish"],
    description: "Prints a script that completes commands, options, periods and the store's plugs in the named shell.",
    examples: [
      ("wattlog completion bash > /etc/bash_completion.d/wattlog", "completion in every new bash"),
      ("wattlog completion fish > ~/.config/fish/completions/wattlog.fish", "the same for fish"),
    ]
  ) { arguments, _ throws(Failure) in
    let script =
      switch arguments.operands[0] {
      case "bash": CompletionScript.bash
      case "zsh": CompletionScript.zsh
      default: CompletionScript.fish
      }
    try OutputFile.write(script, to: nil)
    return .done
  }
}
