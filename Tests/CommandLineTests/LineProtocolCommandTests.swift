import Foundation
import TestSupport
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// `export -f influx`, loaded into a real VictoriaMetrics, is there what `export -f csv` says; its parts are the whole.
@Suite struct LineProtocolCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  /// Two days: one counter, export, two channels, a name that has to be escaped, digits in other forms.
  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path, timeZone: "Europe/London")
    let folder = directory.path + "/config/wattlog"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data("{ devices: [{ match: \"tv\", name: \"tv, set=ü\" }] }".utf8)
      .write(to: URL(filePath: folder + "/wattlog.json"))
    let simulated = try wattlog.run(
      "simulate", "-q", "--no-state", "--devices", "fridge,solar,wallbox", "--period", "5m", "--seed", "4", "--from",
      "2026-10-24", "--to", "2026-10-26", "--timezone", "Europe/London")
    #expect(simulated.exit == 0, "\(simulated.stderr)")
    var lines = simulated.stdout
    for (step, time) in stride(from: 1_792_900_000, to: 1_792_960_000, by: 600).enumerated() {
      lines += "\(time) 0 tele/tv/SENSOR {\"Time\":\"2026-10-25T00:00:\(10 + step % 50)\",\"ENERGY\":{"
      lines += "\"Total\":[\(9000 + step).12345,0.\(100 + step)],\"Power\":[\(step),2],"
      lines += "\"Voltage\":230.\(step % 10),\"Odd\":\(step % 2 == 0 ? "1e2" : "-0.25")}}\n"
    }
    #expect(try wattlog.run(["-q", "replay", "-"], input: Data(lines.utf8)).exit == 0)
  }

  /// A number, and where it stands.
  private struct Sample: Hashable {
    var metric: String
    var device: String
    var channel: String
    var milliseconds: Int64
    var value: Double
  }

  /// Every number of a CSV.
  private func samples(ofCSV text: String, isNumber: (String) -> Bool) throws -> [Sample: Int] {
    var rows = text.split(whereSeparator: \.isNewline).map { cells(String($0)) }
    let heading = rows.removeFirst()
    let (time, device) = (
      try #require(heading.firstIndex(of: "time_utc")), try #require(heading.firstIndex(of: "device"))
    )
    let channel = try #require(heading.firstIndex(of: "channel"))
    var found: [Sample: Int] = [:]
    for row in rows {
      let instant = try Date(row[time], strategy: .iso8601).timeIntervalSince1970
      for (name, cell) in zip(heading, row) where isNumber(name) && !cell.isEmpty {
        let sample = Sample(
          metric: "wattlog_" + name, device: row[device], channel: row[channel], milliseconds: Int64(instant * 1000),
          value: try #require(Double(cell)))
        found[sample, default: 0] += 1
      }
    }
    return found
  }

  /// The cells of a line; names with a comma stand in quotes.
  private func cells(_ line: String) -> [String] {
    line.split(separator: "\"", omittingEmptySubsequences: false).enumerated().reduce(into: [""]) { cells, part in
      guard part.offset % 2 == 0 else {
        cells[cells.count - 1] += part.element
        return
      }
      let pieces = part.element.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      cells[cells.count - 1] += pieces[0]
      cells += pieces.dropFirst()
    }
  }

  /// Every number that the server has.
  private func samples(in server: PrivateVictoriaMetrics) async throws -> [Sample: Int] {
    struct Series: Decodable {
      var metric: [String: String]
      var values: [Double]
      var timestamps: [Int64]
    }
    var found: [Sample: Int] = [:]
    for line in try await server.exported().split(separator: UInt8(ascii: "\n")) {
      let series = try JSONDecoder().decode(Series.self, from: Data(line))
      for (value, time) in zip(series.values, series.timestamps) {
        let sample = Sample(
          metric: series.metric["__name__"] ?? "", device: series.metric["device"] ?? "",
          channel: series.metric["channel"] ?? "", milliseconds: time, value: value)
        found[sample, default: 0] += 1
      }
    }
    return found
  }

  @Test(
    .enabled(if: PrivateVictoriaMetrics.isInstalled, "\(PrivateVictoriaMetrics.notInstalled)"),
    arguments: [[], ["--every", "15m"]])
  func `what is loaded is what the CSV has`(options: [String]) async throws {
    let lines = try wattlog.run(["export", "-q", "-f", "influx"] + options)
    let csv = try wattlog.run(["export", "-q"] + options)
    #expect(lines.exit == 0 && csv.exit == 0, "\(lines.stderr)")
    let texts = ["time", "time_utc", "plug_time", "device", "channel", "currency"]
    let wanted = try samples(ofCSV: csv.stdout) { !texts.contains($0) }
    #expect(wanted.count > 2000)
    let server = try await PrivateVictoriaMetrics()
    try await server.load(lines.stdout)
    let found = try await samples(in: server)
    #expect(found.count == wanted.count)
    let place = wanted.first { found[$0.key] != $0.value }
    #expect(place == nil, "\(String(describing: place))")
    #expect(Set(found.keys.map(\.device)).isSuperset(of: ["fridge", "tv, set=ü"]))
  }

  private func lines(of text: String) -> [Substring] { text.split(separator: "\n").sorted() }

  @Test(arguments: [("readings", ["--fields", "power,energy_total"]), ("intervals", ["--every", "1h"])])
  func `parts are the whole, and only what is new is written again`(folder: String, options: [String]) throws {
    let arguments =
      ["export", "-f", "influx", "--partition", "day", "--resume", "-o", directory.path + "/lines"] + options
    let path = directory.path + "/lines/" + folder
    let first = try wattlog.run(arguments)
    #expect(first.exit == 0 && first.stderr == "wattlog: 2 parts written in '\(path)'\n", "\(first.stderr)")
    func part(_ day: String) throws -> String {
      try String(contentsOfFile: "\(path)/day=\(day)/part.lp", encoding: .utf8)
    }
    let whole = try wattlog.run(["export", "-q", "-f", "influx"] + options).stdout
    let saturday = try part("2026-10-24")
    #expect(try lines(of: saturday + part("2026-10-25")) == lines(of: whole))
    let again = try wattlog.run(arguments)
    #expect(again.stderr == "wattlog: 0 parts written in '\(path)'; 2 parts as they were\n")
    // The next day; what is told of steps looks at readings around them.
    let later = "1792975000 0 tele/fridge/SENSOR {\"ENERGY\":{\"Total\":9999.5,\"Power\":1}}\n"
    #expect(try wattlog.run(["-q", "replay", "-"], input: Data(later.utf8)).exit == 0)
    let third = try wattlog.run(arguments)
    #expect(third.stderr.contains("as they were") == (folder == "readings"), "\(third.stderr)")
    let now = try wattlog.run(["export", "-q", "-f", "influx"] + options).stdout
    #expect(try lines(of: saturday + part("2026-10-25") + part("2026-10-26")) == lines(of: now))
    // A part that is gone is made again, and is the same.
    try FileManager.default.removeItem(atPath: "\(path)/day=2026-10-24/part.lp")
    let last = try wattlog.run(arguments)
    #expect(last.stderr.contains("1 part written") && last.stderr.contains("2 parts as they were"))
    #expect(try part("2026-10-24") == saturday)
  }

  @Test func `what would be without effect is refused`() throws {
    for (options, words) in [
      (["--resume"], "--resume needs parts to go on from; add --partition month"),
      (["--partition", "day"], "--partition needs a directory; name one with -o"),
      (["--compress", "none"], "--compress is of -f parquet; add -f parquet"),
    ] {
      let run = try wattlog.run(["export", "-f", "influx"] + options)
      #expect(run.exit == 2 && run.stderr.contains(words), "\(options): \(run.stderr)")
    }
  }
}

/// A real VictoriaMetrics on a free loopback port, for one test; killed at the end.
private final class PrivateVictoriaMetrics {
  static let isInstalled = Programs.path(of: "victoria-metrics") != nil
  static let notInstalled = "victoria-metrics is not installed"

  private let directory: TemporaryDirectory
  private let process: Process
  private let port: Int

  struct DidNotStart: Error { var log: String }
  struct Refused: Error { var text: String }

  init() async throws {
    directory = try TemporaryDirectory()
    // Another process may take the port between our finding it free and the server's binding it.
    for _ in 0..<5 {
      let port = try PrivateBroker.freePort()
      let process = try PrivateVictoriaMetrics.launch(port, directory.path)
      for _ in 0..<400 where process.isRunning {
        if (try? await PrivateVictoriaMetrics.answer(port, "health")) != nil {
          (self.port, self.process) = (port, process)
          return
        }
        try await Task.sleep(for: .milliseconds(50))
      }
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
      process.waitUntilExit()
    }
    throw DidNotStart(log: (try? String(contentsOfFile: directory.path + "/log", encoding: .utf8)) ?? "")
  }

  deinit {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  private static func launch(_ port: Int, _ directory: String) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Programs.path(of: "victoria-metrics") ?? "")
    process.arguments = [
      "-httpListenAddr=127.0.0.1:\(port)", "-storageDataPath=\(directory)/data", "-retentionPeriod=100y",
      "-loggerLevel=WARN", "-memory.allowedBytes=64MB",
    ]
    let log = URL(fileURLWithPath: directory + "/log")
    try Data().write(to: log)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: log)
    try process.runOnLeash()
    return process
  }

  /// Writes line protocol, and waits until a question would see it.
  func load(_ lines: String) async throws {
    _ = try await Self.answer(port, "write", Data(lines.utf8))
    _ = try await Self.answer(port, "internal/force_flush")
  }

  /// Everything there is, a JSON object a series and line.
  func exported() async throws -> Data {
    try await Self.answer(port, "api/v1/export?match%5B%5D=%7B__name__!%3D%22%22%7D&start=1&end=9999999999")
  }

  private static func answer(_ port: Int, _ path: String, _ body: Data? = nil) async throws -> Data {
    guard let url = URL(string: "http://127.0.0.1:\(port)/\(path)") else { throw Refused(text: path) }
    var request = URLRequest(url: url)
    if let body { (request.httpMethod, request.httpBody) = ("POST", body) }
    let (data, response) = try await URLSession.shared.data(for: request)
    guard let status = (response as? HTTPURLResponse)?.statusCode, status < 300 else {
      throw Refused(text: String(decoding: data, as: UTF8.self))
    }
    return data
  }
}
