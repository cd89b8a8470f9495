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
    return try read(descriptor: descriptor, maximumByteCount: maximumByteCount)
  }

  /// The same of what is open already, to its end. By its number: who opened stdin may read files that this user may not.
  static func read(descriptor: Int32, maximumByteCount: Int) throws(Unreadable) -> [UInt8] {
    var bytes: [UInt8] = []
    var room = 1 << 14
    var status = stat()
    // What a file says of its size, and a byte more, so that the next read finds its end; a pipe says nothing.
    if fstat(descriptor, &status) == 0 { room = max(room, min(Int(status.st_size), maximumByteCount) + 1) }
    while true {
      var failure: Int32 = 0
      let chunk = [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
        var count = 0
        repeat { count = Glibc.read(descriptor, buffer.baseAddress, buffer.count) } while count < 0 && errno == EINTR
        if count < 0 { failure = errno }
        filled = max(count, 0)
      }
      guard failure == 0 else { throw Unreadable(isMissing: false, reason: SystemError.text(failure)) }
      if chunk.isEmpty { return bytes }
      if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
      guard bytes.count <= maximumByteCount else {
        throw Unreadable(isMissing: false, reason: "more than \(maximumByteCount) bytes")
      }
      room = 1 << 14
    }
  }

  /// Of a file that the kernel makes, nil for one that cannot be read.
  static func text(_ path: String) -> String? {
    (try? read(path, maximumByteCount: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  static func isReadable(_ path: String) -> Bool { access(path, R_OK) == 0 }

  /// The names in a directory, without those of itself and its parent; nil for what is none or cannot be read.
  static func entries(of path: String) -> [String]? {
    guard let directory = opendir(path) else { return nil }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Two paths of one file.
  static func isSame(_ first: String, _ second: String) -> Bool {
    var (one, other) = (stat(), stat())
    return stat(first, &one) == 0 && stat(second, &other) == 0 && one.st_dev == other.st_dev
      && one.st_ino == other.st_ino
  }

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
