internal import Readings

/// The head of a block: row count, time unit, and for each column its field, how it is coded and how long it is
/// (SF-C1).
struct BlockDirectory {
  struct Entry {
    var field: Field
    var texts: [String] = []
    var hasAbsent = false
    var method = ColumnMethod.model
    var presence: ArraySlice<UInt8> = []
    var bytes: ArraySlice<UInt8> = []
  }
  let rowCount: Int
  let timeUnit: Int64
  let times: Entry
  let entries: [Entry]

  /// Longest name of a key, and longest text of a verbatim value.
  static let longestText = 8192

  // The second byte of an entry: method, absent rows, channel, form.
  private static let methodMask: UInt8 = 0x07
  private static let absentFlag: UInt8 = 0x08
  private static let channelFlag: UInt8 = 0x10
  private static let formShift: UInt8 = 5
  /// 0 to 5 decimals stand for themselves.
  private static let formSecondsClock: UInt8 = 6
  private static let formOther: UInt8 = 7

  static func write(
    _ rows: ReadingColumns, timeUnit: Int64, pieces: [BlockPiece], sizes: inout BlockSizes
  ) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(varint: UInt64(rows.rowCount))
    writer.append(varint: UInt64(timeUnit))
    writer.append(varint: UInt64(rows.columns.count))
    writer.append(pieces[0].method.rawValue)
    writer.append(varint: UInt64(pieces[0].bytes.count))
    for (column, piece) in zip(rows.columns, pieces.dropFirst()) {
      let field = column.field
      if Int(field.key.rawValue) < FieldKey.knownCount {
        writer.append(UInt8(truncatingIfNeeded: field.key.rawValue + 1))
      } else {
        writer.append(0)
        writer.append(text: field.key.name)
      }
      let form: UInt8 =
        field.form.rawValue <= 5
        ? UInt8(truncatingIfNeeded: field.form.rawValue) : field.form == .clock ? formSecondsClock : formOther
      let hasAbsent = column.values.contains(ReadingColumns.absent)
      writer.append(
        piece.method.rawValue | (hasAbsent ? absentFlag : 0) | (field.channel != 0 ? channelFlag : 0)
          | form << formShift)
      if field.channel != 0 { writer.append(field.channel) }
      if form == formOther { writer.append(littleEndian: field.form.rawValue) }
      if field.form == .verbatim {
        writer.append(varint: UInt64(column.texts.count))
        for text in column.texts { writer.append(text: text) }
      }
      if hasAbsent { writer.append(varint: UInt64(piece.presence.count)) }
      writer.append(varint: UInt64(piece.bytes.count))
    }
    sizes.directory = writer.bytes.count
    sizes.times = pieces[0].bytes.count
    sizes.columns = pieces.dropFirst().map { $0.bytes.count + $0.presence.count }
    for piece in pieces {
      writer.bytes.append(contentsOf: piece.presence)
      writer.bytes.append(contentsOf: piece.bytes)
    }
    return writer.bytes
  }

  init(_ bytes: ArraySlice<UInt8>) throws(FormatError) {
    var reader = ByteReader(bytes)
    rowCount = try reader.readCount(limit: Block.maximumRowCount)
    timeUnit = Int64(try reader.readCount(limit: 1000))
    let columnCount = try reader.readCount(limit: Block.maximumColumnCount, bytesEach: 3)
    guard rowCount > 0, timeUnit > 0, rowCount <= Block.rowLimit(columnCount: columnCount) else {
      throw .invalid(offset: 0, what: "\(rowCount) rows of \(columnCount) columns")
    }
    var times = Entry(field: Field(.time, .decimal(0)))
    times.method = try BlockDirectory.method(try reader.readByte(), at: reader.offset)
    // Lengths may be longer than what is left only by mistake, and are checked when the streams are cut out.
    var lengths: [(presence: Int, values: Int)] = [(0, try reader.readCount(limit: bytes.count))]
    var entries: [Entry] = []
    var seen: Set<Field> = []
    for _ in 0..<columnCount {
      let (entry, presence, values) = try BlockDirectory.entry(&reader, rowCount: rowCount, byteCount: bytes.count)
      guard seen.insert(entry.field).inserted else { throw .invalid(offset: reader.offset, what: "a field twice") }
      lengths.append((presence, values))
      entries.append(entry)
    }
    times.bytes = try reader.readBytes(lengths[0].values)
    for index in entries.indices {
      entries[index].presence = try reader.readBytes(lengths[index + 1].presence)
      entries[index].bytes = try reader.readBytes(lengths[index + 1].values)
    }
    guard reader.isAtEnd else { throw .invalid(offset: reader.offset, what: "bytes after the end") }
    self.times = times
    self.entries = entries
  }

  /// One column's entry, and the bytes of its two streams.
  private static func entry(
    _ reader: inout ByteReader, rowCount: Int, byteCount: Int
  ) throws(FormatError) -> (entry: Entry, presence: Int, values: Int) {
    let at = reader.offset
    let number = try reader.readByte()
    let key: FieldKey
    if number == 0 {
      guard let named = FieldKey(name: try reader.readText(limit: BlockDirectory.longestText)) else {
        throw .invalid(offset: at, what: "more names than a process takes in")
      }
      key = named
    } else {
      guard let known = FieldKey(known: Int(number) - 1) else {
        throw .invalid(offset: at, what: "unknown key number \(number)")
      }
      key = known
    }
    let tag = try reader.readByte()
    let channel = tag & BlockDirectory.channelFlag != 0 ? try reader.readByte() : 0
    let form: FieldForm =
      switch tag >> BlockDirectory.formShift {
      case BlockDirectory.formOther: FieldForm(rawValue: try reader.read(UInt16.self))
      case BlockDirectory.formSecondsClock: .clock
      case let places: .decimal(Int(places))
      }
    guard form.isDefined else { throw .invalid(offset: at, what: "undefined form \(form.rawValue)") }
    var entry = Entry(field: Field(key, channel: channel, form))
    entry.method = try BlockDirectory.method(tag & BlockDirectory.methodMask, at: at)
    entry.hasAbsent = tag & BlockDirectory.absentFlag != 0
    if form == .verbatim {
      let count = try reader.readCount(limit: rowCount, bytesEach: 1)
      for _ in 0..<count { entry.texts.append(try reader.readText(limit: BlockDirectory.longestText)) }
    }
    let presence = entry.hasAbsent ? try reader.readCount(limit: byteCount) : 0
    return (entry, presence, try reader.readCount(limit: byteCount))
  }

  private static func method(_ raw: UInt8, at offset: Int) throws(FormatError) -> ColumnMethod {
    guard let method = ColumnMethod(rawValue: raw) else { throw .invalid(offset: offset, what: "method \(raw)") }
    return method
  }
}
