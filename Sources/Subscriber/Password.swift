import Glibc

/// Where the broker's password is kept. It is never an argument, an environment variable or part of an address.
public enum PasswordSource: Hashable, Sendable {
  /// A file whose first line is the password; only its owner may have access to it.
  case file(String)
  /// A systemd credential: the file of that name in `$CREDENTIALS_DIRECTORY`, which systemd keeps private.
  case credential(String)
  /// An environment variable that names a file (as ``file(_:)``).
  case environment(String)

  /// The file given, else the file that the variable names, else the systemd credential, else none.
  public static func standard(
    file: String?, variable: String = "WATTLOG_PASSWORD_FILE", credential: String = "password"
  ) -> PasswordSource? {
    if let file { return .file(file) }
    if let path = getenv(variable), path[0] != 0 { return .environment(variable) }
    if let directory = getenv("CREDENTIALS_DIRECTORY") {
      let path = String(cString: directory) + "/" + credential
      if access(path, F_OK) == 0 { return .credential(credential) }
    }
    return nil
  }
}

/// Why a password could not be had.
public enum PasswordError: Error, Hashable, Sendable {
  case unreadable(path: String, reason: String)
  /// Others than the owner have access.
  case exposed(path: String)
  case empty(path: String)
  /// Longer than MQTT allows (65,535 bytes), or with a NUL.
  case malformed(path: String)
  case missingVariable(String)

  public var sentence: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read the password file \(path): \(reason)"
    case .exposed(let path): "others can read the password file \(path); run: chmod 600 \(path)"
    case .empty(let path): "the password file \(path) is empty"
    case .malformed(let path): "the password in \(path) is longer than 65,535 bytes or holds a NUL byte"
    case .missingVariable(let name): "the environment variable \(name) is not set"
    }
  }
}

/// A password in memory. It does not print itself, and its bytes are overwritten when it goes away.
struct Password: ~Copyable {
  private let bytes: UnsafeMutablePointer<CChar>

  deinit {
    explicit_bzero(bytes, Password.capacity)
    bytes.deallocate()
  }

  /// Passes the password as a C string.
  func withCString<R>(_ body: (UnsafePointer<CChar>) -> R) -> R { body(bytes) }

  /// What MQTT allows.
  static let maximumByteCount = 65_535
  private static let capacity = maximumByteCount + 2

  /// Reads the first line of what the source names.
  static func read(from source: PasswordSource) throws(PasswordError) -> Password {
    switch source {
    case .file(let path): return try read(path: path, forbiddenMode: 0o077)
    case .credential(let name):
      guard let directory = getenv("CREDENTIALS_DIRECTORY") else {
        throw .missingVariable("CREDENTIALS_DIRECTORY")
      }
      // systemd's access list for the service's user shows as group bits.
      return try read(path: String(cString: directory) + "/" + name, forbiddenMode: 0o007)
    case .environment(let variable):
      guard let path = getenv(variable), path[0] != 0 else { throw .missingVariable(variable) }
      return try read(path: String(cString: path), forbiddenMode: 0o077)
    }
  }

  private static func read(path: String, forbiddenMode: mode_t) throws(PasswordError) -> Password {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard file >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
    defer { close(file) }
    var attributes = stat()
    guard fstat(file, &attributes) == 0 else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    guard attributes.st_mode & S_IFMT == S_IFREG else { throw .unreadable(path: path, reason: "not a regular file") }
    guard attributes.st_mode & forbiddenMode == 0 else { throw .exposed(path: path) }

    let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
    buffer.initialize(repeating: 0, count: capacity)
    let password = Password(bytes: buffer)
    var count = 0
    while count < capacity - 1 {
      let result = Glibc.read(file, buffer + count, capacity - 1 - count)
      if result < 0 && errno == EINTR { continue }
      guard result >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
      if result == 0 { break }
      count += result
    }
    var end = (0..<count).first { buffer[$0] == 10 } ?? count
    guard end <= maximumByteCount else { throw .malformed(path: path) }
    if end > 0 && buffer[end - 1] == 13 { end -= 1 }
    guard end > 0 else { throw .empty(path: path) }
    guard !(0..<end).contains(where: { buffer[$0] == 0 }) else { throw .malformed(path: path) }
    buffer[end] = 0
    return password
  }
}
