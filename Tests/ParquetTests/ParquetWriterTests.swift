import Foundation
import Parquet
import TestSupport
import Testing

/// What is written is read back by a reader that knows the format's description alone, and by pyarrow where python3 has it.
@Suite struct ParquetWriterTests {
  private static let columns = [
    ParquetColumn("time_utc", .instant), ParquetColumn("device", .text), ParquetColumn("clock", .clock),
    ParquetColumn("wide", .decimal(scale: 6)), ParquetColumn("few", .decimal(scale: 3)),
    ParquetColumn("any", .integer), ParquetColumn("word", .text), ParquetColumn("none", .decimal(scale: 2)),
  ]
  private static let words = ["zeta", "", "ü,\"\n", "a\u{0}b", "never used"]

  /// A row group and the cells that it stands for.
  private struct Group {
    var values: [ColumnValues]
    var cells: [[ParquetReader.Cell]]
    var rowCount: Int

    init(rowCount: Int, _ random: inout SeededGenerator) {
      self.rowCount = rowCount
      let start = Int64.random(in: 0...2_000_000_000_000, using: &random)
      let step = Int64.random(in: 0...10_000, using: &random)
      let bits = Int64.random(in: 0...62, using: &random)
      let holes = Int.random(in: 1...5, using: &random)
      func numbers(_ make: (Int) -> Int64) -> [Int64] { (0..<rowCount).map(make) }
      let times = numbers { start + Int64($0) * step }
      let clocks = numbers { Int.random(in: 0..<holes, using: &random) == 0 ? ColumnValues.absent : times[$0] }
      let wide = numbers { _ in Int64.random(in: (.min + 1)...(.max), using: &random) >> bits }
      let few = numbers { $0 / 50 % 3 == 0 ? 7 : Int64.random(in: -9...9, using: &random) }
      let any = numbers { _ in
        Bool.random(using: &random) ? ColumnValues.absent : Int64.random(in: (.min + 1)...(.max), using: &random)
      }
      let indices = (0..<rowCount).map { _ in Int32.random(in: -1...3, using: &random) }
      values = [
        .numbers(times), .text("plug"), .numbers(clocks), .numbers(wide), .numbers(few), .numbers(any),
        .texts(indices, of: words), .empty,
      ]
      func cells(_ numbers: [Int64]) -> [ParquetReader.Cell] {
        numbers.map { $0 == ColumnValues.absent ? .empty : .number($0) }
      }
      self.cells = [
        cells(times), Array(repeating: .text("plug"), count: rowCount), cells(clocks), cells(wide), cells(few),
        cells(any), indices.map { $0 < 0 ? .empty : .text(words[Int($0)]) }, Array(repeating: .empty, count: rowCount),
      ]
    }
  }

  private static func file(_ groups: [Group], codec: Zstandard? = nil) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var writer = ParquetWriter(columns, sortedBy: [1, 0], codec: codec, creator: "wattlog version 0.0.0")
    let sink: ParquetWriter.Sink = { bytes += $0 }
    for group in groups { try writer.append(group.values, rowCount: group.rowCount, sink) }
    try writer.finish(sink)
    return bytes
  }

  /// Edges of blocks, miniblocks and groups of eight, and some in between.
  private static let rowCounts = [1, 2, 7, 8, 9, 31, 32, 33, 127, 128, 129, 130, 161, 257, 1000]

  @Test func `every cell comes back, whatever the numbers`() throws {
    for seed in UInt64(1)...20 {
      var random = SeededGenerator(seed: seed)
      let groups = Self.rowCounts.map { Group(rowCount: $0, &random) }
      let reader = try ParquetReader(try Self.file(groups))
      #expect(reader.names == Self.columns.map(\.name))
      #expect(reader.footer[3]?.number == Self.rowCounts.reduce(0, +))
      for index in Self.columns.indices {
        #expect(
          try reader.column(index) == groups.flatMap { $0.cells[index] }, "column \(index), seed \(seed)")
      }
    }
  }

  @Test func `each column of a group tells its least, its greatest and its empty rows`() throws {
    var random = SeededGenerator(seed: 7)
    let groups = [Group(rowCount: 300, &random), Group(rowCount: 40, &random)]
    let reader = try ParquetReader(try Self.file(groups))
    for (group, written) in zip(groups, reader.groups) {
      for (index, cells) in group.cells.enumerated() {
        let statistics = written[1]?.list[index][3]?[12]
        #expect(statistics?[3]?.number == cells.count { $0 == .empty })
        let least = statistics?[6]?.raw
        let greatest = statistics?[5]?.raw
        let numbers = cells.compactMap { if case .number(let number) = $0 { number } else { nil } }
        let texts = cells.compactMap { if case .text(let text) = $0 { Array(text.utf8) } else { nil } }
          .sorted { $0.lexicographicallyPrecedes($1) }
        func plain(_ number: Int64?) -> [UInt8]? { number.map { withUnsafeBytes(of: $0.littleEndian) { Array($0) } } }
        #expect(least == plain(numbers.min()) ?? texts.first && greatest == plain(numbers.max()) ?? texts.last)
      }
    }
  }

  @Test func `a file without rows is whole`() throws {
    let reader = try ParquetReader(try Self.file([]))
    #expect(reader.names == Self.columns.map(\.name) && reader.groups.isEmpty && reader.footer[3]?.number == 0)
  }

  @Test(.enabled(if: Zstandard() != nil, "libzstd.so.1 is not installed"))
  func `packed pages are smaller, and the rest of the file is the same`() throws {
    var random = SeededGenerator(seed: 3)
    let groups = [Group(rowCount: 20_000, &random)]
    let (plain, packed) = (try Self.file(groups), try Self.file(groups, codec: Zstandard()))
    #expect(packed.count < plain.count)
    let (one, other) = (try ParquetReader(plain), try ParquetReader(packed))
    #expect(one.names == other.names && one.footer[2] == other.footer[2] && one.footer[3] == other.footer[3])
  }

  private static let python = Programs.path(of: "python3").flatMap { path in
    (try? output(of: path, ["-c", "import pyarrow.parquet"])) != nil ? path : nil
  }

  @discardableResult
  private static func output(of program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw ParquetReader.Broken(what: "python3 ended badly") }
    return String(decoding: data, as: UTF8.self)
  }

  @Test(.enabled(if: python != nil, "python3 has no pyarrow"))
  func `pyarrow reads the same numbers, packed or not`() throws {
    let directory = try TemporaryDirectory()
    var random = SeededGenerator(seed: 11)
    let groups = Self.rowCounts.map { Group(rowCount: $0, &random) }
    let wanted = groups.flatMap { $0.cells[3] }.map { if case .number(let number) = $0 { "\(number)" } else { "-" } }
    let script = """
      import sys, pyarrow.parquet as parquet
      table = parquet.read_table(sys.argv[1])
      assert [str(field.type) for field in table.schema] == [
          "timestamp[ms, tz=UTC]", "string", "timestamp[ms]", "decimal128(18, 6)", "decimal128(18, 3)", "int64", "string",
          "decimal128(18, 2)"], table.schema
      for value in table.column("wide").to_pylist(): print(int(value.scaleb(6)))
      """
    for codec in [nil, Zstandard()] {
      let path = directory.path + "/rows.parquet"
      try Data(try Self.file(groups, codec: codec)).write(to: URL(filePath: path))
      let said = try Self.output(of: try #require(Self.python), ["-c", script, path])
      #expect(said.split(separator: "\n").map(String.init) == wanted)
    }
  }
}
