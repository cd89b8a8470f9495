/// Every constant of the store's files (Schema/segment-format.md); no other file holds one.
package enum FormatLayout {
  /// Of `wattlog.store`, catalog and journals. A reader refuses any other by name and touches nothing (SF-2).
  package static let version: UInt16 = 1
  /// Of the segments that are written, and of those that are read: version 2 added rollups, version 3 their hours.
  package static let segmentVersion: UInt16 = 3
  package static let segmentVersions: ClosedRange<UInt16> = 1...3

  // Magics read as text in a hex dump; they are written as little-endian integers.
  package static let segmentMagic = magic("WATTLOGS")
  package static let footerMagic = magic("WATTLOGF")
  package static let journalMagic = magic("WATTLOGJ")
  package static let catalogMagic = magic("WATTLOGC")
  package static let blockMagic = UInt32(truncatingIfNeeded: magic("WLBK\0\0\0\0"))
  package static let catalogFrameMagic = UInt32(truncatingIfNeeded: magic("WLCF\0\0\0\0"))

  /// All four files begin with a header of this size; a journal holds it twice.
  package static let headerByteCount = 64
  package static let journalFrameStart = 2 * headerByteCount
  package static let journalFrameHeaderByteCount = 4 + 4 + 4 + 4  // epoch, sequence, length and unsynced, crc
  package static let catalogFrameHeaderByteCount = 4 + 4 + 4 + 4  // magic, length, sequence, crc
  package static let blockHeaderByteCount = 4 + 1 + 1 + 2 + 4 + 4 + 8 + 8 + 4 + 4
  package static let trailerByteCount = 4 + 2 + 2 + 4 + 4 + 8  // body length, version, flags, crc, zero, magic

  // Bounds: what a reader accepts at most, so that no length in a file can make it allocate without end (SF-6).
  package static let maximumJournalByteCount = 64 << 20
  package static let maximumJournalPayload = (1 << 20) - 1
  /// Frames that may stand unsynced in a row before the writer must sync.
  package static let maximumUnsynced = 4_000
  package static let maximumCatalogByteCount = 256 << 20
  package static let maximumCatalogPayload = 4 << 20
  package static let maximumFooterByteCount = 64 << 20
  /// 65,536 rows of 256 columns of 8 bytes are 128 MiB raw; nothing that the writer makes comes near.
  package static let maximumBlockByteCount = 192 << 20
  package static let maximumColumnCount = 256
  package static let maximumTopicByteCount = 1024
  package static let maximumNameByteCount = 64
  package static let maximumTextByteCount = 64
  package static let maximumSegmentCount = 1 << 20

  private static func magic(_ text: StaticString) -> UInt64 {
    text.withUTF8Buffer { bytes in
      bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }
}
