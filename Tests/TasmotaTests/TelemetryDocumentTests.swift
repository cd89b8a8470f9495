import Foundation
import Readings
import Tasmota
import TestSupport
import Testing

/// Schema/telemetry.md's table of numbers, row by row, against the decoder.
@Suite struct TelemetryDocumentTests {
  /// A row's first cell, what a plug sends, and what comes out of it.
  private struct Sample {
    var row: String
    var message: String
    var fields: [String]

    init(_ row: String, _ energy: String, _ fields: [String]) {
      self.row = row
      message = #"{"ENERGY":{"# + energy + "}}"
      self.fields = fields
    }

    init(_ row: String, beside: String, _ fields: [String]) {
      self.row = row
      message = "{" + beside + #","ENERGY":{"Power":1}}"#
      self.fields = fields + ["Power=1"]
    }
  }

  private static let samples = [
    Sample("`Time` (beside ENERGY)", beside: #""Time":"2024-02-05T00:01:32""#, ["Time=2024-02-05T00:01:32"]),
    Sample(
      "`Time` (beside ENERGY)", beside: #""Time":"2024-02-05T00:01:32.326+01:00""#,
      ["Time=2024-02-05T00:01:32.326+01:00"]),
    Sample(
      "`Epoch` (after `Time 2`)", beside: #""Time":"2024-02-05T00:01:32","Epoch":1707091292"#,
      ["Time=2024-02-05T00:01:32", "Epoch=1707091292"]),
    Sample(
      "`TotalStartTime`", #""TotalStartTime":"2022-11-08T17:55:27","Power":1"#,
      ["TotalStartTime=2022-11-08T17:55:27", "Power=1"]),
    Sample("`Total` number, or array by phase (`SetOption129 1`)", #""Total":44.79066"#, ["Total=44.79066"]),
    Sample(
      "`Total` number, or array by phase (`SetOption129 1`)",
      #""Total":[9.588,22.732,0.005],"Today":[5.285,7.902,0.005]"#,
      [
        "Total#1=9.588", "Total#2=22.732", "Total#3=0.005", "Today#1=5.285", "Today#2=7.902", "Today#3=0.005",
      ]),
    Sample("`TotalTariff` `[a,b]`", #""TotalTariff":[0.400,0.017]"#, ["TotalTariff1=0.400", "TotalTariff2=0.017"]),
    Sample(
      "`Total` `[total,a,b]` of 6.6.0.12 to 8.3.1.1", #""Total":[3.110,0.056,3.054],"Today":0.017"#,
      ["Total=3.110", "TotalTariff1=0.056", "TotalTariff2=3.054", "Today=0.017"]),
    Sample("`Today`", #""Today":0.12666"#, ["Today=0.12666"]),
    Sample("`Yesterday`", #""Yesterday":-0.12747"#, ["Yesterday=-0.12747"]),
    Sample("`Period`", #""Period":0.440"#, ["Period=0.440"]),
    Sample("`Power`", #""Power":[-4.900,7]"#, ["Power#1=-4.900", "Power#2=7"]),
    Sample("`ApparentPower`", #""ApparentPower":143"#, ["ApparentPower=143"]),
    Sample("`ReactivePower`", #""ReactivePower":87"#, ["ReactivePower=87"]),
    Sample("`Factor`", #""Factor":-0.50"#, ["Factor=-0.50"]),
    Sample("`Frequency`", #""Frequency":50"#, ["Frequency=50"]),
    Sample("`Voltage`", #""Voltage":231.250"#, ["Voltage=231.250"]),
    Sample("`Current`", #""Current":0.042"#, ["Current=0.042"]),
    Sample("`ExportActive`", #""ExportActive":8.196"#, ["ExportActive=8.196"]),
    Sample("`ExportTariff` `[a,b]`", #""ExportTariff":[1.000,2.000]"#, ["ExportTariff1=1.000", "ExportTariff2=2.000"]),
    Sample("`ImportActive`", #""ImportActive":8.196"#, ["ImportActive=8.196"]),
    Sample(
      "`TodaySumImport`, `TodaySumExport`", #""TodaySumImport":0.165,"TodaySumExport":0.001"#,
      ["TodaySumImport=0.165", "TodaySumExport=0.001"]),
    Sample("any other number", #""BL09XX":{"Temperature":43.2}"#, ["BL09XX.Temperature=43.2"]),
  ]

  /// The cells of each row of the table.
  private static func rows() throws -> [[String]] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Schema/telemetry.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    let table = try #require(text.components(separatedBy: "| in the message |").last).components(separatedBy: "\n\n")[0]
    return table.split(separator: "\n").dropFirst(2).map { line in
      line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
        .map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  @Test func `every row of the document's table is what the decoder does, digit by digit`() throws {
    let rows = try TelemetryDocumentTests.rows()
    #expect(rows.allSatisfy { $0.count == 6 })
    #expect(Set(rows.map { $0[0] }) == Set(TelemetryDocumentTests.samples.map(\.row)))
    for sample in TelemetryDocumentTests.samples {
      var bench = Bench()
      guard case .reading = bench.decode("tele/x/SENSOR", sample.message) else {
        Issue.record("\(sample.message) is no reading")
        continue
      }
      #expect(bench.texts == sample.fields)
      // The field's name in the document is a column of the message.
      let row = try #require(rows.first { $0[0] == sample.row })
      for part in row[1].split(separator: ",") where part.contains("`") {
        let name = part.trimmingCharacters(in: CharacterSet(charactersIn: "` "))
        #expect(bench.reading.layout.fields.contains { $0.key.name == name }, "\(sample.row): \(name)")
      }
    }
  }

  @Test func `every key that has a number of its own stands in the document`() throws {
    let named = try TelemetryDocumentTests.rows().flatMap { $0[0...1] }.joined(separator: " ")
    for number in 0..<FieldKey.knownCount {
      let key = try #require(FieldKey(known: number))
      #expect(named.contains("`\(key.name)`"), "\(key.name)")
    }
  }

  @Test func `null, nan and what is not sent are absent`() throws {
    for name in ["Total", "Today", "Yesterday", "Period", "Power", "Factor", "Voltage", "Current", "Odd"] {
      for nothing in ["null", "nan"] {
        var bench = Bench()
        _ = bench.decode("tele/x/SENSOR", #"{"ENERGY":{"# + "\"\(name)\":\(nothing)," + #""Frequency":50}}"#)
        #expect(bench.texts == ["Frequency=50"], "\(name) \(nothing)")
      }
    }
  }
}
