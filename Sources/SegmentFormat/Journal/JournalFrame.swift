/// One commit in a journal: 16 bytes and a payload (SF-22 to SF-26).
///
/// One checksum covers header and payload: a frame is only ever taken whole, and after a damaged one the next is found
/// by looking for the epoch, so that a second checksum over the header would only cost card wear.
public struct JournalFrame: Sendable {
  public var sequence: UInt32
  /// Frames before this one that were written and, when this one was written, not yet known to be on the disk.
  public var unsynced: Int
  /// Where the payload lies in the journal.
  public var payload: Range<Int>

  public static func encode(epoch: UInt32, sequence: UInt32, unsynced: Int, payload: [UInt8]) -> [UInt8] {
    precondition(payload.count <= FormatLayout.maximumJournalPayload, "a frame's payload above its bound")
    precondition(unsynced <= FormatLayout.maximumUnsynced, "more unsynced frames than a frame can name")
    var writer = ByteWriter()
    writer.append(littleEndian: epoch)
    writer.append(littleEndian: sequence)
    writer.append(littleEndian: UInt32(payload.count) | UInt32(unsynced) << 20)
    var crc = CRC32C()
    crc.add(writer.bytes[...])
    crc.add(payload[...])
    writer.append(littleEndian: crc.value)
    return writer.bytes + payload
  }

  /// The frame at `offset`, or nil where none of this epoch stands whole.
  public static func decode(_ journal: ArraySlice<UInt8>, at offset: Int, epoch: UInt32) -> JournalFrame? {
    let size = FormatLayout.journalFrameHeaderByteCount
    var reader = ByteReader(journal.dropFirst(offset).prefix(size))
    guard let found = try? reader.read(UInt32.self), found == epoch, let sequence = try? reader.read(UInt32.self),
      let word = try? reader.read(UInt32.self), let checksum = try? reader.read(UInt32.self)
    else { return nil }
    let byteCount = Int(word & 0xF_FFFF)
    guard byteCount > 0, byteCount <= journal.count - offset - size, Int(word >> 20) <= FormatLayout.maximumUnsynced
    else { return nil }
    let start = journal.startIndex + offset
    var crc = CRC32C()
    crc.add(journal[start..<start + size - 4])
    crc.add(journal[start + size..<start + size + byteCount])
    guard crc.value == checksum else { return nil }
    return JournalFrame(
      sequence: sequence, unsynced: Int(word >> 20), payload: offset + size..<offset + size + byteCount)
  }
}
