/// A block of readings that stands before a block of events in the same segment, and helps to tell its MARGINS.
public struct ReadingPlace: Hashable, Sendable {
  /// From the file's first byte.
  public var offset: Int
  /// Of the whole block, its frame included.
  public var byteCount: Int
  /// Of the block's body: no other readings count (SF-43).
  public var checksum: UInt32

  public init(offset: Int, byteCount: Int, checksum: UInt32) {
    self.offset = offset
    self.byteCount = byteCount
    self.checksum = checksum
  }
}
