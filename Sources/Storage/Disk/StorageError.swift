import Glibc

/// Why the store did not do what was asked: what, where, and the cause.
public struct StorageError: Error, Hashable, Sendable {
  public enum Code: Hashable, Sendable {
    /// There is no store in that directory.
    case missing
    /// The directory or a file may not be read or written.
    case permission
    /// Another process holds the store; its number when the system tells.
    case locked(holder: Int32?)
    /// Written by a newer program; nothing was touched.
    case unknownVersion(Int)
    /// `wattlog.store` is damaged, or another store's files stand here.
    case damaged
    /// The disk (or the quota) is full. What was appended is kept in memory as far as its bound allows.
    case noSpace
    /// The process or the machine has no more files to open, or no memory for them. What was appended is kept in memory
    /// as far as its bound allows.
    case exhausted
    /// The file system is read-only.
    case readOnly
    /// Anything else that the system reported.
    case inputOutput(Int32)
    /// The caller's mistake in the data: a time outside 1970 to 9999, another time unit than the store's, a device
    /// beyond the maximum, a row of more than 256 columns.
    case invalid
    /// The bound on rows in memory is reached and the disk does not take them.
    case memoryFull
  }

  public var code: Code
  /// The file or directory concerned.
  public var path: String
  public var offset: Int?
  /// One sentence without a full stop.
  public var cause: String

  public init(_ code: Code, path: String, offset: Int? = nil, cause: String) {
    self.code = code
    self.path = path
    self.offset = offset
    self.cause = cause
  }

  init(_ error: FileSystemError) {
    let isNoFile = error.code == FileSystemError.notRegular || error.code == ELOOP || error.code == EISDIR
    let text = isNoFile ? "no regular file" : String(cString: strerror(error.code))
    let code: Code =
      switch error.code {
      case ENOENT, ENOTDIR: .missing
      case EACCES, EPERM: .permission
      case ENOSPC, EDQUOT, EFBIG: .noSpace
      case EROFS: .readOnly
      case EMFILE, ENFILE, ENOMEM: .exhausted
      case FileSystemError.notRegular, ELOOP, EISDIR: .damaged
      default: .inputOutput(error.code)
      }
    self.init(code, path: error.path, cause: "\(error.call): \(text)")
  }
}

extension StorageError: CustomStringConvertible {
  public var description: String {
    "\(path)\(offset.map { " at byte \($0)" } ?? ""): \(cause)"
  }
}
