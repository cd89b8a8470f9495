/// Counters by name, cumulative since the store was made: what was counted and not stored.
public enum NamedCounts {
  static let maximumCount = 96

  public static func append(_ counts: [(name: String, count: Int64)], to writer: inout ByteWriter) {
    writer.append(varint: UInt64(counts.count))
    for (name, count) in counts {
      writer.append(text: name)
      writer.append(varint: UInt64(max(0, count)))
    }
  }

  public static func read(from reader: inout ByteReader) throws(FormatError) -> [(name: String, count: Int64)] {
    let count = try reader.readCount(limit: maximumCount, bytesEach: 2)
    var counts: [(name: String, count: Int64)] = []
    for _ in 0..<count {
      let name = try reader.readText(limit: FormatLayout.maximumNameByteCount)
      let at = reader.offset
      guard let value = Int64(exactly: try reader.readVarint()) else { throw .invalid(offset: at, what: "count") }
      counts.append((name, value))
    }
    return counts
  }
}
