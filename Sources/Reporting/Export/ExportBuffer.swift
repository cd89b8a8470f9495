/// Bytes on their way to a file, handed over when 256 KiB have gathered.
final class ExportBuffer {
  private var start: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  /// Where the next byte goes.
  var end: UnsafeMutablePointer<UInt8>

  private static let usualCapacity = 1 << 18

  init() {
    capacity = ExportBuffer.usualCapacity
    start = .allocate(capacity: capacity)
    end = start
  }

  deinit { start.deallocate() }

  /// Makes room for so many bytes and the cursor's slack.
  @inline(__always)
  func reserve(_ count: Int, _ sink: RawExport.Sink) throws {
    if capacity - (end - start) < count + ByteCursor.slack { try makeRoom(count + ByteCursor.slack, sink) }
  }

  func append(_ bytes: [UInt8], _ sink: RawExport.Sink) throws {
    try reserve(bytes.count, sink)
    var cursor = ByteCursor(end)
    cursor.append(bytes)
    end = cursor.next
  }

  func flush(_ sink: RawExport.Sink) throws {
    let count = end - start
    // What a failing sink did not take is not offered again: the export ends there.
    end = start
    if count > 0 { try sink(UnsafeRawBufferPointer(start: start, count: count)) }
  }

  private func makeRoom(_ count: Int, _ sink: RawExport.Sink) throws {
    try flush(sink)
    guard capacity < count else { return }
    start.deallocate()
    capacity = count
    start = .allocate(capacity: capacity)
    end = start
  }
}
