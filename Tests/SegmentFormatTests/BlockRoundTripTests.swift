import Foundation
import Readings
import SegmentFormat
import Tasmota
import TestSupport
import Testing

@Suite struct BlockRoundTripTests {
  @Test func extremeValuesComeBack() throws {
    let rows = ReadingColumns(
      times: [Timestamp(seconds: 1_700_000_000), Timestamp(seconds: 1_700_000_010), Timestamp(seconds: 1_700_000_010)],
      columns: [
        .init(field: Field(.total, .decimal(3)), values: [31_250, 31_251, 31_252]),
        .init(field: Field(.period, .decimal(0)), values: [1, ReadingColumns.absent, 2]),
        .init(field: Field(.power, .decimal(0)), values: [-5, Int64.max, Int64.min + 1]),
        .init(field: Field(.voltage, .decimal(0)), values: [Int64.max, Int64.max - 1, 1 << 62]),
        .init(field: Field(.current, .decimal(3)), values: [Int64.max, Int64.min + 1, 0]),
        .init(field: Field(.apparentPower, .decimal(0)), values: [Int64.min + 1, 7, Int64.max]),
        .init(field: Field(.current, .verbatim), values: [0, 1, 0], texts: ["-0", "1e5"]),
        .init(field: Field(.time, .clock), values: [1_700_003_600, 0, Int64.max]),
        .init(field: Field(.epoch, .decimal(0)), values: Array(repeating: ReadingColumns.absent, count: 3)),
      ])
    #expect(try Block.decode(Block.encode(rows, timeUnit: 1000)[...]) == rows)
    #expect(try Block.decode(Block.encode(rows, timeUnit: 1)[...]) == rows)
  }

  @Test func rowsWithoutColumnsComeBack() throws {
    let rows = ReadingColumns(times: [Timestamp(milliseconds: 0), Timestamp(milliseconds: 253_402_300_799_999)])
    #expect(try Block.decode(Block.encode(rows, timeUnit: 1)[...]) == rows)
  }

  /// SF-C1: in the order of the directory.
  @Test(arguments: [1, 10, 1000] as [Int64])
  func everyLayoutComesBack(timeUnit: Int64) throws {
    for seed in 1...150 as ClosedRange<UInt64> {
      var series = BlockSeries(seed: seed)
      let rows = series.block(limit: seed % 10 == 0 ? 3000 : 60, timeUnit: timeUnit)
      let bytes = Block.encode(rows, timeUnit: timeUnit)
      let isSame = try Block.decode(bytes[...]) == rows
      #expect(isSame, "seed \(seed)")
      // A part of the columns is the same part of the rows, whatever it needs behind the scenes.
      let keys = Set(rows.columns.map(\.field.key).filter { _ in series.chance(30) })
      let part = try Block.decode(bytes[...], keys: keys)
      #expect(part.times == rows.times, "seed \(seed)")
      let isSamePart = part.columns == rows.columns.filter { keys.contains($0.field.key) }
      #expect(isSamePart, "seed \(seed)")
    }
  }

  @Test(arguments: ["spring.log.zst", "autumn.log.zst", "plug-august.log.zst"])
  func capturesComeBack(name: String) throws {
    guard let bytes = SharedData.unpacked(name, byteLimit: 6_000_000) else {
      print("skipped: no capture \(name)")
      return
    }
    for (device, rows) in CaptureColumns.read(bytes, timeUnit: 1) {
      for timeUnit in [1, 1000] as [Int64] {
        var rows = rows
        rows.times = rows.times.map { $0.truncated(toMilliseconds: timeUnit) }
        let isSame = try Block.decode(Block.encode(rows, timeUnit: timeUnit)[...]) == rows
        #expect(isSame, "\(device)")
      }
    }
  }
}

/// The readings of a capture, by device, up to what one block holds.
enum CaptureColumns {
  static func read(_ bytes: [UInt8], timeUnit: Int64) -> [(String, ReadingColumns)] {
    var parser = CaptureLineParser()
    var decoder = Decoder()
    var reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: Layout([]), values: [])
    var builders: [Int: (fields: [Field: Int], rows: ReadingColumns)] = [:]
    bytes.withUnsafeBytes { all in
      for range in all.split(separator: 0x0A) {
        guard let line = try? parser.parse(UnsafeRawBufferPointer(rebasing: range)) else { continue }
        let outcome = decoder.decode(
          topic: line.topic, payload: line.payload, retained: line.retained, receivedAt: line.receivedAt, into: &reading
        )
        guard case .reading(let device) = outcome else { continue }
        var builder = builders[device] ?? ([:], ReadingColumns())
        guard builder.rows.rowCount < Block.maximumRowCount else { continue }
        for field in reading.layout.fields where builder.fields[field] == nil {
          builder.fields[field] = builder.rows.columns.count
          builder.rows.columns.append(
            .init(field: field, values: Array(repeating: ReadingColumns.absent, count: builder.rows.rowCount)))
        }
        builder.rows.times.append(reading.receivedAt.truncated(toMilliseconds: timeUnit))
        for index in builder.rows.columns.indices { builder.rows.columns[index].values.append(ReadingColumns.absent) }
        for (index, field) in reading.layout.fields.enumerated() {
          guard let column = builder.fields[field], field.form != .verbatim else { continue }
          builder.rows.columns[column].values[builder.rows.rowCount - 1] = reading.values[index]
        }
        builders[device] = builder
      }
    }
    return builders.sorted { $0.key < $1.key }.map { (decoder.devices[$0.key].topic, $0.value.rows) }
  }
}
