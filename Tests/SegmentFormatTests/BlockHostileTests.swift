import Readings
import SegmentFormat
import TestSupport
import Testing

/// Whatever the bytes, `Block.decode` throws or yields rows: it never traps, and never yields a block that breaks the
/// invariants of ``ReadingColumns`` (SF-C2, SF-C4).
@Suite struct BlockHostileTests {
  @Test func everyTruncationIsHarmless() {
    var series = BlockSeries(seed: 3)
    let bytes = Block.encode(series.plug(rowCount: 300), timeUnit: 1000)
    for count in 0..<bytes.count {
      #expect(throws: FormatError.self) { try Block.decode(bytes[..<count]) }
    }
  }

  @Test func everyBitFlipIsHarmless() {
    var series = BlockSeries(seed: 4)
    for bytes in [
      Block.encode(series.plug(rowCount: 24), timeUnit: 1000),
      Block.encode(series.block(limit: 20, timeUnit: 1), timeUnit: 1),
      Block.encode(series.block(limit: 40, timeUnit: 10), timeUnit: 10),
    ] {
      for bit in 0..<(bytes.count * 8) {
        var damaged = bytes
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        check(damaged)
      }
    }
  }

  @Test func garbageBehindAGoodDirectoryIsHarmless() {
    for seed in 1...300 as ClosedRange<UInt64> {
      var series = BlockSeries(seed: seed)
      let rows = series.block(limit: 200, timeUnit: 1000)
      var bytes = Block.encode(rows, timeUnit: 1000)
      var sizes = BlockSizes()
      _ = Block.encode(rows, timeUnit: 1000, sizes: &sizes)
      for index in sizes.directory..<bytes.count { bytes[index] = UInt8(series.number(0...255)) }
      check(bytes)
    }
  }

  @Test func garbageIsHarmless() {
    var series = BlockSeries(seed: 5)
    for _ in 0..<3000 {
      check((0..<series.number(0...80)).map { _ in UInt8(series.number(0...255)) })
    }
  }

  @Test func hugeBlocksOfFewBytesAreRefused() {
    // 65,536 rows of 1,024 columns would be 512 MiB.
    var writer = ByteWriter()
    writer.append(varint: 65_536)
    writer.append(varint: 1000)
    writer.append(varint: 1024)
    writer.bytes.append(contentsOf: repeatElement(0, count: 8192))
    #expect(throws: FormatError.self) { try Block.decode(writer.bytes[...]) }
  }

  private func check(_ bytes: [UInt8]) {
    guard let rows = try? Block.decode(bytes[...]) else { return }
    #expect(zip(rows.times, rows.times.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(Set(rows.columns.map(\.field)).count == rows.columns.count)
    for column in rows.columns {
      #expect(column.values.count == rows.rowCount)
      guard column.field.form == .verbatim else { continue }
      #expect(column.values.allSatisfy { $0 == ReadingColumns.absent || column.texts.indices.contains(Int($0)) })
    }
  }
}
