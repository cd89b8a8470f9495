import CMosquitto

/// The version of libmosquitto that this process has loaded.
public struct LibraryVersion: Equatable, Sendable, CustomStringConvertible {
  public let major: Int32
  public let minor: Int32
  public let revision: Int32

  /// Those that Wattlog's tests were run with: Debian 12's and Debian 13's.
  public static let tried = [
    LibraryVersion(major: 2, minor: 0, revision: 11), LibraryVersion(major: 2, minor: 0, revision: 21),
  ]

  /// nil where libmosquitto cannot be loaded.
  public static var loaded: LibraryVersion? {
    guard let functions = try? MosquittoLibrary.functions() else { return nil }
    var numbers: (Int32, Int32, Int32) = (0, 0, 0)
    _ = functions.lib_version(&numbers.0, &numbers.1, &numbers.2)
    return LibraryVersion(major: numbers.0, minor: numbers.1, revision: numbers.2)
  }

  public init(major: Int32, minor: Int32, revision: Int32) {
    (self.major, self.minor, self.revision) = (major, minor, revision)
  }

  public var description: String { "\(major).\(minor).\(revision)" }
}
