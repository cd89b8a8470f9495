import Glibc

/// What a command knows of the terminal and the wishes of the person before it; messages go through here to stderr.
struct Console: Sendable {
  var isQuiet = false
  var isVerbose = false
  /// stdout is a terminal.
  let writesToTerminal: Bool
  /// stderr is a terminal: progress bars may be drawn.
  let reportsToTerminal: Bool
  /// `NO_COLOR` is unset or empty and the terminal is not a dumb one.
  let allowsColour: Bool

  init() {
    writesToTerminal = isatty(STDOUT_FILENO) == 1
    reportsToTerminal = isatty(STDERR_FILENO) == 1
    let refusesColour = Environment.value("NO_COLOR").map { !$0.isEmpty } ?? false
    allowsColour = !refusesColour && Environment.value("TERM") != "dumb"
  }

  /// A message on stderr, `wattlog: …`; left out with `--quiet`.
  func note(_ message: String) {
    if !isQuiet { Console.print(message) }
  }

  /// The same, only with `--verbose`.
  func detail(_ message: String) {
    if isVerbose && !isQuiet { Console.print(message) }
  }

  /// A message that `--quiet` does not silence.
  func error(_ message: String) { Console.print(message) }

  private static func print(_ message: String) {
    writeToStandardError("wattlog: " + message + "\n")
  }

  /// Writes what it can; when stderr is gone there is nobody left to tell.
  static func writeToStandardError(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { return }
      bytes = bytes.dropFirst(written)
    }
  }

  /// The locale's characters are Unicode's: bars can be drawn.
  static var showsUnicode: Bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(Environment.filled).first ?? ""
    let name = locale.lowercased()
    return name.contains("utf-8") || name.contains("utf8")
  }

  /// Columns of the terminal, 80 where nothing is known, never below 40.
  static var width: Int {
    var size = winsize()
    if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return max(40, Int(size.ws_col)) }
    return max(40, Environment.value("COLUMNS").flatMap { Int($0) } ?? 80)
  }
}

/// The process environment.
enum Environment {
  static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// The value where it is set and not empty.
  static func filled(_ name: String) -> String? { value(name).flatMap { $0.isEmpty ? nil : $0 } }
}
