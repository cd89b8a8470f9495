/// Every constant of the store's files (Schema/segment-format.md); no other file holds one.
public enum FormatLayout {
  /// Of `wattlog.store` and journals. A reader refuses any other by name and touches nothing (SF-2).
  public static let version: UInt16 = 1
  /// Of the catalog that is written; version 4 added spans. Catalogs of version 1 are read too.
  public static let catalogVersion: UInt16 = 4
  /// Of the segments that are written, and of those that are read: version 2 added rollups, version 3 their hours, version 5
  /// those of several counters, of meters and of what is given back, version 6 events as templates and numbers,
  /// version 7 rollups whose runs end at midnight whatever the network does. No segment is of version 4.
  public static let segmentVersion: UInt16 = 7
  public static let segmentVersions: Set<UInt16> = [1, 2, 3, 5, 6, 7]

  // Magics read as text in a hex dump; they are written as little-endian integers.
  public static let segmentMagic = magic("WATTLOGS")
  public static let footerMagic = magic("WATTLOGF")
  public static let journalMagic = magic("WATTLOGJ")
  public static let catalogMagic = magic("WATTLOGC")
  public static let blockMagic = UInt32(truncatingIfNeeded: magic("WLBK\0\0\0\0"))
  /// Of a frame of version 1, without spans.
  public static let catalogFrameMagic = UInt32(truncatingIfNeeded: magic("WLCF\0\0\0\0"))
  /// Of a frame that tells spans.
  public static let catalogSpansMagic = UInt32(truncatingIfNeeded: magic("WLCS\0\0\0\0"))

  /// All four files begin with a header of this size; a journal holds it twice.
  public static let headerByteCount = 64
  public static let journalFrameStart = 2 * headerByteCount
  public static let journalFrameHeaderByteCount = 4 + 4 + 4 + 4  // epoch, sequence, length and unsynced, crc
  public static let catalogFrameHeaderByteCount = 4 + 4 + 4 + 4  // magic, length, sequence, crc
  public static let blockHeaderByteCount = 4 + 1 + 1 + 2 + 4 + 4 + 8 + 8 + 4 + 4
  public static let trailerByteCount = 4 + 2 + 2 + 4 + 4 + 8  // body length, version, flags, crc, zero, magic

  // Bounds: what a reader accepts at most, so that no length in a file can make it allocate without end (SF-6).
  public static let minimumJournalByteCount = 4096
  public static let maximumJournalByteCount = 64 << 20
  public static let maximumJournalPayload = (1 << 20) - 1
  /// Frames that may stand unsynced in a row before the writer must sync.
  public static let maximumUnsynced = 4_000
  public static let maximumCatalogByteCount = 256 << 20
  public static let maximumCatalogPayload = 4 << 20
  /// Devices that all frames of a catalog name.
  public static let maximumCatalogDeviceCount = 1 << 20
  /// Spans of one segment; one with more tells none.
  public static let maximumSpanCount = 2048
  /// Milliseconds from 1970 on, either way: no difference of two such times is of more than 64 bits.
  public static let maximumTime: Int64 = (1 << 62) - 1
  public static let maximumFooterByteCount = 64 << 20
  /// 65,536 rows of 256 columns of 8 bytes are 128 MiB raw; nothing that the writer makes comes near.
  public static let maximumBlockByteCount = 192 << 20
  public static let maximumColumnCount = 256
  public static let maximumTopicByteCount = 1024
  public static let maximumNameByteCount = 64
  public static let maximumTextByteCount = 64
  public static let maximumSegmentCount = 1 << 20

  private static func magic(_ text: StaticString) -> UInt64 {
    text.withUTF8Buffer { bytes in
      bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }
}
