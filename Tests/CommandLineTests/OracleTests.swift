import Foundation
import TestSupport
import Testing

/// Households of a model of the firmware that was written without this program's sources, where it lies beside the shared
/// captures: what it prints are disagreements.
///
/// `WATTLOG_ORACLE_HOUSEHOLDS` is how many of each kind are tried, from 1 on; those that once disagreed are always.
@Suite struct OracleTests {
  static let model: String? = SharedData.directory.map { $0 + "/../oracle/household.py" }
    .flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }
  static let python = Programs.path(of: "python3")

  static let households: [(kind: String, seeds: String)] = {
    #if DEBUG
      let usual = 1
    #else
      let usual = 6
    #endif
    let count = ProcessInfo.processInfo.environment["WATTLOG_ORACLE_HOUSEHOLDS"].flatMap { Int($0) } ?? usual
    let found = [("plain", "186"), ("plain", "188"), ("late", "3"), ("time-formats", "39")]
    return found + ["plain", "late", "time-formats", "both-ways"].map { ($0, "1..\(max(count, 1))") }
  }()

  @Test(
    .enabled(if: model != nil && python != nil, "no oracle beside the package, or no python3"), arguments: households)
  func theModelAgrees(kind: String, seeds: String) throws {
    let directory = try TemporaryDirectory()
    let output = URL(fileURLWithPath: directory.path + "/said")
    try Data().write(to: output)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.python))
    process.arguments = [
      try #require(Self.model), "--kind", kind, "--seeds", seeds, "-v", "--binary", WattlogProcess.executable.path,
    ]
    process.environment = WattlogProcess(home: directory.path).environment.merging(["TMPDIR": directory.path]) { $1 }
    process.currentDirectoryURL = URL(fileURLWithPath: directory.path)
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = process.standardOutput
    try process.runOnLeash(seconds: 1800)
    process.waitUntilExit()
    let said = try String(contentsOf: output, encoding: .utf8)
    #expect(process.terminationStatus == 0 && said.hasSuffix(" passed, 0 failed\n"), "\(kind) \(seeds): \(said)")
  }
}
