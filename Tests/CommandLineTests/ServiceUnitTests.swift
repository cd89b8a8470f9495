import Foundation
import TestSupport
import Testing

/// Units of the package as systemd reads it.
@Suite struct ServiceUnitTests {
  private static let analyzer = Programs.path(of: "systemd-analyze")

  private static let units = ["wattlog.service", "wattlog-nightly.service"]

  private func path(_ unit: String) -> String {
    URL(fileURLWithPath: #filePath).appendingPathComponent("../../../Scripts/debian/\(unit)").standardizedFileURL.path
  }

  private func analyze(_ arguments: String...) throws -> (text: String, exit: Int32) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(ServiceUnitTests.analyzer))
    process.arguments = arguments
    let text = try process.outputOnLeash()
    return (text, process.terminationStatus)
  }

  @Test(.enabled(if: analyzer != nil, "systemd-analyze is not installed"), arguments: units)
  func theServiceIsExposedNoMoreThanOnePointFive(unit: String) throws {
    let (text, exit) = try analyze("security", "--offline=yes", "--threshold=15", path(unit))
    #expect(exit == 0, "\(text)")
  }

  @Test(.enabled(if: analyzer != nil, "systemd-analyze is not installed"), arguments: units + ["wattlog-nightly.timer"])
  func theUnitHasNoMistakes(unit: String) throws {
    // The program need not be installed on a machine that tests it.
    let directory = try TemporaryDirectory()
    for name in ServiceUnitTests.units + ["wattlog-nightly.timer"] {
      let text = try String(contentsOfFile: path(name), encoding: .utf8)
      #expect(text.contains("[Timer]") || text.contains("ExecStart=/usr/"))
      _ = try directory.write(
        text.replacingOccurrences(of: "/usr/bin/wattlog", with: "/bin/true")
          .replacingOccurrences(of: "/usr/lib/wattlog/nightly", with: "/bin/true"), to: name)
    }
    let copy = directory.path + "/" + unit
    let (said, exit) = try analyze("verify", "--man=no", "--recursive-errors=no", copy)
    #expect(exit == 0 && !said.contains(copy), "\(said)")
  }
}
