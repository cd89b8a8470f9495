import Glibc
import Text

/// Directories made with all their parents.
enum Directories {
  /// - Parameter mode: of those that are made, less what the process's mask takes away.
  static func create(_ path: String, mode: mode_t = 0o755) throws(Failure) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
      guard mkdir(made, mode) != 0, errno != EEXIST else { continue }
      throw Failure(.failed, "cannot make the directory '\(SafeText.printable(made))': \(SystemError.text(errno))")
    }
  }
}
