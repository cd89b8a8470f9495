import Glibc
import Text

/// Questions to the person at the terminal, on stderr, and the answers from stdin.
struct Dialog {
  /// Somebody can be asked.
  static var isPossible: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

  /// No answer takes more.
  private static let maximumByteCount = 65_535

  /// Asks until the answer is accepted; what `accept` throws is shown.
  ///
  /// - Parameter usual: what an empty answer means; without it a question is asked until there is an answer.
  func ask<Answer>(
    _ question: String, usual: String?, _ accept: (String) throws(Failure) -> Answer
  ) throws(Failure) -> Answer {
    while true {
      Console.writeToStandardError("\(question)\(usual.map { " [\(SafeText.printable($0))]" } ?? ""): ")
      let line = try readLine()
      guard let answer = line.isEmpty ? usual : line else { continue }
      do throws(Failure) {
        return try accept(answer)
      } catch {
        Console.writeToStandardError("  \(error.message)\n")
      }
    }
  }

  /// Asks for what is not to be seen on the screen; an empty answer is returned as such.
  func askHidden(_ question: String) throws(Failure) -> String {
    var shown = termios()
    guard tcgetattr(STDIN_FILENO, &shown) == 0 else {
      throw Failure(.failed, "the terminal cannot hide a password: \(SystemError.text(errno))", "use --password-file")
    }
    var hidden = shown
    hidden.c_lflag &= ~tcflag_t(ECHO)
    // Before the question: whoever answers at once would be seen, and not heard.
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
    Console.writeToStandardError("\(question): ")
    defer {
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown)
      Console.writeToStandardError("\n")
    }
    return try readLine()
  }

  /// A line without its end and the blanks around it.
  private func readLine() throws(Failure) -> String {
    var bytes: [UInt8] = []
    while bytes.count < Dialog.maximumByteCount {
      var byte: UInt8 = 0
      let count = read(STDIN_FILENO, &byte, 1)
      if count < 0, errno == EINTR, !StopSignal.isReceived { continue }
      if StopSignal.isReceived { throw Failure(StopSignal.exitCode ?? .interrupted, "nothing was changed") }
      guard count > 0 else { throw Failure(.failed, "the answers ended before the questions; nothing was changed") }
      if byte == 10 || byte == 13 { break }
      bytes.append(byte)
    }
    while let last = bytes.last, last == 32 || last == 9 { bytes.removeLast() }
    return String(decoding: bytes.drop { $0 == 32 || $0 == 9 }, as: UTF8.self)
  }
}
