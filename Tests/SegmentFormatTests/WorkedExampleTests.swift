import Foundation
import Readings
import SegmentFormat
import Testing

/// Schema/segment-format.md shows a block of three readings in hex: its bytes are the program's.
@Suite struct WorkedExampleTests {
  private static let document = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Schema/segment-format.md")

  private static let device = Device(topic: "fridge")
  private static let rows: ReadingColumns = {
    let times = [0, 10, 20].map { Timestamp(seconds: 1_760_000_000 + $0) }
    return ReadingColumns(
      times: times,
      columns: [
        .init(field: Field(.time, .clock), values: times.map { $0.seconds + 3600 }),
        .init(field: Field(.total, .decimal(3)), values: [31_250, 31_250, 31_251]),
        .init(field: Field(.power, .decimal(0)), values: [60, 60, 61]),
      ])
  }()

  /// What a segment holds of them: frame and body.
  private static func block() -> [UInt8] {
    let body = Block.encode(rows, timeUnit: 1000)
    let frame = BlockFrame(
      kind: .readings, device: device, rowCount: rows.rowCount, first: rows.times[0], last: rows.times[2], body: body)
    return frame.encode() + body
  }

  @Test func `the document's example is what the program writes, byte for byte`() throws {
    let text = try String(contentsOf: WorkedExampleTests.document, encoding: .utf8)
    let section = try #require(text.components(separatedBy: "\n## ").first { $0.hasPrefix("8. ") })
    var shown: [UInt8] = []
    for line in section.split(separator: "\n") where line.hasPrefix("|") {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count >= 2, let offset = Int(cells[0]), cells[1].hasPrefix("`") else { continue }
      #expect(offset == shown.count, "the example's offsets")
      for pair in cells[1].replacingOccurrences(of: "`", with: "").split(separator: " ") {
        shown.append(try #require(UInt8(pair, radix: 16)))
      }
    }
    let bytes = WorkedExampleTests.block()
    func hex(_ bytes: [UInt8]) -> String {
      bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }
    #expect(hex(shown) == hex(bytes))
    let (frame, start) = try BlockFrame.decode(shown[...])
    #expect(frame.device == WorkedExampleTests.device && frame.rowCount == 3)
    #expect(CRC32C.checksum(shown[start...]) == frame.bodyChecksum)
    #expect(try Block.decode(shown[start...]) == WorkedExampleTests.rows)
  }
}
