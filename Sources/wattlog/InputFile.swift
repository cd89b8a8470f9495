import Glibc

/// Whole small files: configurations, tariffs, price lists, zones.
enum InputFile {
  /// Why a file could not be read.
  struct Unreadable: Error {
    var isMissing: Bool
    var reason: String
  }

  /// - Parameter maximumByteCount: a longer file is refused, so that no mistaken path fills the memory.
  static func read(_ path: String, maximumByteCount: Int) throws(Unreadable) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let code = errno
      throw Unreadable(isMissing: code == ENOENT || code == ENOTDIR, reason: SystemError.text(code))
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var status = stat()
    // What a file says of its size; a pipe says nothing.
    if fstat(descriptor, &status) == 0 { bytes.reserveCapacity(min(Int(status.st_size), maximumByteCount)) }
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw Unreadable(isMissing: false, reason: SystemError.text(errno)) }
      if count == 0 { return bytes }
      chunk.withUnsafeBytes { bytes.append(contentsOf: $0[..<count]) }
      guard bytes.count <= maximumByteCount else {
        throw Unreadable(isMissing: false, reason: "more than \(maximumByteCount) bytes")
      }
    }
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The part of a path before its last `/`, `.` where there is none.
  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// `path` as seen from `directory`.
  static func path(_ path: String, relativeTo directory: String) -> String {
    path.hasPrefix("/") ? path : directory + "/" + path
  }

  /// `path` as seen from the root.
  static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let here = getcwd(nil, 0) else { return path }
    defer { free(here) }
    return String(cString: here) + "/" + path
  }
}
