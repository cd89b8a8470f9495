package import Readings

/// One message of a capture.
///
/// Topic and payload point into the line or into the parser: they are valid until either goes or the next line is parsed.
package struct CaptureLine {
  package var receivedAt: Timestamp
  package var retained: Bool
  package var topic: UnsafeRawBufferPointer
  package var payload: UnsafeRawBufferPointer
}

/// What is wrong with a line of a capture: the text says it, the offset says where (bytes from the line's start).
package struct CaptureLineError: Error, Equatable, CustomStringConvertible {
  package var offset: Int
  package var what: String
  package var description: String { "\(what) at byte \(offset)" }
}

/// Reads what `mosquitto_sub` prints with `-F '%U %r %t %p'`, `-F %j` or `-F %J`, told apart by the first byte.
package struct CaptureLineParser {
  package init() {}

  /// - Parameter line: one line without its line feed.
  package mutating func parse(_ line: UnsafeRawBufferPointer) throws(CaptureLineError) -> CaptureLine {
    throw CaptureLineError(offset: 0, what: "no line")
  }
}
