import Foundation
import Readings
import SegmentFormat
import TestSupport
import Testing

@Suite struct BlockSizeTests {
  /// SF-C3: columns that break every model cost at most 2 % and a few bytes over plain bits.
  @Test func randomColumnsCostNoMoreThanPlainBits() throws {
    var series = BlockSeries(seed: 7)
    for bits in [1, 7, 10, 33, 63] as [Int64] {
      let rowCount = 4000
      let times = (0..<rowCount).map { Timestamp(seconds: 1_700_000_000 + Int64($0) * 10) }
      for key in [FieldKey.power, .voltage, .current, .total, .today, .period, .factor, .exportActive] {
        let values = (0..<rowCount).map { _ in series.number(0...(Int64.max >> (63 - bits))) }
        let rows = ReadingColumns(
          times: times,
          columns: [
            .init(field: Field(.power, channel: 1, .decimal(0)), values: Array(repeating: 5, count: rowCount)),
            .init(field: Field(key, .decimal(0)), values: values),
          ])
        let bytes = Block.encode(rows, timeUnit: 1000)
        #expect(bytes.count <= rowCount * Int(bits) / 8 * 102 / 100 + 64, "\(key.name) \(bits) bits")
        let isSame = try Block.decode(bytes[...]) == rows
        #expect(isSame)
      }
    }
  }

  @Test func randomTimesAndAbsencesCostNoMoreThanPlainBits() throws {
    var series = BlockSeries(seed: 8)
    let rowCount = 8000
    let times = (0..<rowCount).map { _ in series.number(0...(1 << 40)) }.sorted()
    let values = (0..<rowCount).map { _ in series.chance(50) ? ReadingColumns.absent : 7 }
    let rows = ReadingColumns(
      times: times.map { Timestamp(milliseconds: $0) },
      columns: [.init(field: Field(.power, .decimal(0)), values: values)])
    let bytes = Block.encode(rows, timeUnit: 1)
    // 40 bits a time, one bit a row for what is absent.
    #expect(bytes.count <= rowCount * 41 / 8 * 102 / 100 + 64)
    let isSame = try Block.decode(bytes[...]) == rows
    #expect(isSame)
  }

  /// SF-C12, SF-C13.
  @Test func rowsAsPredictedCostNothing() throws {
    let rowCount = Block.rowLimit(columnCount: 2)
    let times = (0..<rowCount).map { Timestamp(seconds: 1_700_000_000 + Int64($0) * 10) }
    let rows = ReadingColumns(
      times: times,
      columns: [
        .init(field: Field(.time, .clock), values: times.map { $0.seconds + 3600 }),
        .init(field: Field(.power, .decimal(0)), values: Array(repeating: 0, count: rowCount)),
      ])
    let bytes = Block.encode(rows, timeUnit: 1000)
    #expect(bytes.count < 120)
    let isSame = try Block.decode(bytes[...]) == rows
    #expect(isSame)
  }

  @Test func capturesStayWithinTheirBudget() throws {
    guard let bytes = SharedData.unpacked("autumn.log.zst", byteLimit: 9_000_000) else {
      print("skipped: no capture autumn.log.zst")
      return
    }
    var size = 0
    var messages = 0
    for (_, rows) in CaptureColumns.read(bytes, timeUnit: 1000) {
      size += Block.encode(rows, timeUnit: 1000).count
      messages += rows.rowCount
    }
    #expect(Double(size) / Double(messages) < 0.6)
  }
}
