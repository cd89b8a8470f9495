import Foundation
import Readings
import Reporting
import TestSupport
import Testing
import Text

/// Exports opened by LibreOffice: numbers are numbers, times are times, and no name is a formula. The locale stands
/// for that of the program which the preset names.
@Suite(.serialized) struct SpreadsheetTests {
  static let office: String? = Programs.path(of: "soffice") ?? Programs.path(of: "libreoffice")

  /// As LibreOffice's dialog has it when it is first opened: comma, semicolon and TAB part cells, nothing is detected.
  static func untouchedFilter(language: Int) -> String { "CSV:44/59/9,34,76,1,,\(language),false,false" }

  /// English, Japanese; German, French, Dutch, Polish.
  static let untouched: [(preset: String, languages: [Int])] = [
    ("calc", [1033, 1041]), ("calc-de", [1031, 1036, 1043, 1045]),
  ]

  @Test(.enabled(if: office != nil, "LibreOffice is not installed; its reading of the presets is not checked"))
  func calcIsRightWithoutTouchingTheDialog() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "wattlog-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    for (preset, languages) in Self.untouched {
      let dialect = try CSVDialect(preset: #require(CSVDialect.Preset(rawValue: preset)))
      for language in languages {
        try Data(Self.text(dialect).utf8).write(to: directory.appending(path: "\(preset).csv"))
        try Self.convert([preset], filter: Self.untouchedFilter(language: language), in: directory)
        let sheet = try String(contentsOf: directory.appending(path: "\(preset).fods"), encoding: .utf8)
        let place: Comment = "\(preset), language \(language)"
        #expect(!sheet.contains("table:formula"), place)
        #expect(sheet.contains("office:date-value=\"2026-10-26T00:05:09"), place)
        #expect(sheet.contains("office:date-value=\"2026-10-25T23:05:09"), place)
        for value in ["1234.567", "-20.5", "0.07"] {
          #expect(sheet.contains("office:value-type=\"float\" office:value=\"\(value)\""), place)
        }
      }
    }
  }

  /// Separator, text quote, UTF-8, first line, cell formats, language, quoted cells as text, detect special numbers.
  static func filter(_ dialect: CSVDialect, language: Int) -> String {
    "CSV:\(dialect.separator),34,76,1,,\(language),false,true"
  }

  /// Presets that one run of LibreOffice can open: the same separator and the same language.
  static let groups: [(presets: [String], language: Int)] = [
    (["excel-en", "sheets"], 1033), (["excel-de", "calc-de"], 1031), (["excel-fr"], 1036),
  ]

  @Test(.enabled(if: office != nil, "LibreOffice is not installed; its reading of the presets is not checked"))
  func numbersAreNumbersAndTimesAreTimes() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "wattlog-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    for (presets, language) in Self.groups {
      var filter = ""
      for preset in presets {
        let dialect = try CSVDialect(preset: #require(CSVDialect.Preset(rawValue: preset)))
        filter = Self.filter(dialect, language: language)
        try Data(Self.text(dialect).utf8).write(to: directory.appending(path: "\(preset).csv"))
      }
      try Self.convert(presets, filter: filter, in: directory)
      for preset in presets {
        let sheet = try String(contentsOf: directory.appending(path: "\(preset).fods"), encoding: .utf8)
        #expect(!sheet.contains("table:formula"), "\(preset): no name became a formula")
        #expect(sheet.contains("office:date-value=\"2026-10-26T00:05:09"), "\(preset): the local time is a time")
        #expect(sheet.contains("office:date-value=\"2026-10-25T23:05:09"), "\(preset): so is UTC")
        for value in ["1234.567", "-20.5", "0.07"] {
          let cell = "office:value-type=\"float\" office:value=\"\(value)\""
          #expect(sheet.contains(cell), "\(preset): \(value) is a number")
        }
        #expect(sheet.contains("<text:p>Kühlschrank</text:p>"), "\(preset)")
      }
    }
  }

  static func text(_ dialect: CSVDialect) throws -> String {
    let at = CivilTime(year: 2026, month: 10, day: 25, hour: 23, minute: 5, second: 9).secondsSince1970
    let rows = ReadingColumns(
      times: [Timestamp(seconds: at)],
      columns: [
        RawExportTests.column(.time, .clock, [at]), RawExportTests.column(.total, .decimal(3), [1_234_567]),
        RawExportTests.column(.power, .decimal(1), [-205]), RawExportTests.column(.factor, .decimal(2), [7]),
      ])
    let names = ["=1+1", "+1", "@SUM(A1)", "-2", "Kühlschrank"]
    return try RawExportTests.export(names.map { DeviceRows(device: $0, chunks: [rows]) }, format: .csv(dialect))
  }

  static func convert(_ presets: [String], filter: String, in directory: URL) throws {
    try open(presets.map { directory.appending(path: "\($0).csv") }, ["--infilter=\(filter)"], in: directory)
  }

  /// Has LibreOffice write what it read as one XML file, a `.fods`, beside each.
  static func open(_ files: [URL], _ options: [String], in directory: URL) throws {
    let process = Process()
    process.executableURL = URL(filePath: try #require(office))
    process.arguments =
      [
        "-env:UserInstallation=file://\(directory.path)/profile", "--headless", "--norestore",
      ] + options + ["--convert-to", "fods", "--outdir", directory.path] + files.map(\.path)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.runOnLeash()
    process.waitUntilExit()
  }
}
