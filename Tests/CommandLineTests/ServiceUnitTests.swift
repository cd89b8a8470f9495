import Foundation
import TestSupport
import Testing

/// `Scripts/wattlog.service` as systemd reads it.
@Suite struct ServiceUnitTests {
  private static let analyzer = Programs.path(of: "systemd-analyze")

  private static let unit = URL(fileURLWithPath: #filePath)
    .appendingPathComponent("../../../Scripts/wattlog.service").standardizedFileURL

  private func analyze(_ arguments: String...) throws -> (text: String, exit: Int32) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(ServiceUnitTests.analyzer))
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.runOnLeash()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (text, process.terminationStatus)
  }

  @Test(.enabled(if: analyzer != nil, "systemd-analyze is not installed"))
  func theServiceIsExposedNoMoreThanOnePointFive() throws {
    let (text, exit) = try analyze("security", "--offline=yes", "--threshold=15", ServiceUnitTests.unit.path)
    #expect(exit == 0, "\(text)")
  }

  @Test(.enabled(if: analyzer != nil, "systemd-analyze is not installed"))
  func theUnitHasNoMistakes() throws {
    // The program need not be installed on a machine that tests it.
    let directory = try TemporaryDirectory()
    let copy = directory.path + "/wattlog.service"
    let text = try String(contentsOf: ServiceUnitTests.unit, encoding: .utf8)
    #expect(text.contains("ExecStart=/usr/local/bin/wattlog record "))
    try text.replacingOccurrences(of: "/usr/local/bin/wattlog", with: "/bin/true")
      .write(toFile: copy, atomically: true, encoding: .utf8)
    let (said, exit) = try analyze("verify", "--man=no", "--recursive-errors=no", copy)
    #expect(exit == 0 && !said.contains(copy), "\(said)")
  }
}
