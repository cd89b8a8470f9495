import Foundation
import TestSupport
import Testing

/// `export --every 1h -f ha-statistics` says what `export --every 1h -f csv` and the report say.
@Suite struct HomeAssistantStatisticsTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess
  let tariff: String

  /// Two months over a change of the clock, with a silence in between; plugs of which one feeds in, one has two
  /// channels and a name that is no id.
  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path, timeZone: "Europe/London")
    tariff = directory.path + "/tariff.json"
    let text = """
      { currency: "GBP", periods: [ { from: "2026-01-01", rates: [
        { name: "night", price: 0.1234567, hours: "00:30-05:30" }, { name: "day", price: 0.2571 } ] } ] }
      """
    try Data(text.utf8).write(to: URL(filePath: tariff))
    for (from, to) in [("2026-10-24", "2026-10-26"), ("2026-10-31", "2026-11-02T10:20")] {
      let simulated = try wattlog.run(
        "simulate", "-q", "--no-state", "--devices", "fridge,kettle,solar", "--period", "5m", "--seed", "4", "--from",
        from, "--to", to, "--timezone", "Europe/London", "--faults", "power-cut")
      #expect(simulated.exit == 0, "\(simulated.stderr)")
      #expect(try wattlog.run(["-q", "replay", "-"], input: Data(simulated.stdout.utf8)).exit == 0)
    }
    var lines = ""
    for (step, time) in stride(from: 1_792_900_000, to: 1_793_600_000, by: 600).enumerated() {
      let clock = Date(timeIntervalSince1970: Double(time)).ISO8601Format().prefix(19)
      let totals = "\(7 + step / 3).\(100 + step % 3),\(2 + step / 50).50\(step % 2)"
      lines += "\(time) 0 tele/Strip-ü/SENSOR "
      lines += "{\"Time\":\"\(clock)\",\"ENERGY\":{\"Total\":[\(totals)],\"Power\":[3,5]}}\n"
    }
    let replayed = try wattlog.run(["-q", "replay", "-"], input: Data(lines.utf8))
    #expect(replayed.exit == 0, "\(replayed.stderr)")
  }

  /// A line of the file.
  private struct Message: Decodable {
    struct Metadata: Decodable {
      var statisticId: String
      var source: String
      var name: String
      var unitOfMeasurement: String
      var unitClass: String?
      var meanType: Int
      var hasSum: Bool
    }
    struct Row: Decodable, Equatable {
      var start: String
      var state: Decimal
      var sum: Decimal
    }
    var id: Int
    var type: String
    var metadata: Metadata
    var stats: [Row]
  }

  private func export(_ options: [String] = []) throws -> [Message] {
    let run = try wattlog.run(
      ["export", "-q", "--every", "1h", "-f", "ha-statistics", "--tariff", tariff] + options)
    #expect(run.exit == 0 && run.stderr == "", "\(run.stderr)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try run.stdout.split(separator: "\n").map { try decoder.decode(Message.self, from: Data($0.utf8)) }
  }

  /// The rows of each statistic.
  private func series(_ messages: [Message]) -> [String: [Message.Row]] {
    messages.reduce(into: [:]) { $0[$1.metadata.statisticId, default: []] += $1.stats }
  }

  /// By statistic and hour, what the CSV has.
  private func changesOfCSV(_ column: String, _ kind: String) throws -> [String: [String: Decimal]] {
    let csv = try wattlog.run(
      "export", "-q", "--every", "1h", "--tariff", tariff, "--fields", column)
    var found: [String: [String: Decimal]] = [:]
    for row in csv.stdout.split(whereSeparator: \.isNewline).dropFirst() {
      let cells = row.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      let slug = cells[2].lowercased().replacing("ü", with: "u").replacing("-", with: "_")
      let id = "wattlog:" + slug + (cells[3].isEmpty ? "" : "_" + cells[3]) + "_" + kind
      found[id, default: [:]][cells[1].replacing("Z", with: "+00:00")] =
        Decimal(string: cells[4], locale: Locale(identifier: "en_US_POSIX")) ?? 0
    }
    return found
  }

  private func changes(_ rows: [Message.Row]) -> [String: Decimal] {
    var before: Decimal = 0
    return rows.reduce(into: [:]) { changes, row in
      changes[row.start] = row.sum - before
      before = row.sum
    }
  }

  @Test func `what each hour adds is what the CSV has, and all of it is the report`() throws {
    let messages = try export()
    let series = series(messages)
    let plugs = ["fridge", "kettle", "solar", "strip_u_1", "strip_u_2"]
    let ids = plugs.flatMap { ["\($0)_energy", "\($0)_cost"] } + ["solar_export"]
    #expect(Set(series.keys) == Set(ids.map { "wattlog:" + $0 }))
    let energy = try changesOfCSV("energy", "energy")
    #expect(energy.count == 5)
    for (id, wanted) in energy {
      let found = changes(try #require(series[id]))
      #expect(found == wanted, "\(id)")
    }
    // Sums are rounded where they are printed; the CSV's hours are rounded one by one.
    let digit = Decimal(sign: .plus, exponent: -6, significand: 1)
    for (id, wanted) in try changesOfCSV("cost", "cost") {
      let found = changes(try #require(series[id]))
      #expect(Set(found.keys) == Set(wanted.keys))
      #expect(found.allSatisfy { abs($0.value - (wanted[$0.key] ?? 9)) <= digit })
    }
    for (id, wanted) in try changesOfCSV("export", "export") where wanted.values.contains(where: { $0 != 0 }) {
      #expect(series[id]?.last?.sum == wanted.values.reduce(0, +))
    }
    let report = try wattlog.run(
      "report", "range", "--from", "2026-10-01", "--to", "2026-12-01", "-f", "csv", "--tariff", tariff)
    let rows = report.stdout.split(whereSeparator: \.isNewline).map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let kWh = try #require(rows.first?.firstIndex { $0.hasPrefix("energy_kwh") }, "\(report.stdout)")
    let device = try #require(rows.first?.firstIndex(of: "device"))
    for name in ["fridge", "kettle", "solar"] {
      let told = rows.filter { $0[device] == name }.compactMap { Decimal(string: $0[kWh]) }.reduce(0, +)
      #expect(series["wattlog:\(name)_energy"]?.last?.sum == told, "\(name): \(report.stdout)")
    }
  }

  @Test func `every line is a message that Home Assistant takes`() throws {
    let messages = try export()
    #expect(messages.map(\.id) == Array(1...messages.count))
    for message in messages {
      let metadata = message.metadata
      #expect(message.type == "recorder/import_statistics" && metadata.source == "wattlog")
      #expect(metadata.hasSum && metadata.meanType == 0)
      #expect(metadata.statisticId.wholeMatch(of: /wattlog:[0-9a-z]+(_[0-9a-z]+)*/) != nil)
      let isCost = metadata.statisticId.hasSuffix("_cost")
      #expect(metadata.unitOfMeasurement == (isCost ? "GBP" : "kWh"))
      #expect(metadata.unitClass == (isCost ? nil : "energy"))
      // One hour, one row, the sum never falls here, in messages of a month.
      #expect(message.stats.count <= 745 && message.stats.allSatisfy { $0.start.hasSuffix(":00:00+00:00") })
      #expect(message.stats.allSatisfy { $0.state == $0.sum })
    }
    #expect(Set(messages.map(\.metadata.name)).isSuperset(of: ["fridge energy (Wattlog)", "Strip-ü 2 cost (Wattlog)"]))
    for (id, rows) in series(messages) {
      let starts = rows.map(\.start)
      #expect(starts == starts.sorted() && Set(starts).count == starts.count, "\(id)")
      // The silence of five days is there, and adds at most what a counter tells afterwards.
      guard !id.hasSuffix("_export") else { continue }
      let first = try Date(starts[0].replacing("+00:00", with: "Z"), strategy: .iso8601)
      let last = try Date(starts[starts.count - 1].replacing("+00:00", with: "Z"), strategy: .iso8601)
      #expect(starts.count == Int(last.timeIntervalSince(first)) / 3600 + 1, "\(id)")
    }
  }

  @Test func `twice the same, and a part of the time is a part of the whole`() throws {
    let whole = try export()
    #expect(try export().map(\.stats) == whole.map(\.stats))
    let all = series(whole)
    let part = try series(export(["--from", "2026-11-01T12:30", "--to", "2026-11-02"]))
    #expect(part.count == 11)
    for (id, rows) in part {
      #expect(rows.first?.start == "2026-11-01T12:00:00+00:00")
      #expect(rows.allSatisfy { (all[id] ?? []).contains($0) }, "\(id)")
    }
    let one = try series(export(["--device", "kettle"]))
    #expect(one == all.filter { $0.key.contains("kettle") })
  }

  @Test func `behind a main meter the rest has a statistic of its own`() throws {
    let folder = directory.path + "/config/wattlog"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data("{ site: { mainMeter: \"kettle\" } }".utf8).write(to: URL(filePath: folder + "/wattlog.json"))
    let series = try series(export())
    #expect(series["wattlog:kettle_energy"] == nil && series["wattlog:unmetered_cost"] != nil)
    let energy = try changesOfCSV("energy", "energy")
    #expect(energy["wattlog:unmetered_energy"] != nil)
    for (id, wanted) in energy { #expect(try changes(#require(series[id])) == wanted, "\(id)") }
  }

  @Test func `hours are full ones of UTC where the clock's are not`() throws {
    let london = try series(export())
    for zone in ["Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"] {
      let there = try series(export(["--timezone", zone]))
      #expect(Set(there.keys) == Set(london.keys))
      for (id, rows) in there {
        #expect(rows.allSatisfy { $0.start.hasSuffix(":00:00+00:00") })
        #expect(rows.map(\.start) == london[id]?.map(\.start), "\(zone) \(id)")
        if !id.hasSuffix("_cost") { #expect(rows == london[id], "\(zone) \(id)") }
      }
    }
  }

  @Test func `what Home Assistant does not take is refused`() throws {
    for (options, words) in [
      ([], "Home Assistant's long-term statistics are hourly; add --every 1h"),
      (["--every", "15m"], "Home Assistant's long-term statistics are hourly; name --every 1h"),
      (["--raw"], "Home Assistant's long-term statistics are hourly; add --every 1h"),
      (["--every", "1h", "--fields", "energy"], "--fields is without effect on -f ha-statistics; leave it out"),
      (["--every", "1h", "--decimal", ","], "--decimal is without effect on -f ha-statistics; leave it out"),
      (["--every", "1h", "--resume"], "--resume is of -f parquet"),
    ] {
      let run = try wattlog.run(["export", "-f", "ha-statistics"] + options)
      #expect(run.exit == 2 && run.stderr.contains(words), "\(options): \(run.stderr)")
    }
  }
}
