import Foundation

/// A directory of one test's own, removed with all that is in it when the value goes away.
package final class TemporaryDirectory: Sendable {
  package let path: String

  package init() throws {
    let template = NSTemporaryDirectory() + "/wattlog-test-XXXXXX"
    var bytes = Array(template.utf8CString)
    guard mkdtemp(&bytes) != nil else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    path = bytes.withUnsafeBufferPointer {
      String(decoding: UnsafeRawBufferPointer($0).prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
