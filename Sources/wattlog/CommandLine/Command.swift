/// One command: its words, its options, its help, and what it does.
struct Command: Sendable {
  let name: String
  /// One line for the list of commands.
  let summary: String
  /// What follows the options in the usage line, such as `FILE…`.
  var operands = ""
  /// How many operands it takes.
  var operandCount: ClosedRange<Int> = 0...0
  /// The only words allowed as first operand, where they are few.
  var operandChoices: [String] = []
  /// Whether other words are understood beside ``operandChoices``.
  var takesOtherOperands = false
  /// A paragraph or two.
  let description: String
  var options: [Option] = []
  /// Whether it runs until it is interrupted, resting between messages.
  var restsBetweenMessages = false
  /// Two worked examples: a command line and what it is for.
  let examples: [(line: String, purpose: String)]
  let run: @Sendable (Arguments, Console) throws(Failure) -> ExitCode

  /// A worked example that is this command alone and fits into a sentence.
  var plainExample: String? {
    examples.map(\.line).first { line in
      line.hasPrefix("wattlog \(name) ") && !line.contains("'") && !line.contains(">") && !line.contains("|")
        && line.utf8.count <= 60
    }
  }

  var allOptions: [Option] { options + Option.common }
}
