import Glibc
import Text

/// The files of a directory and of those below it.
enum FileTree {
  /// Paths below `directory`, sorted. What is neither a file nor a directory is left out.
  static func files(below directory: String) throws(Failure) -> [String] {
    var found: [String] = []
    for name in try names(in: directory) {
      switch kind(of: directory + "/" + name) {
      case S_IFDIR: found += try files(below: directory + "/" + name).map { name + "/" + $0 }
      case S_IFREG: found.append(name)
      default: break
      }
    }
    return found.sorted()
  }

  /// Calls `body` with a file's bytes, piece by piece.
  static func forEachPiece(of path: String, _ body: ([UInt8]) throws -> Void) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw unreadable(path) }
    defer { close(descriptor) }
    while true {
      var count = 0
      let piece = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, filled in
        repeat { count = read(descriptor, buffer.baseAddress, buffer.count) } while count < 0 && errno == EINTR
        filled = max(count, 0)
      }
      guard count >= 0 else { throw unreadable(path) }
      if piece.isEmpty { return }
      try body(piece)
    }
  }

  /// Removes a directory with all that is in it, as far as that goes.
  static func remove(_ directory: String) {
    for name in (try? names(in: directory)) ?? [] {
      let path = directory + "/" + name
      if kind(of: path) == S_IFDIR { remove(path) } else { unlink(path) }
    }
    rmdir(directory)
  }

  /// The names in a directory but for itself and the one above.
  static func names(in directory: String) throws(Failure) -> [String] {
    guard let names = InputFile.entries(of: directory) else {
      throw Failure(.failed, "cannot read the directory '\(SafeText.printable(directory))': \(SystemError.text(errno))")
    }
    return names
  }

  private static func kind(of path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : 0
  }

  private static func unreadable(_ path: String) -> Failure {
    Failure(.failed, "cannot read '\(SafeText.printable(path))': \(SystemError.text(errno))")
  }
}
