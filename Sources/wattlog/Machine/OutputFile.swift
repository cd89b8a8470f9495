import Glibc
import Text

/// Where a command's data go: stdout, or a file that appears under its name only when it is whole.
final class OutputFile {
  private var descriptor: Int32
  private let path: String?
  private let partialPath: String?
  private var buffer: [UInt8] = []
  private static let bufferByteCount = 1 << 16

  /// - Parameter path: nil or `-` for stdout. A regular file is written beside its name and renamed by ``finish()``;
  ///   a pipe or device is written directly.
  /// - Parameter mode: of a file that is made anew, less what the process's mask takes away.
  init(_ path: String?, mode: mode_t = 0o644) throws(Failure) {
    guard let path, path != "-" else {
      descriptor = STDOUT_FILENO
      self.path = nil
      partialPath = nil
      return
    }
    self.path = path
    var status = stat()
    let exists = stat(path, &status) == 0
    if exists && status.st_mode & S_IFMT != S_IFREG {
      partialPath = nil
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
    } else {
      partialPath = path + ".partial"
      // Made anew: where others may write too, a link of that name would lead into another file.
      let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
      descriptor = open(path + ".partial", flags, mode)
      if descriptor < 0, errno == EEXIST, unlink(path + ".partial") == 0 {
        descriptor = open(path + ".partial", flags, mode)
      }
    }
    guard descriptor >= 0 else {
      let code = errno
      throw Failure(
        .failed, "cannot write '\(SafeText.printable(path))': \(SystemError.text(code))",
        code == ENOENT ? "make the directory '\(SafeText.printable(InputFile.directory(of: path)))' first" : nil)
    }
  }

  /// Writes all of it at once.
  ///
  /// - Parameters: as ``init(_:mode:)`` takes them.
  static func write(_ text: String, to path: String?, mode: mode_t = 0o644) throws(Failure) {
    let output = try OutputFile(path, mode: mode)
    try output.write(text)
    try output.finish()
  }

  deinit {
    if let partialPath, descriptor >= 0 {
      close(descriptor)
      unlink(partialPath)
    }
  }

  func write(_ text: String) throws(Failure) { try write(Array(text.utf8)) }

  func write(_ bytes: [UInt8]) throws(Failure) {
    buffer += bytes
    if buffer.count >= OutputFile.bufferByteCount { try flush() }
  }

  /// Writes bytes that were gathered elsewhere, without gathering them again.
  func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    try flush()
    try writeAll(bytes)
  }

  func flush() throws(Failure) {
    let gathered = buffer
    buffer.removeAll(keepingCapacity: true)
    var failed: Failure?
    gathered.withUnsafeBytes { bytes in
      do throws(Failure) { try writeAll(bytes) } catch { failed = error }
    }
    if let failed { throw failed }
  }

  private func writeAll(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    var offset = 0
    while offset < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
      let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if written < 0 {
        if errno == EINTR { continue }
        throw failure(errno)
      }
      offset += written
    }
  }

  /// Writes what is left and gives the file its name.
  func finish() throws(Failure) {
    try flush()
    guard let path else { return }
    let ended = close(descriptor)
    descriptor = -1
    guard ended == 0 else { throw failure(errno) }
    if let partialPath, rename(partialPath, path) != 0 {
      let reason = errno
      unlink(partialPath)
      throw failure(reason)
    }
  }

  private func failure(_ code: Int32) -> Failure {
    if code == EPIPE && path == nil {
      // The reader has seen enough (`| head`): end as programs do there, without a word.
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
    }
    let name = path.map { "'\(SafeText.printable($0))'" } ?? "stdout"
    return Failure(code == ENOSPC ? .diskFull : .failed, "cannot write \(name): \(SystemError.text(code))")
  }
}

/// An errno as a sentence.
enum SystemError {
  static func text(_ code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }
}
