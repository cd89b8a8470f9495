public import Readings

/// What stands around a block in a segment: what it is, whose, when, and both checksums (SF-10 to SF-14).
///
/// A frame says all that the index says, so that an index can be rebuilt from the blocks.
public struct BlockFrame: Hashable, Sendable {
  public enum Kind: UInt8, Sendable {
    case readings = 1
    case events = 2
    /// Derived from the block of readings before it, whose device, rows and times its frame repeats (SF-10).
    case rollups = 3
  }

  public var kind: Kind
  /// nil for events.
  public var device: Device?
  public var rowCount: Int
  /// First and last time in milliseconds; the rows lie between them, both included.
  public var first: Timestamp
  public var last: Timestamp
  public var bodyByteCount: Int
  public var bodyChecksum: UInt32

  public init(kind: Kind, device: Device?, rowCount: Int, first: Timestamp, last: Timestamp, body: [UInt8]) {
    self.kind = kind
    self.device = device
    self.rowCount = rowCount
    self.first = first
    self.last = last
    bodyByteCount = body.count
    bodyChecksum = CRC32C.checksum(body[...])
  }

  private init(
    kind: Kind, device: Device?, rowCount: Int, first: Timestamp, last: Timestamp, bodyByteCount: Int,
    bodyChecksum: UInt32
  ) {
    self.kind = kind
    self.device = device
    self.rowCount = rowCount
    self.first = first
    self.last = last
    self.bodyByteCount = bodyByteCount
    self.bodyChecksum = bodyChecksum
  }

  /// Header and device, to be followed by the body.
  public func encode() -> [UInt8] {
    var name = ByteWriter()
    if let device { DeviceText.append(device, to: &name) }
    var writer = ByteWriter()
    writer.append(littleEndian: FormatLayout.blockMagic)
    writer.append(kind.rawValue)
    writer.append(0)
    writer.append(littleEndian: UInt16(name.bytes.count))
    writer.append(littleEndian: UInt32(bodyByteCount))
    writer.append(littleEndian: UInt32(rowCount))
    writer.append(littleEndian: first.milliseconds)
    writer.append(littleEndian: last.milliseconds)
    writer.append(littleEndian: bodyChecksum)
    var crc = CRC32C()
    crc.add(writer.bytes[...])
    crc.add(name.bytes[...])
    writer.append(littleEndian: crc.value)
    return writer.bytes + name.bytes
  }

  /// Decodes a frame's header and device at the start of `bytes`, which may go on.
  ///
  /// - Returns: the frame and the bytes before its body.
  public static func decode(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> (frame: BlockFrame, bodyOffset: Int) {
    let size = FormatLayout.blockHeaderByteCount
    guard bytes.count >= size else { throw .truncated(offset: bytes.count) }
    var reader = ByteReader(bytes.prefix(size))
    guard try reader.read(UInt32.self) == FormatLayout.blockMagic else { throw .invalid(offset: 0, what: "no block") }
    let kindValue = try reader.readByte()
    let flags = try reader.readByte()
    let nameByteCount = Int(try reader.read(UInt16.self))
    let bodyByteCount = Int(try reader.read(UInt32.self))
    let rowCount = Int(try reader.read(UInt32.self))
    let first = Timestamp(milliseconds: try reader.read(Int64.self))
    let last = Timestamp(milliseconds: try reader.read(Int64.self))
    let bodyChecksum = try reader.read(UInt32.self)
    let checksum = try reader.read(UInt32.self)
    guard bytes.count >= size + nameByteCount else { throw .truncated(offset: size) }
    let name = bytes.dropFirst(size).prefix(nameByteCount)
    var crc = CRC32C()
    crc.add(bytes.prefix(size - 4))
    crc.add(name)
    guard crc.value == checksum else { throw .checksumMismatch(offset: size - 4) }
    guard let kind = Kind(rawValue: kindValue), flags == 0 else { throw .invalid(offset: 4, what: "kind of block") }
    guard rowCount > 0, rowCount <= Block.maximumRowCount, first <= last,
      bodyByteCount <= FormatLayout.maximumBlockByteCount
    else { throw .invalid(offset: 8, what: "counts or times of a block") }
    var device: Device?
    if kind != .events {
      var nameReader = ByteReader(name)
      device = try DeviceText.read(from: &nameReader)
      guard nameReader.isAtEnd else { throw .invalid(offset: size, what: "bytes after the device") }
    } else if nameByteCount > 0 {
      throw .invalid(offset: 6, what: "a device on a block of events")
    }
    let frame = BlockFrame(
      kind: kind, device: device, rowCount: rowCount, first: first, last: last, bodyByteCount: bodyByteCount,
      bodyChecksum: bodyChecksum)
    return (frame, size + nameByteCount)
  }
}
