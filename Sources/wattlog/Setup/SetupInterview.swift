import Text

/// Asks what `setup` needs to know: an option has answered in advance, a person at the terminal is asked, and where
/// nobody can be asked the default that was found holds.
struct SetupInterview {
  let arguments: Arguments
  /// nil without a terminal.
  let dialog: Dialog?
  /// Options without which nothing can be done, as a person writes them.
  private(set) var missing: [String] = []

  init(_ arguments: Arguments) {
    self.arguments = arguments
    dialog = Dialog.isPossible ? Dialog() : nil
  }

  /// - Parameter usual: the default; nil where there is none.
  /// - Returns: nil where the answer is missing; ``finish()`` says so.
  mutating func answer<Answer>(
    _ option: Option, _ question: String, usual: String?, _ accept: (String) throws(Failure) -> Answer
  ) throws(Failure) -> Answer? {
    if let given = arguments.text(option) {
      do throws(Failure) {
        return try accept(given)
      } catch {
        throw Failure(.usage, "\(arguments.origin(option)): \(error.cause)", error.advice)
      }
    }
    if let dialog { return try dialog.ask(question, usual: usual, accept) }
    guard let usual else {
      lack("--\(option.name) \(option.value ?? "")")
      return nil
    }
    return try accept(usual)
  }

  mutating func lack(_ option: String) { missing.append(option) }

  /// - Throws: exit 2 with all that is missing.
  func finish() throws(Failure) {
    guard !missing.isEmpty else { return }
    throw .usage(
      "there is no terminal to ask at, and no default was found for " + missing.joined(separator: " and "),
      "add \(missing.count == 1 ? "this option" : "these options"), or run 'wattlog setup' on a terminal")
  }
}
