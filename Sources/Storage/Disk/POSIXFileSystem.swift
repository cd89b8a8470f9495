import Glibc

/// The machine's own file system.
public struct POSIXFileSystem: FileSystem {
  public init() {}

  public func openDirectory(_ path: String, create: Bool) throws(FileSystemError) -> any StoreDirectory {
    var descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor < 0, errno == ENOENT, create {
      guard mkdir(path, 0o750) == 0 || errno == EEXIST else {
        throw FileSystemError(call: "mkdir", path: path, code: errno)
      }
      descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      if descriptor >= 0 { synchronizeParent(of: path) }
    }
    guard descriptor >= 0 else { throw FileSystemError(call: "open", path: path, code: errno) }
    return POSIXDirectory(descriptor: descriptor, path: path)
  }

  /// Not every parent may be opened for reading; where it may not, the new name is as durable as that system makes it.
  private func synchronizeParent(of path: String) {
    let descriptor = Glibc.open(path + "/..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    _ = Glibc.close(descriptor)
  }
}

private final class POSIXDirectory: StoreDirectory {
  let descriptor: Int32
  let path: String

  init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { _ = Glibc.close(descriptor) }

  private func error(_ call: String, _ path: String) -> FileSystemError {
    FileSystemError(call: call, path: whole(path), code: errno)
  }

  private func whole(_ path: String) -> String { path.isEmpty ? self.path : self.path + "/" + path }

  private func check(_ result: Int32, _ call: String, _ path: String) throws(FileSystemError) {
    guard result == 0 else { throw error(call, path) }
  }

  /// A folder's descriptor, for the caller to close.
  private func openFolder(_ path: String) throws(FileSystemError) -> Int32 {
    let opened = openat(descriptor, path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard opened >= 0 else { throw error("open", path) }
    return opened
  }

  func lock() throws(FileSystemError) {
    try check(uninterrupted { flock(descriptor, LOCK_EX | LOCK_NB) }, "flock", "")
  }

  func unlock() { _ = flock(descriptor, LOCK_UN) }

  /// Linux lists locks in /proc/locks as `n: FLOCK ADVISORY WRITE pid major:minor:inode start end`.
  func lockHolder() -> Int32? {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    let locks = Glibc.open("/proc/locks", O_RDONLY | O_CLOEXEC)
    guard locks >= 0 else { return nil }
    defer { _ = Glibc.close(locks) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while text.count < 1 << 20 {
      let count = Glibc.read(locks, &buffer, buffer.count)
      guard count > 0 else { break }
      text.append(contentsOf: buffer[..<count])
    }
    for line in text.split(separator: UInt8(ascii: "\n")) {
      let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
      guard words.count >= 6, words[1] == "FLOCK", words[3] == "WRITE", let holder = Int32(words[4]) else { continue }
      if words[5].hasSuffix(":\(status.st_ino)"), holder > 0 { return holder }
    }
    return nil
  }

  func open(_ path: String, _ access: FileAccess) throws(FileSystemError) -> any StoreFile {
    let flags =
      switch access {
      // A FIFO would wait for its other end for ever.
      case .read: O_RDONLY | O_NONBLOCK
      case .update: O_RDWR | O_NONBLOCK
      case .create: O_RDWR | O_CREAT | O_TRUNC | O_NONBLOCK
      case .append: O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK
      }
    let opened = uninterrupted { openat(descriptor, path, flags | O_NOFOLLOW | O_CLOEXEC, 0o640) }
    guard opened >= 0 else {
      // A FIFO or a socket without a reader, opened for writing.
      throw errno == ENXIO
        ? FileSystemError(call: "open", path: whole(path), code: FileSystemError.notRegular) : error("open", path)
    }
    var status = stat()
    guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      _ = Glibc.close(opened)
      throw FileSystemError(call: "open", path: whole(path), code: FileSystemError.notRegular)
    }
    return POSIXFile(descriptor: opened, path: self.path + "/" + path)
  }

  func names(in path: String) throws(FileSystemError) -> [String] {
    let opened = try openFolder(path)
    guard let stream = fdopendir(opened) else {
      let failure = error("opendir", path)
      _ = Glibc.close(opened)
      throw failure
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  func makeDirectory(_ path: String) throws(FileSystemError) {
    try check(mkdirat(descriptor, path, 0o750), "mkdir", path)
  }

  func rename(_ source: String, to target: String) throws(FileSystemError) {
    try check(renameat(descriptor, source, descriptor, target), "rename", source)
  }

  func unlink(_ path: String) throws(FileSystemError) {
    try check(unlinkat(descriptor, path, 0), "unlink", path)
  }

  func synchronizeDirectory(_ path: String) throws(FileSystemError) {
    let opened = try openFolder(path)
    defer { _ = Glibc.close(opened) }
    try check(fsync(opened), "fsync", path)
  }

  func link(_ path: String, to target: String, in directory: any StoreDirectory) throws(FileSystemError) {
    guard let other = directory as? POSIXDirectory else {
      throw FileSystemError(call: "link", path: path, code: EXDEV)
    }
    try check(linkat(descriptor, path, other.descriptor, target, 0), "link", path)
  }
}

private final class POSIXFile: StoreFile {
  let descriptor: Int32
  let path: String

  init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { _ = Glibc.close(descriptor) }

  private func error(_ call: String) -> FileSystemError { FileSystemError(call: call, path: path, code: errno) }

  func byteCount() throws(FileSystemError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw error("fstat") }
    return Int(status.st_size)
  }

  func read(at offset: Int, count: Int) throws(FileSystemError) -> [UInt8] {
    guard count > 0 else { return [] }
    return try [UInt8](unsafeUninitializedCapacity: count) { (buffer, filled) throws(FileSystemError) in
      filled = try read(at: offset, into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count))
    }
  }

  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileSystemError) -> Int {
    guard let start = buffer.baseAddress else { return 0 }
    var filled = 0
    while filled < buffer.count {
      let got = pread(descriptor, start + filled, buffer.count - filled, off_t(offset + filled))
      if got == 0 { break }
      if got < 0 {
        if errno == EINTR { continue }
        throw error("pread")
      }
      filled += got
    }
    return filled
  }

  func write(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(FileSystemError) {
    try write(bytes, "pwrite") { pwrite(descriptor, $0, $1, off_t(offset + $2)) }
  }

  func append(_ bytes: ArraySlice<UInt8>) throws(FileSystemError) {
    try write(bytes, "write") { start, count, _ in Glibc.write(descriptor, start, count) }
  }

  /// Calls `put` with what is left, how much that is and how much went before, until nothing is left.
  private func write(
    _ bytes: ArraySlice<UInt8>, _ call: String, _ put: (UnsafeRawPointer, Int, Int) -> Int
  ) throws(FileSystemError) {
    var failure: FileSystemError?
    bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count, let base = buffer.baseAddress {
        let count = put(base + written, buffer.count - written, written)
        if count < 0 {
          if errno == EINTR { continue }
          failure = error(call)
          return
        }
        written += count
      }
    }
    if let failure { throw failure }
  }

  func synchronize() throws(FileSystemError) {
    guard fdatasync(descriptor) == 0 else { throw error("fdatasync") }
  }

  func lock(_ kind: FileLock) throws(FileSystemError) {
    let operation =
      switch kind {
      case .exclusive: LOCK_EX
      case .shared: LOCK_SH
      case .exclusiveIfFree: LOCK_EX | LOCK_NB
      }
    guard uninterrupted({ flock(descriptor, operation) }) == 0 else { throw error("flock") }
  }
}

/// The result of a system call that no signal has ended early.
private func uninterrupted(_ call: () -> Int32) -> Int32 {
  while true {
    let result = call()
    if result >= 0 || errno != EINTR { return result }
  }
}
