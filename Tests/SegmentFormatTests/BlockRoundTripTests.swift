import Readings
import SegmentFormat
import Testing

@Suite struct BlockRoundTripTests {
  @Test func aSmallBlockComesBack() throws {
    let rows = ReadingColumns(
      times: [Timestamp(seconds: 1_700_000_000), Timestamp(seconds: 1_700_000_010), Timestamp(seconds: 1_700_000_010)],
      columns: [
        .init(field: Field(.total, .decimal(3)), values: [31_250, 31_251, 31_252]),
        .init(field: Field(.period, .decimal(0)), values: [1, ReadingColumns.absent, 2]),
        .init(field: Field(.power, .decimal(0)), values: [-5, Int64.max, Int64.min + 1]),
        .init(field: Field(.current, .verbatim), values: [0, 1, 0], texts: ["-0", "1e5"]),
        .init(field: Field(.time, .clock), values: [1_700_003_600, 0, 1_700_003_620]),
      ])
    let bytes = Block.encode(rows, timeUnit: 1000)
    #expect(try Block.decode(bytes[...]) == rows)
  }
}
