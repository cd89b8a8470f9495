/// Writes a zip archive (APPNOTE.TXT 6.3) piece by piece: entries of the deflate method in blocks that are stored, whose
/// lengths and checksums follow them in data descriptors, as Java's writers make them and every reader takes.
public struct ZipWriter {
  public typealias Sink = (UnsafeRawBufferPointer) throws -> Void

  private struct Entry {
    let name: [UInt8]
    let offset: UInt64
    var checksum: UInt32 = 0
    var compressed: UInt64 = 0
    var length: UInt64 = 0
  }

  private var entries: [Entry] = []
  private var offset: UInt64 = 0
  private var buffer: [UInt8] = []
  private var checksum = CRC32()
  private static let blockLimit = 65_535

  public init() {}

  /// - Parameter name: ASCII, with `/` between folders.
  public mutating func begin(_ name: String, _ sink: Sink) throws {
    let entry = Entry(name: Array(name.utf8), offset: offset)
    entries.append(entry)
    checksum = CRC32()
    try write(ZipWriter.header(of: entry, signature: 0x0403_4B50), sink)
  }

  /// Bytes of the entry that was begun last.
  public mutating func append(_ bytes: [UInt8], _ sink: Sink) throws {
    buffer += bytes
    while buffer.count > ZipWriter.blockLimit { try writeBlock(ZipWriter.blockLimit, isLast: false, sink) }
  }

  public mutating func endEntry(_ sink: Sink) throws {
    try writeBlock(buffer.count, isLast: true, sink)
    let last = entries.count - 1
    entries[last].checksum = checksum.value
    var descriptor: [UInt8] = []
    ZipWriter.append(UInt32(0x0807_4B50), to: &descriptor)
    ZipWriter.append(checksum.value, to: &descriptor)
    ZipWriter.append(UInt32(truncatingIfNeeded: entries[last].compressed), to: &descriptor)
    ZipWriter.append(UInt32(truncatingIfNeeded: entries[last].length), to: &descriptor)
    try write(descriptor, sink)
  }

  /// True while the archive's lengths fit into 32 bits; a larger one is refused by the caller.
  public var fits: Bool { offset < 0xFFFF_0000 && entries.allSatisfy { $0.length < 0xFFFF_0000 } }

  /// Writes the directory.
  public mutating func finish(_ sink: Sink) throws {
    let start = offset
    for entry in entries {
      var bytes = ZipWriter.header(of: entry, signature: 0x0201_4B50)
      bytes += entry.name
      try write(bytes, sink)
    }
    let length = offset - start
    var end: [UInt8] = []
    ZipWriter.append(UInt32(0x0605_4B50), to: &end)
    for value in [0, 0, entries.count, entries.count] { ZipWriter.append(UInt16(truncatingIfNeeded: value), to: &end) }
    ZipWriter.append(UInt32(truncatingIfNeeded: length), to: &end)
    ZipWriter.append(UInt32(truncatingIfNeeded: start), to: &end)
    ZipWriter.append(UInt16(0), to: &end)
    try write(end, sink)
  }

  private mutating func writeBlock(_ count: Int, isLast: Bool, _ sink: Sink) throws {
    // RFC 1951, 3.2.4: one byte that says stored and whether it is the last, the length and its complement.
    var block: [UInt8] = [isLast ? 1 : 0]
    ZipWriter.append(UInt16(count), to: &block)
    ZipWriter.append(~UInt16(count), to: &block)
    let data = buffer[..<count]
    checksum.add(data)
    block += data
    buffer.removeFirst(count)
    let last = entries.count - 1
    entries[last].compressed += UInt64(block.count)
    entries[last].length += UInt64(count)
    try write(block, sink)
  }

  private mutating func write(_ bytes: [UInt8], _ sink: Sink) throws {
    offset += UInt64(bytes.count)
    try bytes.withUnsafeBytes { try sink($0) }
  }

  /// A local header with its name, or the fixed part of a directory entry without it.
  private static func header(of entry: Entry, signature: UInt32) -> [UInt8] {
    let isDirectory = signature == 0x0201_4B50
    var bytes: [UInt8] = []
    append(signature, to: &bytes)
    if isDirectory { append(UInt16(20), to: &bytes) }  // made by version 2.0
    append(UInt16(20), to: &bytes)  // needs version 2.0
    append(UInt16(8), to: &bytes)  // lengths follow the data
    append(UInt16(8), to: &bytes)  // deflate
    append(UInt16(0), to: &bytes)  // no time: the same rows are the same file
    append(UInt16(0x21), to: &bytes)  // 1 January 1980
    append(isDirectory ? entry.checksum : 0, to: &bytes)
    append(UInt32(truncatingIfNeeded: isDirectory ? entry.compressed : 0), to: &bytes)
    append(UInt32(truncatingIfNeeded: isDirectory ? entry.length : 0), to: &bytes)
    append(UInt16(entry.name.count), to: &bytes)
    append(UInt16(0), to: &bytes)
    guard isDirectory else { return bytes + entry.name }
    for value: UInt16 in [0, 0, 0] { append(value, to: &bytes) }
    append(UInt32(0), to: &bytes)
    append(UInt32(truncatingIfNeeded: entry.offset), to: &bytes)
    return bytes
  }

  private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }
}

/// The checksum of zip (ISO 3309, polynomial 0xEDB88320).
struct CRC32 {
  private var state: UInt32 = 0xFFFF_FFFF

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
  }

  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { state = CRC32.table[Int((state ^ UInt32(byte)) & 0xFF)] ^ (state >> 8) }
  }

  var value: UInt32 { ~state }
}
