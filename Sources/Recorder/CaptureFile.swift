import Glibc
import Readings

/// Appends messages as the lines that `mosquitto_sub -F '%U %r %t %p'` prints.
///
/// A capture is a copy: when it cannot be written, its lines are left out and the recording goes on.
final class CaptureFile {
  let path: String
  private let descriptor: Int32
  /// Whole lines that are not written yet.
  private var waiting: [UInt8] = []
  /// The file ends inside a line.
  private var isTorn = false
  /// The last write failed.
  private var isFailing = false
  /// Why lines were first left out; nobody was told yet.
  private var failure: String?

  init(_ path: String) throws(RecorderFailure) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { throw .capture(path: path, reason: String(cString: strerror(errno))) }
  }

  deinit { Glibc.close(descriptor) }

  /// Takes in a line. Line ends inside a payload become blanks, which JSON does not care about.
  func append(
    topic: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer, retained: Bool, receivedAt: Timestamp
  ) {
    Decimal.append(receivedAt.milliseconds, places: 3, to: &waiting)
    waiting += retained ? " 1 ".utf8 : " 0 ".utf8
    waiting += topic
    waiting.append(UInt8(ascii: " "))
    let start = waiting.count
    waiting += payload
    for index in start..<waiting.count where waiting[index] == 0x0A || waiting[index] == 0x0D {
      waiting[index] = UInt8(ascii: " ")
    }
    waiting.append(UInt8(ascii: "\n"))
    if waiting.count >= 1 << 18 { flush() }
  }

  /// Writes the lines that wait.
  func flush() {
    guard !waiting.isEmpty else { return }
    defer { waiting.removeAll(keepingCapacity: true) }
    if isTorn { waiting.insert(UInt8(ascii: "\n"), at: 0) }
    var done = 0
    while done < waiting.count {
      let written = waiting.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done) }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else {
        if !isFailing { failure = String(cString: strerror(errno)) }
        isFailing = true
        if done > 0 { isTorn = true }
        return
      }
      done += written
    }
    isTorn = false
    isFailing = false
  }

  /// Why lines are left out since some time, told once; nil while they are written.
  func takeFailure() -> String? {
    defer { failure = nil }
    return failure
  }
}
