import Foundation
import TestSupport
import Testing

/// `export -f parquet` holds what `export -f csv` holds, cell by cell, in one file and in parts.
@Suite struct ParquetCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  /// Three days over a change of the clock: one counter, export, three phases.
  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path, timeZone: "Europe/London")
    try feed(from: "2026-10-24", to: "2026-10-27")
  }

  private static let readers = URL(filePath: #filePath)
    .appending(path: "../../Benchmarks/parquet_readers.py").standardizedFileURL.path

  private func feed(from: String, to: String) throws {
    let simulated = try wattlog.run(
      "simulate", "-q", "--no-state", "--devices", "fridge,kettle,solar,heater", "--period", "5m", "--seed", "4",
      "--from", from, "--to", to, "--timezone", "Europe/London")
    #expect(simulated.exit == 0, "\(simulated.stderr)")
    var lines = simulated.stdout
    // Arrays, a number that was never seen before, and digits in other forms.
    for (minute, time) in stride(from: 1_792_900_000, to: 1_792_960_000, by: 600).enumerated() {
      lines +=
        "\(time) 0 tele/meter/SENSOR {\"Time\":\"2026-10-25T00:00:\(10 + minute % 50)\",\"ENERGY\":{\"Total\":\(100 + minute),"
      lines +=
        "\"Power\":[\(minute),2,\(minute % 3)],\"Voltage\":230.\(minute % 10),\"Odd\":\(minute % 2 == 0 ? "1e2" : "0.25")}}\n"
    }
    #expect(try wattlog.run(["-q", "replay", "-"], input: Data(lines.utf8)).exit == 0)
  }

  private var path: String { directory.path + "/rows.parquet" }

  /// The columns of a file by name, numbers at their scale as text.
  private func columns(_ path: String) throws -> [(name: String, cells: [ParquetReader.Cell])] {
    let reader = try ParquetReader(Array(try Data(contentsOf: URL(filePath: path))))
    return try reader.names.enumerated().map { ($0.element, try reader.column($0.offset)) }
  }

  /// The cells of a CSV as Parquet has them, rows by device in the order of devices in `order`.
  private func cells(_ csv: String, in order: [String]) throws -> [String: [ParquetReader.Cell]] {
    var lines = csv.split(whereSeparator: \.isNewline).map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    let heading = lines.removeFirst().map(String.init)
    let device = try #require(heading.firstIndex(of: "device"))
    let rows = order.flatMap { name in lines.filter { $0[device] == name } }
    #expect(rows.count == lines.count)
    var found: [String: [ParquetReader.Cell]] = [:]
    for (index, name) in heading.enumerated() {
      found[name] = try rows.map { try cell(String($0[index]), of: name) }
    }
    return found
  }

  private func cell(_ text: String, of column: String) throws -> ParquetReader.Cell {
    if text.isEmpty { return .empty }
    switch column {
    case "device", "currency": return .text(text)
    case "channel": return .number(try #require(Int64(text)))
    case "time", "plug_time":
      // The clock alone, as if it were UTC.
      return .number(try milliseconds(String(text.prefix(19)) + "Z"))
    case "time_utc": return .number(try milliseconds(text))
    default:
      let scale = column == "cost" ? 8 : 6
      let number = try #require(Decimal(string: text, locale: Locale(identifier: "en_US_POSIX")))
      return .number(NSDecimalNumber(decimal: number * pow(10, scale)).int64Value)
    }
  }

  private func milliseconds(_ text: String) throws -> Int64 {
    Int64(try Date(text, strategy: .iso8601).timeIntervalSince1970 * 1000)
  }

  /// Devices in the order in which a file has them, each once.
  private func devices(_ columns: [(name: String, cells: [ParquetReader.Cell])]) -> [String] {
    var order: [String] = []
    for case .text(let name) in columns.first(where: { $0.name == "device" })?.cells ?? []
    where order.last != name { order.append(name) }
    return order
  }

  private func expectEqual(_ options: [String]) throws {
    let csv = try wattlog.run(["export", "-q"] + options)
    let run = try wattlog.run(["export", "-q", "-f", "parquet", "--compress", "none", "-o", path] + options)
    #expect(csv.exit == 0 && run.exit == 0 && run.stderr == "", "\(run.stderr)")
    let written = try columns(path)
    let order = devices(written)
    #expect(Set(order).count == order.count && order.count == 5, "\(order)")
    let wanted = try cells(csv.stdout, in: order)
    #expect(
      written.map(\.name) == csv.stdout.split(whereSeparator: \.isNewline)[0].split(separator: ",").map(String.init))
    for (name, cells) in written {
      let other = wanted[name] ?? []
      let place = zip(cells, other).enumerated().first { $0.element.0 != $0.element.1 }
      #expect(cells.count == other.count && place == nil, "\(name): \(String(describing: place))")
    }
  }

  @Test func `every message is as in CSV, each device in order of time`() throws { try expectEqual([]) }

  @Test func `chosen fields too`() throws {
    try expectEqual(["--fields", "power,Odd,energy_total", "--from", "2026-10-25"])
  }

  @Test func `steps are as in CSV`() throws {
    try Data(
      "{ currency: \"GBP\", periods: [ { from: \"2026-01-01\", rates: [ { name: \"all\", price: 0.2571 } ] } ] }".utf8
    )
    .write(to: URL(filePath: directory.path + "/tariff.json"))
    try expectEqual(["--every", "1h", "--tariff", directory.path + "/tariff.json"])
  }

  /// Readers of other programs, those that python3 has: every cell of a packed file and of parts is the CSV's.
  @Test(arguments: ["pyarrow", "duckdb", "polars", "clickhouse"])
  func `other programs read every cell as it is in CSV`(reader: String) throws {
    guard let python = Programs.path(of: "python3") else { return print("skipped: python3 is not installed") }
    for (name, options) in [("readings", []), ("intervals", ["--every", "1h"])] {
      let csv = directory.path + "/\(name).csv"
      #expect(try wattlog.run(["export", "-q", "-o", csv] + options).exit == 0)
      let lake = directory.path + "/lake"
      let parts = ["export", "-q", "-f", "parquet", "--partition", "day", "-o", lake] + options
      #expect(try wattlog.run(parts).exit == 0)
      #expect(try wattlog.run(["export", "-q", "-f", "parquet", "-o", path] + options).exit == 0)
      let days = ["2026-10-24", "2026-10-25", "2026-10-26"].map { "\(lake)/\(name)/day=\($0)/part.parquet" }
      for files in [[path], days] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [Self.readers, reader, csv] + files
        let said = try process.outputOnLeash()
        if process.terminationStatus == 3 { return print("skipped: python3 has no reader of \(reader)") }
        #expect(process.terminationStatus == 0 && said.contains("each cell as in the CSV"), "\(said)")
      }
    }
  }

  @Test func `parts are the whole, and only what is new is written again`() throws {
    let lake = directory.path + "/lake"
    let arguments = [
      "export", "-f", "parquet", "--compress", "none", "--partition", "day", "--resume", "-o", lake, "--fields",
      "power,energy_total",
    ]
    let first = try wattlog.run(arguments)
    #expect(first.exit == 0 && first.stderr.contains("3 parts written in '\(lake)/readings'\n"), "\(first.stderr)")
    let days = ["2026-10-24", "2026-10-25", "2026-10-26"]
    let paths = days.map { "\(lake)/readings/day=\($0)/part.parquet" }
    var rowCount = 0
    for path in paths { rowCount += try columns(path)[0].cells.count }
    let csv = try wattlog.run("export", "-q", "--fields", "power,energy_total").stdout
    #expect(rowCount == csv.split(whereSeparator: \.isNewline).count - 1)
    let again = try wattlog.run(arguments)
    #expect(again.stderr.contains("0 parts written in '\(lake)/readings'; 3 parts as they were\n"), "\(again.stderr)")
    let kept = try Data(contentsOf: URL(filePath: paths[0]))
    try feed(from: "2026-10-27", to: "2026-10-28")
    let later = try wattlog.run(arguments)
    #expect(later.stderr.contains("as they were"), "\(later.stderr)")
    #expect(FileManager.default.fileExists(atPath: "\(lake)/readings/day=2026-10-27/part.parquet"))
    #expect(try Data(contentsOf: URL(filePath: paths[0])) == kept)
    // A part that is gone is made again, and is the same.
    try FileManager.default.removeItem(atPath: paths[0])
    #expect(try wattlog.run(arguments).stderr.contains("1 part written"))
    #expect(try Data(contentsOf: URL(filePath: paths[0])) == kept)
  }

  @Test func `what would be without effect is refused`() throws {
    for (options, words) in [
      (["-f", "csv", "--partition", "month"], "--partition is of -f parquet and -f influx; add one of them"),
      (["-f", "parquet", "--separator", ";"], "--separator is of -f csv"),
      (["-f", "parquet", "--resume", "-o", path], "--resume needs parts to go on from; add --partition month"),
      (["-f", "parquet", "--partition", "month"], "--partition needs a directory; name one with -o"),
    ] {
      let run = try wattlog.run(["export"] + options)
      #expect(run.exit == 2 && run.stderr.contains(words), "\(options): \(run.stderr)")
    }
  }
}
