import Foundation
import Readings
import Reporting
import TestSupport
import Testing
import Text

/// Workbooks: an archive that is whole, and cells that every program takes for what they are.
@Suite(.serialized) struct WorkbookTests {
  /// Names that a spreadsheet would take for something else.
  static let names = [
    "007", "1e5", "2026-10-25", "TRUE", "=1+1", "1-2", "3,5", "-kettle", "10:30", "Büro ☕ & <冷蔵庫> \"x\"", "a\u{1B}[2Jb",
  ]

  private static func workbook() throws -> [UInt8] {
    let at = CivilTime(year: 2026, month: 10, day: 25, hour: 23, minute: 5, second: 9).secondsSince1970
    let rows = ReadingColumns(
      times: [Timestamp(seconds: at)],
      columns: [
        RawExportTests.column(.total, .decimal(3), [1_234_567]), RawExportTests.column(.power, .decimal(1), [-205]),
        RawExportTests.column(.factor, .decimal(2), [7]),
      ])
    var present = PresentKeys()
    present.add(rows)
    let fields = ExportField.all(of: present.keys)
    var book = WorkbookExport()
    var bytes: [UInt8] = []
    try book.begin(fields) { bytes += $0 }
    try book.append(
      names.map { DeviceRows(device: $0, chunks: [rows]) }, fields, zone: { _ in 3600 }, { bytes += $0 })
    try book.finish { bytes += $0 }
    #expect(book.rowCount == names.count)
    return bytes
  }

  private static func inFolder(_ body: (URL, URL) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "wattlog-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let file = directory.appending(path: "book.xlsx")
    try Data(workbook()).write(to: file)
    try body(file, directory)
  }

  @Test(
    .enabled(
      if: SpreadsheetTests.office != nil, "LibreOffice is not installed; its reading of workbooks is not checked"))
  func libreOfficeReadsTypesAndNames() throws {
    try Self.inFolder { file, directory in
      try SpreadsheetTests.open([file], [], in: directory)
      let sheet = try String(contentsOf: directory.appending(path: "book.fods"), encoding: .utf8)
      #expect(!sheet.contains("table:formula"))
      #expect(sheet.contains("office:date-value=\"2026-10-26T00:05:09"))
      #expect(sheet.contains("office:date-value=\"2026-10-25T23:05:09"))
      for value in ["1234.567", "-20.5", "0.07"] {
        #expect(sheet.contains("office:value-type=\"float\""), "\(value)")
        #expect(sheet.contains("office:value=\"\(value)\""), "\(value)")
      }
      for name in Self.names.dropLast(2) {
        let text = try #require(sheet.range(of: "<text:p>\(name)</text:p>"), "\(name)")
        let cell = try #require(sheet[..<text.lowerBound].range(of: "<table:table-cell", options: .backwards))
        #expect(sheet[cell.lowerBound..<text.lowerBound].contains("office:value-type=\"string\""), "\(name)")
      }
      #expect(sheet.contains("Büro ☕ &amp; &lt;冷蔵庫&gt;"))
    }
  }

  /// Python's own reader of archives looks at each checksum; openpyxl, where it is there, at the whole.
  @Test(.enabled(if: Programs.path(of: "python3") != nil, "python3 is not installed; the archive is not checked by it"))
  func pythonFindsNothingToComplainOf() throws {
    let program = """
      import sys, warnings, zipfile
      from xml.etree import ElementTree
      warnings.simplefilter("error")
      with zipfile.ZipFile(sys.argv[1]) as archive:
          assert archive.testzip() is None
          for name in archive.namelist():
              ElementTree.fromstring(archive.read(name))
          print(*archive.namelist())
      try:
          import openpyxl
      except ImportError:
          sys.exit()
      rows = list(openpyxl.load_workbook(sys.argv[1]).active.iter_rows(values_only=True))
      assert str(rows[1][0]) == "2026-10-26 00:05:09", rows[1]
      assert str(rows[1][1]) == "2026-10-25 23:05:09", rows[1]
      assert [row[2] for row in rows[1:8]] == ["007", "1e5", "2026-10-25", "TRUE", "=1+1", "1-2", "3,5"], rows
      """
    try Self.inFolder { file, _ in
      let process = Process()
      process.executableURL = URL(filePath: try #require(Programs.path(of: "python3")))
      process.arguments = ["-c", program, file.path]
      let (output, errors) = (Pipe(), Pipe())
      process.standardOutput = output
      process.standardError = errors
      try process.runOnLeash()
      let names = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(said)")
      #expect(names.contains("[Content_Types].xml") && names.contains("xl/worksheets/sheet1.xml"))
    }
  }

  static let isFast: Bool = {
    #if DEBUG
      false
    #else
      true
    #endif
  }()

  @Test(.enabled(if: isFast, "a million rows take minutes without optimisation"))
  func aSheetThatIsTooLongIsRefused() throws {
    let rows = ReadingColumns(
      times: (0..<1000).map { Timestamp(seconds: 1_800_000_000 + $0) },
      columns: [RawExportTests.column(.power, .decimal(0), Array(repeating: 5, count: 1000))])
    var present = PresentKeys()
    present.add(rows)
    let fields = ExportField.all(of: present.keys)
    var book = WorkbookExport()
    var count = 0
    try book.begin(fields) { count += $0.count }
    #expect(throws: WorkbookTooLong.self) {
      while true {
        try book.append([DeviceRows(device: "plug", chunks: [rows])], fields, zone: { _ in 0 }, { count += $0.count })
        try book.flush { count += $0.count }
      }
    }
    #expect(book.rowCount >= 1_048_575)
  }
}
