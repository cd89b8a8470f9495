import Foundation
import TestSupport
import Testing

/// `doctor --bundle`: what somebody attaches to a bug report gives the same figures and names nobody.
@Suite(.enabled(if: Programs.path(of: "python3") != nil, "python3, which unpacks the archive, is not installed"))
struct BundleCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path, timeZone: "Europe/London")
  }

  private func unpack(_ archive: String, into folder: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: try #require(Programs.path(of: "python3")))
    process.arguments = ["-m", "zipfile", "-e", archive, folder]
    try process.runOnLeash()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  @Test func `the archive's report has the same kWh, and no word of the house is in any file`() throws {
    let simulated = try wattlog.run(
      "simulate", "-q", "--devices", "fridge,kettle,solar", "--period", "5m", "--seed", "9", "--from", "2026-10-20",
      "--to", "2026-10-27")
    #expect(try wattlog.run(["-q", "replay", "-"], input: Data(simulated.stdout.utf8)).exit == 0)
    #expect(try wattlog.run("device", "rename", "kettle", "Gina's kettle").exit == 0)
    let archive = directory.path + "/report.zip"
    let run = try wattlog.run("doctor", "--bundle", archive, "--from", "2026-10-23", "--to", "2026-10-26")
    #expect(run.exit == 0 && run.stdout == "", "\(run)")
    #expect(
      run.stderr.hasPrefix("wattlog: '\(archive)' holds ") || run.stderr.hasPrefix("'\(archive)' holds "), "\(run)")
    let left = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    #expect(!left.contains { $0.hasPrefix(".wattlog-bundle") })

    let folder = directory.path + "/unpacked"
    try unpack(archive, into: folder)
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      guard let bytes = FileManager.default.contents(atPath: folder + "/" + name) else { continue }
      let text = String(decoding: bytes, as: UTF8.self).lowercased() + name
      for word in ["fridge", "kettle", "solar", "gina", directory.path.lowercased()] {
        #expect(!text.contains(word), "\(word) in \(name)")
      }
    }
    let days = ["report", "day", "--from", "2026-10-23", "--to", "2026-10-26", "-f", "csv", "-q"]
    let here = try wattlog.run(days).stdout
    let there = try wattlog.run(
      days + ["--config", folder + "/wattlog.json", "--store", folder + "/store"])
    #expect(there.exit == 0, "\(there)")
    // Everything but the names, which sort alike.
    func figures(_ csv: String) -> [[Substring]] {
      let lines = csv.split(whereSeparator: \.isNewline).map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
      let names = Set(lines[0].indices.filter { ["device", "notes"].contains(lines[0][$0]) })
      return lines.map { line in line.indices.filter { !names.contains($0) }.map { line[$0] } }
    }
    #expect(
      figures(here).count == 10
        && figures(here).sorted { "\($0)" < "\($1)" } == figures(there.stdout).sorted { "\($0)" < "\($1)" })
    #expect(try wattlog.run("verify", "--store", folder + "/store").exit == 0)
  }

  @Test func `a period without --bundle is refused`() throws {
    let run = try wattlog.run("doctor", "-p", "yesterday")
    #expect(run.exit == 2 && run.stderr.contains("-p is of --bundle"), "\(run)")
  }

  @Test func `without a reading there is nothing to attach`() throws {
    let run = try wattlog.run("doctor", "--bundle", directory.path + "/report.zip")
    #expect(run.exit != 0 && !FileManager.default.fileExists(atPath: directory.path + "/report.zip"), "\(run)")
  }
}
