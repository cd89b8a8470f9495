/// How Parquet writes values of one page (Encodings.md): differences in packed bits, and runs of small numbers.
enum ValueEncoding {
  /// `Encoding` of parquet.thrift.
  static let plain = 0
  static let runs = 3
  static let differences = 5
  static let dictionary = 8

  private static let blockCount = 128
  private static let miniblockCount = 32

  /// DELTA_BINARY_PACKED: blocks of 128 differences, four widths a block.
  static func appendDifferences(of values: UnsafeBufferPointer<Int64>, to bytes: inout [UInt8]) {
    bytes.appendVarint(UInt64(blockCount))
    bytes.appendVarint(UInt64(blockCount / miniblockCount))
    bytes.appendVarint(UInt64(values.count))
    bytes.appendVarint(zigzag: values.first ?? 0)
    guard values.count > 1 else { return }
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: blockCount) { differences in
      var start = 1
      while start < values.count {
        let count = min(blockCount, values.count - start)
        var least = Int64.max
        for index in 0..<count {
          let difference = values[start + index] &- values[start + index - 1]
          differences[index] = difference
          least = min(least, difference)
        }
        appendBlock(differences, count: count, least: least, to: &bytes)
        start += count
      }
    }
  }

  private static func appendBlock(
    _ differences: UnsafeMutableBufferPointer<Int64>, count: Int, least: Int64, to bytes: inout [UInt8]
  ) {
    bytes.appendVarint(zigzag: least)
    // What is missing in the last miniblock is as the least; it takes no bits.
    for index in count..<blockCount { differences[index] = least }
    let widthsAt = bytes.count
    for _ in 0..<blockCount / miniblockCount { bytes.append(0) }
    for first in stride(from: 0, to: count, by: miniblockCount) {
      var any: UInt64 = 0
      for index in first..<first + miniblockCount { any |= UInt64(bitPattern: differences[index] &- least) }
      let width = UInt64.bitWidth - any.leadingZeroBitCount
      bytes[widthsAt + first / miniblockCount] = UInt8(width)
      var packing = BitPacking(width: width)
      for index in first..<first + miniblockCount {
        packing.append(UInt64(bitPattern: differences[index] &- least), to: &bytes)
      }
      packing.flush(to: &bytes)
    }
  }

  /// The RLE and bit-packing hybrid: runs of at least eight equal numbers as such, others in groups of eight.
  static func appendRuns<Number: BinaryInteger>(
    of numbers: UnsafeBufferPointer<Number>, width: Int, to bytes: inout [UInt8]
  ) {
    var start = 0
    while start < numbers.count {
      let length = runLength(numbers, from: start)
      if length >= 8 {
        appendRun(numbers[start], count: length, width: width, to: &bytes)
        start += length
        continue
      }
      // Up to the next run, in whole groups but for the end.
      var end = start
      while end < numbers.count {
        let next = runLength(numbers, from: end)
        if next >= 16, (end - start).isMultiple(of: 8) { break }
        // A run that begins within a group gives the group its end.
        end += next >= 16 ? 8 - (end - start) % 8 : min(next, numbers.count - end)
      }
      end = min(end, numbers.count)
      let groups = (end - start + 7) / 8
      bytes.appendVarint(UInt64(groups) << 1 | 1)
      var packing = BitPacking(width: width)
      for index in start..<start + groups * 8 {
        packing.append(index < numbers.count ? UInt64(truncatingIfNeeded: numbers[index]) : 0, to: &bytes)
      }
      packing.flush(to: &bytes)
      start = min(start + groups * 8, numbers.count)
    }
  }

  static func appendRun(_ number: some BinaryInteger, count: Int, width: Int, to bytes: inout [UInt8]) {
    bytes.appendVarint(UInt64(count) << 1)
    var rest = UInt64(truncatingIfNeeded: number)
    for _ in 0..<(width + 7) / 8 {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  private static func runLength<Number: BinaryInteger>(_ numbers: UnsafeBufferPointer<Number>, from start: Int) -> Int {
    var end = start + 1
    while end < numbers.count, numbers[end] == numbers[start] { end += 1 }
    return end - start
  }
}

/// Numbers of some bits each, one behind the other from the lowest bit on.
private struct BitPacking {
  let width: Int
  private var gathered: UInt64 = 0
  private var used = 0

  init(width: Int) { self.width = width }

  @inline(__always)
  mutating func append(_ value: UInt64, to bytes: inout [UInt8]) {
    guard width > 0 else { return }
    gathered |= value << UInt64(used)
    used += width
    guard used >= 64 else { return }
    bytes.appendLittleEndian(gathered)
    used -= 64
    gathered = used > 0 ? value >> UInt64(width - used) : 0
  }

  mutating func flush(to bytes: inout [UInt8]) {
    while used > 0 {
      bytes.append(UInt8(truncatingIfNeeded: gathered))
      gathered >>= 8
      used -= 8
    }
    used = 0
    gathered = 0
  }
}
