import Foundation

/// A directory of one test's own, removed with all that is in it when the value goes away.
public final class TemporaryDirectory: Sendable {
  public let path: String

  public init() throws {
    let template = NSTemporaryDirectory() + "/wattlog-test-XXXXXX"
    var bytes = Array(template.utf8CString)
    guard mkdtemp(&bytes) != nil else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    path = bytes.withUnsafeBufferPointer {
      String(decoding: UnsafeRawBufferPointer($0).prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// Writes a file, with the directories that its name needs. Returns its path.
  public func write(_ text: String, to name: String) throws -> String {
    let file = path + "/" + name
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    return file
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
