import Glibc

/// The one seam between the store and the disk. POSIX in production; in tests a disk in memory that loses what was
/// not synced, tears it, and fails when told to.
public protocol FileSystem {
  /// Opens the store's directory, making it (0750) first when `create` is set and it is missing.
  func openDirectory(_ path: String, create: Bool) throws(FileSystemError) -> any StoreDirectory
}

/// The store's directory. Every path is relative to it, `/`-separated, never text from the network, and never
/// followed through a symbolic link at its last step.
public protocol StoreDirectory: AnyObject {
  /// Takes the directory's exclusive lock or fails with `EWOULDBLOCK`; the lock goes with the process.
  func lock() throws(FileSystemError)
  func unlock()
  /// The process that holds the lock, as far as the system tells.
  func lockHolder() -> Int32?
  func open(_ path: String, _ access: FileAccess) throws(FileSystemError) -> any StoreFile
  /// Names in a directory (`""` is the store's own), in no order.
  func names(in path: String) throws(FileSystemError) -> [String]
  func makeDirectory(_ path: String) throws(FileSystemError)
  /// Replaces `target` when it exists.
  func rename(_ source: String, to target: String) throws(FileSystemError)
  func unlink(_ path: String) throws(FileSystemError)
  /// Makes names in a directory (`""` is the store's own) survive a power cut.
  func synchronizeDirectory(_ path: String) throws(FileSystemError)
  /// Makes a second name for a sealed file in another directory of the same file system.
  func link(_ path: String, to target: String, in directory: any StoreDirectory) throws(FileSystemError)
}

/// One open file; it closes with the last reference.
public protocol StoreFile: AnyObject {
  func byteCount() throws(FileSystemError) -> Int
  /// Up to `count` bytes; fewer only at the end of the file.
  func read(at offset: Int, count: Int) throws(FileSystemError) -> [UInt8]
  /// Fills a buffer from `offset` on; returns how many bytes there were, fewer only at the end of the file.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileSystemError) -> Int
  /// All of the bytes, or an error.
  func write(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(FileSystemError)
  /// fdatasync: the bytes, and the size where it grew. After an error the file is not to be trusted again: Linux may
  /// have dropped the dirty pages, and a second call would report success (PostgreSQL, 2018).
  func synchronize() throws(FileSystemError)
  /// Adds all of the bytes at the end of a file opened for ``FileAccess/append``, in one call where the system takes
  /// them so.
  func append(_ bytes: ArraySlice<UInt8>) throws(FileSystemError)
  /// Takes the file's own lock, which is another than the directory's; it goes with the file.
  func lock(_ kind: FileLock) throws(FileSystemError)
}

extension StoreFile {
  public func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileSystemError) -> Int {
    let bytes = try read(at: offset, count: buffer.count)
    buffer.copyBytes(from: bytes)
    return bytes.count
  }
}

/// A lock on a file of the store.
public enum FileLock: Sendable {
  /// Waits until nobody else has the file locked.
  case exclusive
  /// Waits until nobody has it exclusively.
  case shared
  /// As `exclusive`, but fails with `EWOULDBLOCK` in place of waiting.
  case exclusiveIfFree
}

/// How a file is opened. What is no regular file (a FIFO, a folder, a symbolic link) is never opened.
public enum FileAccess: Sendable {
  case read
  case update
  /// Makes it, mode 0640; an existing one is emptied.
  case create
  /// Makes it, mode 0640, when it is missing; ``StoreFile/append(_:)`` adds at its end.
  case append
}

/// A failed system call: which, on what, and the C error number.
public struct FileSystemError: Error, Hashable, Sendable {
  public var call: String
  public var path: String
  /// `errno`, or ``notRegular``.
  public var code: Int32
  /// In place of an error number: something else than a file has the name.
  public static let notRegular: Int32 = -1

  /// True where the name stands for nothing that can be a file of a store, whoever asks.
  var isOfName: Bool { code == FileSystemError.notRegular || code == ELOOP || code == EISDIR }
  /// The disk, the quota or the largest size of a file allows no more.
  var isNoSpace: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }

  public init(call: String, path: String, code: Int32) {
    self.call = call
    self.path = path
    self.code = code
  }
}
