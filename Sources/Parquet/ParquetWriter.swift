/// Writes a Parquet file (parquet-format 2.10) row group by row group: flat columns that may be empty, with least and
/// greatest value of each column in each group, so that readers skip groups.
public struct ParquetWriter {
  public typealias Sink = (UnsafeRawBufferPointer) throws -> Void

  private struct Group {
    var rowCount: Int
    var columns: [Column]
  }

  private struct Column {
    var chunk: ColumnChunk
    var offset: Int
    var packedByteCount: Int
  }

  private let columns: [ParquetColumn]
  private let sortedBy: [Int]
  private let codec: Zstandard?
  private let creator: String
  private var groups: [Group] = []
  private var offset = 0
  private static let magic = Array("PAR1".utf8)

  /// Rows written so far.
  public private(set) var rowCount = 0

  /// - Parameters:
  ///   - sortedBy: columns by which the rows of each group ascend, the first one first.
  ///   - codec: nil for pages that are not compressed.
  ///   - creator: `wattlog version 0.1.0`: what readers show as the file's writer.
  public init(_ columns: [ParquetColumn], sortedBy: [Int] = [], codec: Zstandard?, creator: String) {
    self.columns = columns
    self.sortedBy = sortedBy
    self.codec = codec
    self.creator = creator
  }

  /// Writes a group of rows: each column's values, in the columns' order.
  public mutating func append(_ values: [ColumnValues], rowCount: Int, _ sink: Sink) throws {
    precondition(values.count == columns.count, "a row group of other columns")
    guard rowCount > 0 else { return }
    if offset == 0 { try write(ParquetWriter.magic, sink) }
    var group = Group(rowCount: rowCount, columns: [])
    for (column, values) in zip(columns, values) {
      var chunk = ColumnChunk(column, values, rowCount: rowCount, codec: codec)
      let bytes = chunk.takeBytes()
      group.columns.append(Column(chunk: chunk, offset: offset, packedByteCount: bytes.count))
      try write(bytes, sink)
    }
    groups.append(group)
    self.rowCount += rowCount
  }

  /// Writes the footer. A file without rows is whole too.
  public mutating func finish(_ sink: Sink) throws {
    if offset == 0 { try write(ParquetWriter.magic, sink) }
    var footer = CompactProtocol()
    footer.structure { file in
      file.field(1, i32: 2)
      file.field(2, structures: [nil] + columns) { element, column in
        guard let column else {
          element.field(4, "rows".utf8)
          element.field(5, i32: columns.count)
          return
        }
        column.writeSchema(&element)
      }
      file.field(3, i64: rowCount)
      file.field(4, structures: groups) { writeGroup($1, &$0) }
      file.field(6, creator.utf8)
      // Least and greatest are meant by each type's own order.
      file.field(7, structures: columns) { order, _ in order.field(1) { _ in } }
    }
    var bytes = footer.bytes
    bytes.appendLittleEndian(UInt32(bytes.count))
    try write(bytes + ParquetWriter.magic, sink)
  }

  private func writeGroup(_ group: Group, _ row: inout CompactProtocol) {
    row.field(1, structures: Array(zip(columns, group.columns))) { element, pair in
      let (column, written) = pair
      element.field(2, i64: written.offset)
      element.field(3) { writeMetadata(of: column, written, group.rowCount, &$0) }
    }
    row.field(2, i64: group.columns.reduce(0) { $0 + $1.chunk.plainByteCount })
    row.field(3, i64: group.rowCount)
    if !sortedBy.isEmpty {
      row.field(4, structures: sortedBy) { element, index in
        element.field(1, i32: index)
        element.field(2, false)
        element.field(3, true)
      }
    }
    row.field(6, i64: group.columns.reduce(0) { $0 + $1.packedByteCount })
  }

  /// `ColumnMetaData` of parquet.thrift.
  private func writeMetadata(
    of column: ParquetColumn, _ written: Column, _ rowCount: Int, _ element: inout CompactProtocol
  ) {
    let chunk = written.chunk
    element.field(1, i32: column.physicalType)
    element.field(2, i32s: chunk.encodings)
    element.field(3, texts: [column.name])
    element.field(4, i32: codec == nil ? 0 : 6)
    element.field(5, i64: rowCount)
    element.field(6, i64: chunk.plainByteCount)
    element.field(7, i64: written.packedByteCount)
    element.field(9, i64: written.offset + chunk.dictionaryByteCount)
    if chunk.dictionaryByteCount > 0 { element.field(11, i64: written.offset) }
    element.field(12) { statistics in
      statistics.field(3, i64: chunk.nullCount)
      guard let range = chunk.range else { return }
      statistics.field(5, range.greatest)
      statistics.field(6, range.least)
    }
  }

  private mutating func write(_ bytes: [UInt8], _ sink: Sink) throws {
    offset += bytes.count
    try bytes.withUnsafeBytes { try sink($0) }
  }
}
