/// One column of one row group, encoded: a dictionary page where that is smaller, and a data page.
struct ColumnChunk {
  /// Pages with their headers, one behind the other.
  private(set) var bytes: [UInt8] = []
  /// What they would take without compression.
  private(set) var plainByteCount = 0
  private(set) var dictionaryByteCount = 0
  private(set) var encodings: [Int] = []
  private(set) var nullCount = 0
  /// Least and greatest value as PLAIN has them; nil where every row is empty.
  private(set) var range: (least: [UInt8], greatest: [UInt8])?

  private let column: ParquetColumn
  private let rowCount: Int
  private let codec: Zstandard?

  init(_ column: ParquetColumn, _ values: ColumnValues, rowCount: Int, codec: Zstandard?) {
    self.column = column
    self.rowCount = rowCount
    self.codec = codec
    switch values {
    case .empty: writeEmpty()
    case .numbers(let numbers):
      precondition(numbers.count == rowCount && !column.isText, "a column of another length or kind")
      write(numbers)
    case .text(let text):
      precondition(column.isText, "a text in a column of numbers")
      write([text], width: 0) { ValueEncoding.appendRun(0, count: rowCount, width: 0, to: &$0) }
    case .texts(let indices, let texts):
      precondition(indices.count == rowCount && column.isText, "a column of another length or kind")
      write(indices, of: texts)
    }
  }

  /// The bytes, which then are the caller's.
  mutating func takeBytes() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }

  // MARK: Values

  private mutating func writeEmpty() {
    nullCount = rowCount
    var body: [UInt8] = []
    appendLevels(allOf: 0, to: &body)
    appendPage(body, encoding: ValueEncoding.plain)
  }

  private mutating func write(_ numbers: [Int64]) {
    let present = numbers.filter { $0 != ColumnValues.absent }
    nullCount = rowCount - present.count
    guard let least = present.min(), let greatest = present.max() else { return writeEmpty() }
    range = (ColumnChunk.plain(least), ColumnChunk.plain(greatest))
    var levels: [UInt8] = []
    appendLevels(rows: nullCount == 0 ? nil : numbers.map { $0 == ColumnValues.absent ? 0 : 1 }, to: &levels)
    if let distinct = DistinctNumbers(present) {
      var dictionary: [UInt8] = []
      for value in distinct.values { dictionary.appendLittleEndian(value) }
      appendDictionary(dictionary, count: distinct.values.count)
      let width = ColumnChunk.width(ofCount: distinct.values.count)
      var body = levels
      body.append(UInt8(width))
      distinct.indices.withUnsafeBufferPointer { ValueEncoding.appendRuns(of: $0, width: width, to: &body) }
      appendPage(body, encoding: ValueEncoding.dictionary)
      return
    }
    present.withUnsafeBufferPointer { ValueEncoding.appendDifferences(of: $0, to: &levels) }
    appendPage(levels, encoding: ValueEncoding.differences)
  }

  private mutating func write(_ indices: [Int32], of texts: [String]) {
    // Only texts that occur, in the order in which they do.
    var numbers = [Int32](repeating: -1, count: texts.count)
    var present: [String] = []
    var used: [Int32] = []
    for index in indices where index >= 0 {
      if numbers[Int(index)] < 0 {
        numbers[Int(index)] = Int32(present.count)
        present.append(texts[Int(index)])
      }
      used.append(numbers[Int(index)])
    }
    nullCount = rowCount - used.count
    guard !used.isEmpty else { return writeEmpty() }
    let levels: [UInt8]? = nullCount == 0 ? nil : indices.map { $0 < 0 ? 0 : 1 }
    let width = ColumnChunk.width(ofCount: present.count)
    write(present, width: width, levels: levels) { bytes in
      used.withUnsafeBufferPointer { ValueEncoding.appendRuns(of: $0, width: width, to: &bytes) }
    }
  }

  private mutating func write(
    _ texts: [String], width: Int, levels: [UInt8]? = nil, _ appendIndices: (inout [UInt8]) -> Void
  ) {
    let sorted = texts.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
    if let least = sorted.first, let greatest = sorted.last { range = (least, greatest) }
    var dictionary: [UInt8] = []
    for text in texts {
      dictionary.appendLittleEndian(UInt32(text.utf8.count))
      dictionary.append(contentsOf: text.utf8)
    }
    appendDictionary(dictionary, count: texts.count)
    var body: [UInt8] = []
    appendLevels(rows: levels, to: &body)
    body.append(UInt8(width))
    appendIndices(&body)
    appendPage(body, encoding: ValueEncoding.dictionary)
  }

  private static func plain(_ number: Int64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(number)
    return bytes
  }

  /// Bits of an index below a count.
  private static func width(ofCount count: Int) -> Int { Int.bitWidth - max(count - 1, 0).leadingZeroBitCount }

  // MARK: Pages

  /// Definition levels, one bit a row: whether it has a value. nil where all have.
  private func appendLevels(rows levels: [UInt8]?, to body: inout [UInt8]) {
    guard let levels else { return appendLevels(allOf: 1, to: &body) }
    var runs: [UInt8] = []
    levels.withUnsafeBufferPointer { ValueEncoding.appendRuns(of: $0, width: 1, to: &runs) }
    body.appendLittleEndian(UInt32(runs.count))
    body += runs
  }

  private func appendLevels(allOf level: Int, to body: inout [UInt8]) {
    var runs: [UInt8] = []
    ValueEncoding.appendRun(level, count: rowCount, width: 1, to: &runs)
    body.appendLittleEndian(UInt32(runs.count))
    body += runs
  }

  private mutating func appendDictionary(_ body: [UInt8], count: Int) {
    appendPage(body, type: 2) { header in
      header.field(7) {
        $0.field(1, i32: count)
        $0.field(2, i32: ValueEncoding.plain)
      }
    }
    dictionaryByteCount = bytes.count
    encodings.append(ValueEncoding.plain)
  }

  private mutating func appendPage(_ body: [UInt8], encoding: Int) {
    let rowCount = rowCount
    appendPage(body, type: 0) { header in
      header.field(5) {
        $0.field(1, i32: rowCount)
        $0.field(2, i32: encoding)
        $0.field(3, i32: ValueEncoding.runs)
        $0.field(4, i32: ValueEncoding.runs)
      }
    }
    for encoding in [encoding, ValueEncoding.runs] where !encodings.contains(encoding) { encodings.append(encoding) }
  }

  private mutating func appendPage(_ body: [UInt8], type: Int, _ detail: (inout CompactProtocol) -> Void) {
    let packed = codec.map { $0.compressed(body) } ?? body
    var header = CompactProtocol()
    header.structure { page in
      page.field(1, i32: type)
      page.field(2, i32: body.count)
      page.field(3, i32: packed.count)
      detail(&page)
    }
    bytes += header.bytes
    bytes += packed
    plainByteCount += header.bytes.count + body.count
  }
}

/// Numbers of which few are different, as indices into those.
private struct DistinctNumbers {
  private(set) var values: [Int64] = []
  private(set) var indices: [UInt16] = []
  /// Beyond these a dictionary of eight bytes each is no gain over differences.
  private static let limit = 4096
  private static let slotCount = 16_384

  /// nil where there are too many, or too many for how few rows there are.
  init?(_ numbers: [Int64]) {
    indices.reserveCapacity(numbers.count)
    let limit = min(DistinctNumbers.limit, numbers.count / 4 + 1)
    var slots = [UInt16](repeating: .max, count: DistinctNumbers.slotCount)
    for number in numbers {
      // Fibonacci hashing: the upper bits of a product with 2^64 divided by the golden ratio.
      var slot = Int((UInt64(bitPattern: number) &* 0x9E37_79B9_7F4A_7C15) >> 50)
      while slots[slot] != .max, values[Int(slots[slot])] != number { slot = (slot + 1) % DistinctNumbers.slotCount }
      if slots[slot] == .max {
        guard values.count < limit else { return nil }
        slots[slot] = UInt16(values.count)
        values.append(number)
      }
      indices.append(slots[slot])
    }
  }
}
