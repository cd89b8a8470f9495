/// The first 64 bytes of a segment: whose it is, its place among the others, and the journal range that it replaces.
public struct SegmentHeader: Hashable, Sendable {
  public var store: StoreIdentity
  /// Unique in the store, never used twice (SF-4).
  public var number: UInt64
  /// Where its rows stand in order of arrival among rows of equal time: its number, or the lowest number of the
  /// segments that it was merged from (SF-5).
  public var rank: UInt64
  /// Journal frames up to this sequence number are in the segments; 0 where no journal had a part. A frame at or
  /// below the highest such number of all segments is never read again (SF-20).
  public var coveredSequence: UInt32

  public init(store: StoreIdentity, number: UInt64, rank: UInt64, coveredSequence: UInt32) {
    self.store = store
    self.number = number
    self.rank = rank
    self.coveredSequence = coveredSequence
  }

  public func encode() -> [UInt8] {
    var writer = FileHeader.begin(FormatLayout.segmentMagic, store: store)
    writer.append(littleEndian: number)
    writer.append(littleEndian: rank)
    writer.append(littleEndian: coveredSequence)
    return FileHeader.end(writer)
  }

  public static func decode(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> SegmentHeader {
    var (reader, store, _) = try FileHeader.open(bytes, magic: FormatLayout.segmentMagic)
    let header = SegmentHeader(
      store: store, number: try reader.read(UInt64.self), rank: try reader.read(UInt64.self),
      coveredSequence: try reader.read(UInt32.self))
    guard header.rank >= 1, header.rank <= header.number else { throw .invalid(offset: 40, what: "number or rank") }
    return header
  }
}
