package import Readings

/// The readings of one device as bytes.
package enum Block {
  /// Most rows that one block holds.
  package static let maximumRowCount = 65_536

  /// Encodes 1 to ``maximumRowCount`` rows.
  ///
  /// - Parameter timeUnit: milliseconds per unit of the store's time resolution (1 or 1000); every time in `rows` is
  ///   a multiple of it.
  package static func encode(_ rows: ReadingColumns, timeUnit: Int64) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(varint: UInt64(rows.rowCount))
    writer.append(varint: UInt64(timeUnit))
    var previous: Int64 = 0
    for time in rows.times {
      writer.append(signedVarint: time.milliseconds / timeUnit - previous)
      previous = time.milliseconds / timeUnit
    }
    writer.append(varint: UInt64(rows.columns.count))
    for column in rows.columns {
      writer.append(text: column.field.key.name)
      writer.append(column.field.channel)
      writer.append(littleEndian: column.field.form.rawValue)
      writer.append(varint: UInt64(column.texts.count))
      for text in column.texts { writer.append(text: text) }
      var previous: Int64 = 0
      for value in column.values {
        writer.append(value == ReadingColumns.absent ? 0 : 1)
        if value != ReadingColumns.absent {
          writer.append(signedVarint: value &- previous)
          previous = value
        }
      }
    }
    return writer.bytes
  }

  /// Decodes exactly one block; anything wrong with it, whatever it is, throws.
  package static func decode(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> ReadingColumns {
    var reader = ByteReader(bytes)
    let rowCount = try reader.readCount(limit: maximumRowCount, bytesEach: 1)
    let timeUnit = Int64(try reader.readCount(limit: 1000))
    var rows = ReadingColumns()
    var previous: Int64 = 0
    for _ in 0..<rowCount {
      previous &+= try reader.readSignedVarint()
      rows.times.append(Timestamp(milliseconds: previous &* timeUnit))
    }
    for _ in 0..<(try reader.readCount(limit: 1024, bytesEach: 5)) {
      let at = reader.offset
      guard let key = FieldKey(name: try reader.readText(limit: 64)) else {
        throw .invalid(offset: at, what: "too many names")
      }
      let channel = try reader.readByte()
      let form = FieldForm(rawValue: try reader.read(UInt16.self))
      guard form.isDefined else { throw .invalid(offset: at, what: "undefined form") }
      var column = ReadingColumns.Column(field: Field(key, channel: channel, form), values: [])
      for _ in 0..<(try reader.readCount(limit: rowCount, bytesEach: 1)) {
        column.texts.append(try reader.readText(limit: 64))
      }
      var previous: Int64 = 0
      for _ in 0..<rowCount {
        if try reader.readByte() == 0 {
          column.values.append(ReadingColumns.absent)
        } else {
          previous &+= try reader.readSignedVarint()
          column.values.append(previous)
        }
      }
      rows.columns.append(column)
    }
    guard reader.isAtEnd else { throw .invalid(offset: reader.offset, what: "bytes after the end") }
    return rows
  }
}
