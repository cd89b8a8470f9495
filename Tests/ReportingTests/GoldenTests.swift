import Foundation
import Reporting
import Testing

/// Samples under Reports/samples are what the renderers print; `UPDATE_GOLDEN=1` rewrites them, to be read as a diff.
@Suite struct GoldenTests {
  static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Reports/samples")

  static func expect(_ text: String, matches name: String) throws {
    let file = directory.appending(path: name)
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    let expected = try String(decoding: Data(contentsOf: file), as: UTF8.self)
    #expect(text == expected, "\(name) differs; look at it, then UPDATE_GOLDEN=1 swift test")
  }

  @Test(arguments: ["day", "days"])
  func renderersPrintTheSamples(name: String) throws {
    let report = try #require(SampleReports.all[name])
    try Self.expect(TableRenderer.render(report, options: .init(width: 106, chart: true)), matches: "\(name).txt")
    try Self.expect(TableRenderer.render(report, options: .init(width: 60)), matches: "\(name)-narrow.txt")
    try Self.expect(MarkdownRenderer.render(report), matches: "\(name).md")
    try Self.expect(JSONRenderer.render(report), matches: "\(name).json")
    try Self.expect(CSVRenderer.render(report), matches: "\(name).csv")
    try Self.expect(HTMLRenderer.render(report), matches: "\(name).html")
  }
}
