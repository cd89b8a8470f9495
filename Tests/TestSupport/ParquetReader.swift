/// Reads what ParquetWriter writes without compression, from the description of the format alone: Thrift's compact protocol
/// into values, pages into numbers and texts.
package struct ParquetReader {
  package struct Broken: Error {
    package var what: String

    package init(what: String) { self.what = what }
  }

  /// A value of the compact protocol.
  package indirect enum Value: Equatable {
    case flag(Bool)
    case number(Int64)
    case bytes([UInt8])
    case list([Value])
    case structure([Int16: Value])

    package subscript(_ number: Int16) -> Value? {
      if case .structure(let fields) = self { fields[number] } else { nil }
    }
    package var number: Int? { if case .number(let number) = self { Int(number) } else { nil } }
    package var text: String? {
      if case .bytes(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
    }
    package var raw: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
    package var list: [Value] { if case .list(let values) = self { values } else { [] } }
  }

  /// A cell: empty, or one of the two kinds that are written.
  package enum Cell: Equatable {
    case empty
    case number(Int64)
    case text(String)
  }

  package let footer: Value
  private let bytes: [UInt8]

  package init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    guard bytes.count >= 12, bytes.prefix(4).elementsEqual("PAR1".utf8), bytes.suffix(4).elementsEqual("PAR1".utf8)
    else { throw Broken(what: "no PAR1") }
    let length = Int(ParquetReader.little(bytes[(bytes.count - 8)..<(bytes.count - 4)]))
    var cursor = Cursor(bytes: bytes, at: bytes.count - 8 - length)
    footer = try cursor.structure()
    guard cursor.at == bytes.count - 8 else { throw Broken(what: "the footer ends elsewhere") }
  }

  private static func little(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Names in the schema, without its root.
  package var names: [String] { (footer[2]?.list ?? []).dropFirst().compactMap { $0[4]?.text } }
  package var groups: [Value] { footer[4]?.list ?? [] }

  /// The cells of a column in all groups.
  package func column(_ index: Int) throws -> [Cell] {
    var cells: [Cell] = []
    for group in groups {
      guard let chunk = group[1]?.list[index], let metadata = chunk[3], let type = metadata[1]?.number,
        let count = metadata[5]?.number, let dataAt = metadata[9]?.number
      else { throw Broken(what: "no metadata of column \(index)") }
      var dictionary: [Cell] = []
      if let at = metadata[11]?.number {
        var cursor = Cursor(bytes: bytes, at: at)
        let header = try cursor.structure()
        guard header[1] == .number(2), let entryCount = header[7]?[1]?.number else {
          throw Broken(what: "no dictionary page")
        }
        dictionary = try (0..<entryCount).map { _ in try cursor.plain(type) }
        guard cursor.at == dataAt else { throw Broken(what: "the data page begins elsewhere") }
      }
      cells += try ParquetReader.cells(bytes, at: dataAt, count: count, type, dictionary)
    }
    return cells
  }

  private static func cells(
    _ bytes: [UInt8], at: Int, count: Int, _ type: Int, _ dictionary: [Cell]
  ) throws -> [Cell] {
    var cursor = Cursor(bytes: bytes, at: at)
    let header = try cursor.structure()
    guard header[1] == .number(0), let size = header[2]?.number, header[5]?[1]?.number == count,
      let encoding = header[5]?[2]?.number
    else { throw Broken(what: "no data page of \(count) rows") }
    let end = cursor.at + size
    let levelEnd = cursor.at + 4 + Int(little(bytes[cursor.at..<cursor.at + 4]))
    cursor.at += 4
    let levels = try cursor.runs(width: 1, count: count)
    guard cursor.at == levelEnd else { throw Broken(what: "levels end elsewhere") }
    let present = levels.count { $0 == 1 }
    var values: [Cell] = []
    switch encoding {
    case 8:
      let width = Int(try cursor.byte())
      values = try cursor.runs(width: width, count: present).map { index in
        guard index < dictionary.count else { throw Broken(what: "an index behind the dictionary") }
        return dictionary[Int(index)]
      }
    case 5: values = try cursor.differences(count: present).map { .number($0) }
    case 0: guard present == 0 else { throw Broken(what: "plain values") }
    default: throw Broken(what: "encoding \(encoding)")
    }
    guard cursor.at == end else { throw Broken(what: "the page ends \(end - cursor.at) bytes elsewhere") }
    var next = values.makeIterator()
    return levels.map { $0 == 1 ? next.next() ?? .empty : .empty }
  }

  private struct Cursor {
    let bytes: [UInt8]
    var at: Int

    mutating func byte() throws -> UInt8 {
      guard bytes.indices.contains(at) else { throw Broken(what: "the end") }
      defer { at += 1 }
      return bytes[at]
    }

    mutating func varint() throws -> UInt64 {
      var value: UInt64 = 0
      var shift: UInt64 = 0
      while true {
        let next = try byte()
        value |= UInt64(next & 0x7F) << shift
        if next < 0x80 { return value }
        shift += 7
      }
    }

    mutating func zigzag() throws -> Int64 {
      let value = try varint()
      return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func structure() throws -> Value {
      var fields: [Int16: Value] = [:]
      var last: Int16 = 0
      while true {
        let head = try byte()
        if head == 0 { return .structure(fields) }
        last = head >> 4 == 0 ? Int16(try zigzag()) : last + Int16(head >> 4)
        fields[last] = try value(head & 0x0F)
      }
    }

    private mutating func value(_ kind: UInt8) throws -> Value {
      switch kind {
      case 1: return .flag(true)
      case 2: return .flag(false)
      case 3: return .number(Int64(Int8(bitPattern: try byte())))
      case 4, 5, 6: return .number(try zigzag())
      case 8:
        let count = Int(try varint())
        defer { at += count }
        return .bytes(Array(bytes[at..<at + count]))
      case 9:
        let head = try byte()
        let count = head >> 4 == 15 ? Int(try varint()) : Int(head >> 4)
        return .list(try (0..<count).map { _ in try value(head & 0x0F) })
      case 12: return try structure()
      default: throw Broken(what: "a value of kind \(kind)")
      }
    }

    mutating func plain(_ type: Int) throws -> Cell {
      if type == 2 {
        defer { at += 8 }
        return .number(Int64(bitPattern: ParquetReader.little(bytes[at..<at + 8])))
      }
      let count = Int(ParquetReader.little(bytes[at..<at + 4]))
      defer { at += 4 + count }
      return .text(String(decoding: bytes[(at + 4)..<(at + 4 + count)], as: UTF8.self))
    }

    /// Numbers of some bits each, from the lowest bit on.
    private mutating func packed(width: Int, count: Int) throws -> [UInt64] {
      let first = at
      at += width * count / 8
      return (0..<count).map { index in
        (0..<width).reduce(0) { value, bit in
          let place = index * width + bit
          return value | UInt64(bytes[first + place / 8] >> UInt8(place % 8) & 1) << UInt64(bit)
        }
      }
    }

    mutating func runs(width: Int, count: Int) throws -> [UInt64] {
      var values: [UInt64] = []
      while values.count < count {
        let head = try varint()
        if head & 1 == 1 {
          values += try packed(width: width, count: Int(head >> 1) * 8)
        } else {
          let byteCount = (width + 7) / 8
          let value = ParquetReader.little(bytes[at..<at + byteCount])
          at += byteCount
          values += repeatElement(value, count: Int(head >> 1))
        }
      }
      return Array(values.prefix(count))
    }

    mutating func differences(count: Int) throws -> [Int64] {
      let (blockCount, miniblocks, total) = (Int(try varint()), Int(try varint()), Int(try varint()))
      var values = [try zigzag()]
      while values.count < total {
        let least = try zigzag()
        let widths = try (0..<miniblocks).map { _ in Int(try byte()) }
        for width in widths where values.count < total {
          for difference in try packed(width: width, count: blockCount / miniblocks) where values.count < total {
            values.append(values[values.count - 1] &+ least &+ Int64(bitPattern: difference))
          }
        }
      }
      guard total == count else { throw Broken(what: "\(total) values for \(count) rows") }
      return values
    }
  }
}
