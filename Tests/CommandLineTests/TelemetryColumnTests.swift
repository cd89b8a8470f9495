import Foundation
import TestSupport
import Testing

/// Schema/telemetry.md says which column of an export each number becomes: sent, stored and exported, it stands there
/// with the digits in which it was sent.
@Suite struct TelemetryColumnTests {
  /// Field of the document, what a plug sends for it, and the text that an export shows.
  private static let numbers: [(field: String, json: String, text: String)] = [
    ("`Time`", "", "2024-02-05T00:01:32"), ("`Epoch`", "", "1707091292"),
    ("`TotalStartTime`", #""TotalStartTime":"2022-11-08T17:55:27""#, "2022-11-08T17:55:27"),
    ("`Total`", #""Total":44.790"#, "44.790"),
    ("`TotalTariff1`, `TotalTariff2`", #""TotalTariff":[0.400,0.017]"#, "0.400,0.017"),
    ("`Today`", #""Today":0.126"#, "0.126"), ("`Yesterday`", #""Yesterday":-0.127"#, "-0.127"),
    ("`Period`", #""Period":0.440"#, "0.440"), ("`Power`", #""Power":-4.900"#, "-4.900"),
    ("`ApparentPower`", #""ApparentPower":143"#, "143"), ("`ReactivePower`", #""ReactivePower":87"#, "87"),
    ("`Factor`", #""Factor":-0.50"#, "-0.50"), ("`Frequency`", #""Frequency":50"#, "50"),
    ("`Voltage`", #""Voltage":231.250"#, "231.250"), ("`Current`", #""Current":0.042"#, "0.042"),
    ("`ExportActive`", #""ExportActive":8.196"#, "8.196"),
    ("`ExportTariff1`, `ExportTariff2`", #""ExportTariff":[1.000,2.000]"#, "1.000,2.000"),
    ("`ImportActive`", #""ImportActive":9.196"#, "9.196"),
    ("the same", #""TodaySumImport":0.165,"TodaySumExport":0.001"#, "0.165,0.001"),
    ("its key, nested keys joined by a dot", #""BL09XX":{"Temperature":43.2}"#, "43.2"),
  ]

  @Test func `every number of the document comes out in its column`() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Schema/telemetry.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    let table = try #require(text.components(separatedBy: "| in the message |").last).components(separatedBy: "\n\n")[0]
    var columns: [String: String] = [:]
    for line in table.split(separator: "\n").dropFirst(2) {
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      guard cells.count == 8, cells[6] != "as above" else { continue }
      switch cells[6] {
      case "the key" where cells[2] == "the same": columns[cells[2]] = cells[1]
      case "the key": columns[cells[2]] = "`BL09XX.Temperature`"
      default: columns[cells[2]] = cells[6]
      }
    }
    #expect(Set(columns.keys) == Set(TelemetryColumnTests.numbers.map(\.field)))

    let directory = try TemporaryDirectory()
    let wattlog = WattlogProcess(home: directory.path)
    let energy = TelemetryColumnTests.numbers.map(\.json).filter { !$0.isEmpty }.joined(separator: ",")
    let line =
      #"1707091293.100000000 0 tele/x/SENSOR {"Time":"2024-02-05T00:01:32","Epoch":1707091292,"ENERGY":{"#
      + energy + "}}\n" + #"1707091393.1 0 tele/x/SENSOR {"ENERGY":{"Odd":null,"Power":1}}"# + "\n"
    try Data(line.utf8).write(to: URL(fileURLWithPath: directory.path + "/capture"))
    let loaded = try wattlog.run("replay", directory.path + "/capture", "--store", directory.path + "/store")
    #expect(loaded.exit == 0, "\(loaded)")
    var rows: [[String]] = [[], [], []]
    for fields in [[], ["--fields", "Epoch,TotalStartTime"]] {
      let export = try wattlog.run(["export", "--raw", "--store", directory.path + "/store"] + fields)
      let lines = export.stdout.replacingOccurrences(of: "\r\n", with: "\n").split(separator: "\n")
      try #require(lines.count == 3, "\(export)")
      for (index, line) in lines.enumerated() {
        rows[index] += line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
    }
    for number in TelemetryColumnTests.numbers {
      let names = (columns[number.field] ?? "").split(separator: ",")
      for (name, value) in zip(names, number.text.split(separator: ",")) {
        let column = rows[0].firstIndex(of: name.trimmingCharacters(in: CharacterSet(charactersIn: "` ")))
        #expect(column != nil, "\(name) in \(rows[0])")
        guard let column else { continue }
        #expect(rows[1][column] == value, "\(name)")
        // Absent is an empty cell.
        if name != "`power_w`" { #expect(rows[2][column] == "", "\(name)") }
      }
    }
  }
}
