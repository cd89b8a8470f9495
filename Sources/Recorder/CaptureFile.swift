import Glibc
import Readings

/// Appends messages as the lines that `mosquitto_sub -F '%U %r %t %p'` prints.
final class CaptureFile {
  private let path: String
  private let descriptor: Int32
  private var line: [UInt8] = []

  init(_ path: String) throws(RecorderFailure) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { throw .capture(path: path, reason: String(cString: strerror(errno))) }
  }

  deinit { Glibc.close(descriptor) }

  /// Line ends inside a payload become blanks, which JSON does not care about.
  func append(
    topic: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer, retained: Bool, receivedAt: Timestamp
  ) throws(RecorderFailure) {
    line.removeAll(keepingCapacity: true)
    Decimal.append(receivedAt.milliseconds, places: 3, to: &line)
    line += retained ? " 1 ".utf8 : " 0 ".utf8
    line += topic
    line.append(UInt8(ascii: " "))
    for byte in payload { line.append(byte == 0x0A || byte == 0x0D ? UInt8(ascii: " ") : byte) }
    line.append(UInt8(ascii: "\n"))
    var rest = line[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        throw .capture(path: path, reason: String(cString: strerror(errno)))
      }
      rest = rest.dropFirst(written)
    }
  }
}
