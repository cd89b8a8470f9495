import Glibc
import Text

/// Directories made with all their parents.
enum Directories {
  static func create(_ path: String) throws(Failure) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
      guard mkdir(made, 0o755) != 0, errno != EEXIST else { continue }
      throw Failure(.failed, "cannot make the directory '\(SafeText.printable(made))': \(SystemError.text(errno))")
    }
  }
}
