import Foundation
import Readings
import SegmentFormat
import Testing

/// Blocks whose bytes are checked in: a change of the format cannot pass unseen. `UPDATE_GOLDEN=1` rewrites them.
@Suite struct BlockGoldenTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Schema/vectors")

  @Test(arguments: ["plug", "layouts"])
  func bytesAreAsChecked(name: String) throws {
    var series = BlockSeries(seed: 2024)
    let rows = name == "plug" ? series.plug(rowCount: 400) : mixed(series.plug(rowCount: 40))
    let bytes = Block.encode(rows, timeUnit: 1000)
    let file = BlockGoldenTests.folder.appendingPathComponent("columns-\(name).block")
    let text = BlockGoldenTests.folder.appendingPathComponent("columns-\(name).tsv")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try FileManager.default.createDirectory(at: BlockGoldenTests.folder, withIntermediateDirectories: true)
      try Data(bytes).write(to: file)
      try Data(table(rows).utf8).write(to: text)
    }
    #expect([UInt8](try Data(contentsOf: file)) == bytes)
    let read = try Block.decode([UInt8](try Data(contentsOf: file))[...])
    #expect(read == rows)
    #expect(try String(contentsOf: text, encoding: .utf8) == table(read))
  }

  /// SF-C14: the document's table is the program's.
  @Test func startingProbabilitiesAreTheDocuments() throws {
    let file = BlockGoldenTests.folder.deletingLastPathComponent().appendingPathComponent("columns-start.txt")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    #expect(lines.map { String($0.split(separator: " ")[1]) } == startingLevels)
  }

  /// Two channels, another resolution, an unknown key, texts and absent values.
  private func mixed(_ plug: ReadingColumns) -> ReadingColumns {
    var rows = plug
    rows.columns.removeAll { [.power, .current, .period].contains($0.field.key) }
    let values = plug.columns[6].values
    rows.columns.append(.init(field: Field(.power, channel: 1, .decimal(1)), values: values.map { $0 * 10 + 3 }))
    rows.columns.append(.init(field: Field(.power, channel: 2, .decimal(1)), values: values.map { -$0 }))
    rows.columns.append(
      .init(field: Field(.frequency, .decimal(2)), values: values.enumerated().map { 4998 + Int64($0.offset % 5) }))
    rows.columns.append(
      .init(
        field: Field(.current, channel: 1, .verbatim),
        values: values.indices.map { $0 % 7 == 0 ? ReadingColumns.absent : Int64($0 % 2) }, texts: ["1e5", "-0.000"]))
    return rows
  }

  private func table(_ rows: ReadingColumns) -> String {
    var lines = [
      (["receivedAt"] + rows.columns.map { "\($0.field.key.name).\($0.field.channel).\($0.field.form.rawValue)" })
        .joined(separator: "\t")
    ]
    for row in 0..<rows.rowCount {
      let cells = rows.columns.map { column in
        let value = column.values[row]
        return value == ReadingColumns.absent
          ? "-" : column.field.form == .verbatim ? column.texts[Int(value)] : String(value)
      }
      lines.append(([String(rows.times[row].milliseconds)] + cells).joined(separator: "\t"))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
