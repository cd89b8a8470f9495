/// The first 64 bytes of a journal, written twice so that one damaged copy loses nothing (SF-21).
public struct JournalHeader: Hashable, Sendable {
  public var store: StoreIdentity
  /// Drawn at random each time a file begins a new life: frames of an earlier life never parse.
  public var epoch: UInt32
  /// Sequence number of its first frame. Sequence numbers rise by one over the store's whole life.
  public var firstSequence: UInt32
  /// Size of the file, allocated before its first use.
  public var byteCount: UInt32

  public init(store: StoreIdentity, epoch: UInt32, firstSequence: UInt32, byteCount: UInt32) {
    self.store = store
    self.epoch = epoch
    self.firstSequence = firstSequence
    self.byteCount = byteCount
  }

  /// Both copies: the bytes before the first frame.
  public func encode() -> [UInt8] {
    var writer = FileHeader.begin(FormatLayout.journalMagic, store: store)
    writer.append(littleEndian: epoch)
    writer.append(littleEndian: firstSequence)
    writer.append(littleEndian: byteCount)
    let header = FileHeader.end(writer)
    return header + header
  }

  /// - Returns: the first sound copy, and whether the other one is damaged.
  public static func decode(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> (JournalHeader, isDamaged: Bool) {
    let size = FormatLayout.headerByteCount
    let second = try? decodeCopy(bytes.dropFirst(size).prefix(size))
    do {
      let first = try decodeCopy(bytes.prefix(size))
      return (first, second != first)
    } catch {
      if let second { return (second, true) }
      throw error
    }
  }

  private static func decodeCopy(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> JournalHeader {
    var (reader, store, _) = try FileHeader.open(bytes, magic: FormatLayout.journalMagic)
    let header = JournalHeader(
      store: store, epoch: try reader.read(UInt32.self), firstSequence: try reader.read(UInt32.self),
      byteCount: try reader.read(UInt32.self))
    guard header.epoch > 0, header.firstSequence > 0,
      (FormatLayout.minimumJournalByteCount...FormatLayout.maximumJournalByteCount).contains(Int(header.byteCount))
    else { throw .invalid(offset: 32, what: "epoch, first sequence number or size") }
    return header
  }
}
