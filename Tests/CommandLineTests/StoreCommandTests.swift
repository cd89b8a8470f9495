import Foundation
import Glibc
import TestSupport
import Testing

/// From capture lines to reports and back out, through the built program.
@Suite struct StoreCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path, timeZone: "Europe/London")
  }

  private var store: String { directory.path + "/data/wattlog" }

  private func json(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// Two simulated hours around the hour that the clocks show twice, every ten seconds, in the store.
  private func replayTwoHours() throws -> String {
    let capture = directory.path + "/capture.log"
    let simulated = try wattlog.run(
      "simulate", "--from", "2026-10-25T00:30", "--to", "2026-10-25T02:30", "--devices", "fridge,tv", "-o", capture)
    #expect(simulated == Transcript(stdout: "", stderr: "", exit: 0))
    #expect(try wattlog.run("-q", "replay", capture) == Transcript(stdout: "", stderr: "", exit: 0))
    return capture
  }

  /// Every file of the store with its bytes.
  private func content() throws -> [String: Data] {
    var files: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: store) {
      var isDirectory: ObjCBool = false
      let full = store + "/" + path
      guard FileManager.default.fileExists(atPath: full, isDirectory: &isDirectory), !isDirectory.boolValue else {
        continue
      }
      files[path] = try Data(contentsOf: URL(fileURLWithPath: full))
    }
    return files
  }

  /// Every list: `-f`, else the suffix of `-o`; a suffix that stands for no format is refused.
  @Test func aListTakesTheFormatOfItsFilesSuffix() throws {
    let capture = directory.path + "/capture.log"
    let simulated = try wattlog.run(
      "simulate", "--from", "2026-10-20", "--to", "2026-10-23", "--devices", "washer,fridge", "--period", "300s",
      "--faults", "offline,power-cut", "--seed", "3", "--no-state", "-o", capture)
    #expect(simulated.exit == 0)
    #expect(try wattlog.run("-q", "replay", capture).exit == 0)
    let time = ["--from", "2026-10-20", "--to", "2026-10-23"]
    for command in [["events"], ["gaps"], ["runs", "fridge"], ["standby"]] {
      for format in ["csv", "json"] {
        let path = directory.path + "/list.\(format)"
        #expect(try wattlog.run(command + time + ["-o", path]).exit == 0, "\(command)")
        let printed = try wattlog.run(command + time + ["-f", format]).stdout
        #expect(
          try String(contentsOfFile: path, encoding: .utf8) == printed && !printed.isEmpty, "\(command) \(format)")
      }
      let refused = try wattlog.run(command + time + ["-o", directory.path + "/list.pdf"])
      #expect(refused.exit == 2 && refused.stderr.contains("'.pdf'"), "\(command): \(refused)")
    }
  }

  @Test func theSameSeedGivesTheSameBytes() throws {
    let arguments = [
      "simulate", "--from", "2026-03-29T00:00", "--to", "2026-03-29T04:00", "--seed", "5", "--devices", "washer,solar",
    ]
    let first = try wattlog.run(arguments)
    #expect(first.exit == 0 && first.stdout.utf8.count > 100_000)
    #expect(try wattlog.run(arguments).stdout == first.stdout)
    #expect(try wattlog.run(arguments + ["--seed", "6"]).stdout != first.stdout)
  }

  @Test func everyLineIsCountedOnceAndASecondReplayChangesNothing() throws {
    let capture = try replayTwoHours()
    let before = try content()
    #expect(!before.keys.contains { $0.contains("journal") })
    let again = try wattlog.run("replay", "--json", capture)
    #expect(again.exit == 0 && again.stderr == "")
    let summary = try json(again.stdout)
    let lines = try String(contentsOfFile: capture, encoding: .utf8).split(separator: "\n").count
    let counts = ["readings", "events", "duplicates", "retained", "ignored"].map { summary[$0] as? Int ?? -1 }
    let refused = (summary["refused"] as? [String: Int] ?? [:]).values.reduce(0, +)
    #expect(summary["schema"] as? String == "wattlog.replay/1" && summary["lines"] as? Int == lines)
    #expect(counts.reduce(refused, +) == lines)
    #expect(counts[0] == 0 && counts[1] == 0 && counts[2] > 2000)
    #expect(try content() == before)
  }

  @Test func replayReportAndExportAgreeWithTheTruth() throws {
    let truth = directory.path + "/truth.csv"
    let capture = try wattlog.run(
      "simulate", "--from", "2026-10-25", "--to", "2026-10-26", "--devices", "kettle,pc", "--truth", truth)
    #expect(try wattlog.run(["replay", "-"], input: Data(capture.stdout.utf8)).exit == 0)
    let report = try wattlog.run("report", "day", "-p", "2026-10-25", "-f", "json")
    #expect(report.exit == 0 && report.stderr == "")
    let object = try json(report.stdout)
    let periods = try #require(object["periods"] as? [[String: Any]])
    #expect(periods.count == 1 && periods[0]["hours"] as? Int == 25)
    #expect(periods[0]["start"] as? String == "2026-10-25T00:00:00+01:00")
    #expect(periods[0]["end"] as? String == "2026-10-26T00:00:00+00:00")
    let rows = try String(contentsOfFile: truth, encoding: .utf8).split(separator: "\n").dropFirst()
    let devices = try #require(periods[0]["devices"] as? [[String: Any]])
    #expect(rows.count == 2 && devices.count == 2)
    for row in rows {
      let cells = row.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      let entry = try #require(devices.first { $0["device"] as? String == cells[1] })
      let kWh = try #require(entry["kWh"] as? Double)
      let exact = try #require(Double(cells[2]))
      #expect(abs(kWh - exact) < 0.0021, "\(cells[1])")
      #expect(entry["messages"] as? Int == Int(cells[6]))
    }
    // Every SENSOR message comes out again with its digits.
    let raw = try wattlog.run("export", "--raw", "--device", "kettle", "--fields", "energy_total,power")
    let sent = capture.stdout.split(separator: "\n").filter { $0.contains(" tele/kettle/SENSOR ") }
    let exported = raw.stdout.split(separator: "\r\n").dropFirst()
    #expect(raw.exit == 0 && exported.count == sent.count && exported.count == 9000)
    for (line, row) in zip(sent, exported) {
      let cells = row.split(separator: ",", omittingEmptySubsequences: false)
      #expect(line.contains("\"Total\":\(cells[5]),") && line.contains("\"Power\":\(cells[6]),"))
      #expect(line.contains("\"Time\":\"\(cells[4])\""))
      if !line.contains("\"Total\":\(cells[5]),") { break }
    }
    // Half-hours add up to the day.
    let steps = try wattlog.run("export", "--every", "30m", "--device", "pc", "--fields", "energy", "-p", "2026-10-25")
    let parts = steps.stdout.split(separator: "\r\n").dropFirst().compactMap { row in
      Decimal(string: String(row.split(separator: ",", omittingEmptySubsequences: false).last ?? ""))
    }
    let day = try #require(devices.first { $0["device"] as? String == "pc" }?["kWh"] as? Double)
    #expect(parts.count == 50 && parts.reduce(0, +) == Decimal(string: String(day)))
  }

  @Test func reportsOfACompleteDayArePlainAndChooseTheirFormatBySuffix() throws {
    _ = try replayTwoHours()
    let table = try wattlog.run("report", "-p", "2026-10-25", "--chart", environment: ["NO_COLOR": "1"])
    #expect(table.exit == 0 && table.stdout.hasPrefix("Sunday 25 October 2026 · Europe/London · 25 h"))
    #expect(!table.stdout.contains("\u{1B}"))
    for (suffix, start) in [
      ("csv", "start,end,"), ("json", "{\"schema\":\"wattlog.report/1\""), ("html", "<!doctype html>"),
    ] {
      let path = directory.path + "/out." + suffix
      #expect(try wattlog.run("report", "-p", "2026-10-25", "-o", path) == Transcript(stdout: "", stderr: "", exit: 0))
      #expect(try String(contentsOfFile: path, encoding: .utf8).lowercased().hasPrefix(start))
      #expect(!FileManager.default.fileExists(atPath: path + ".partial"))
    }
  }

  @Test func aDayThatIsNotWhollyRecordedIsIncompleteWithStrict() throws {
    _ = try replayTwoHours()
    let strict = try wattlog.run("report", "day", "-p", "2026-10-25", "--strict", "-o", "report.txt")
    #expect(strict.exit == 3)
    #expect(try wattlog.run("report", "day", "-p", "2026-10-25", "-o", "report.txt").exit == 0)
  }

  @Test func aFlatTariffPricesTheDay() throws {
    _ = try replayTwoHours()
    let tariff = directory.path + "/tariff.json"
    try Data(
      """
      { name: "flat", currency: "GBP", periods: [ { from: "2026-01-01", standingCharge: 0.50, rates: [ { name: "all", price: 0.25 } ] } ] }
      """.utf8
    ).write(to: URL(fileURLWithPath: tariff))
    let report = try wattlog.run("report", "day", "-p", "2026-10-25", "-f", "json", "--tariff", tariff)
    let object = try json(report.stdout)
    let total = try #require(object["total"] as? [String: Any])
    #expect(object["currency"] as? String == "GBP" && object["tariff"] as? String == "flat")
    #expect(total["standingCharge"] as? Double == 0.5)
    let energy = try #require(total["energyCost"] as? Double)
    let kWh = try #require(total["kWh"] as? Double)
    #expect(abs(energy - kWh * 0.25) <= 0.0051)
  }

  @Test func garbageInACaptureIsNamedWithItsLineAndTheRestIsStored() throws {
    let good =
      "1792886400.000 0 tele/tv/SENSOR {\"Time\":\"2026-10-25T00:00:00\",\"ENERGY\":{\"Total\":1.000,\"Power\":5}}"
    let input = "nonsense\n\(good)\n1792886410 0 tele/tv/SENSOR {\"ENERGY\":{\"Total\":1.0\n\u{1}\u{2}\n"
    let run = try wattlog.run(["replay", "--json", "-"], input: Data(input.utf8))
    #expect(run.exit == 0)
    let summary = try json(run.stdout)
    #expect(summary["lines"] as? Int == 4 && summary["readings"] as? Int == 1)
    #expect((summary["refused"] as? [String: Int])?["malformed-line"] == 2)
    let lines = run.stderr.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0].hasPrefix("wattlog: line 1: ") && lines[1].hasPrefix("wattlog: line 3: "))
    #expect(lines[2].hasPrefix("wattlog: line 4: ") && !run.stderr.contains("\u{1}"))
  }

  @Test(arguments: [["report"], ["export"], ["status"], ["gaps"], ["events"], ["verify"], ["repair"], ["compact"]])
  func aMissingStoreIsExit5AndIsNotMade(command: [String]) throws {
    let run = try wattlog.run(command)
    #expect(run.exit == 5 && run.stdout == "")
    #expect(run.stderr.hasPrefix("wattlog: there is no store at '\(store)'; start one with 'wattlog record'"))
    #expect(!FileManager.default.fileExists(atPath: store))
  }

  @Test func whatIsNotInTheStoreIsExit11() throws {
    _ = try replayTwoHours()
    for arguments in [
      ["report", "-p", "2020"], ["report", "--device", "nope"], ["export", "-p", "2020"], ["export", "--device", "x*"],
      ["gaps", "-p", "2020"], ["events", "-p", "2020", "-f", "json"],
    ] {
      let run = try wattlog.run(arguments)
      #expect(run.exit == 11, "\(arguments)")
      #expect(arguments.contains("json") || (run.stdout == "" && run.stderr.hasPrefix("wattlog: ")))
    }
    #expect(try wattlog.run("report", "--device", "fridg").stderr.contains("did you mean 'fridge'?"))
  }

  @Test func aStoreThatIsHeldIsExit6() throws {
    let capture = try replayTwoHours()
    let descriptor = open(store, O_RDONLY)
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    defer { close(descriptor) }
    for arguments in [["replay", capture], ["repair"], ["compact"]] {
      let run = try wattlog.run(arguments)
      #expect(run.exit == 6 && run.stderr.hasPrefix("wattlog: the store at '\(store)' is held by "))
    }
    // Readers do not care.
    #expect(try wattlog.run("report", "-p", "2026-10-25").exit == 0)
    #expect(try wattlog.run("status").stdout.hasPrefix("recorder  running, process \(getpid())"))
  }

  /// Another file of that name: a backup's hard link keeps the old one.
  private func replace(_ path: String, by bytes: Data) throws {
    try FileManager.default.removeItem(atPath: path)
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  @Test func damageIsFoundReportedOverAndRepaired() throws {
    _ = try replayTwoHours()
    #expect(try wattlog.run("verify", "--deep").exit == 0)
    let copy = directory.path + "/copy"
    #expect(try wattlog.run("backup", copy).exit == 0)
    let segment = try #require(content().keys.first { $0.hasSuffix(".segment") })
    let path = store + "/" + segment
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[bytes.count / 3] ^= 0x55
    try replace(path, by: bytes)
    let verify = try wattlog.run("verify")
    #expect(verify.exit == 7 && verify.stderr.contains(segment))
    let report = try wattlog.run("report", "-p", "2026-10-25")
    #expect(report.exit == 0 && report.stdout.contains("damaged"))
    #expect(try wattlog.run("report", "-p", "2026-10-25", "--strict").exit == 3)
    #expect(try wattlog.run("repair").exit == 0)
    #expect(try wattlog.run("verify", "--deep").exit == 0)
    #expect(try content().keys.contains { $0.hasPrefix("quarantine/") })
    #expect(try wattlog.run("verify", "--deep", "--store", copy).exit == 0)
  }

  /// Only `verify` has something to say of them.
  @Test func damagedEventsWithoutReadingsAreNoReport() throws {
    let lines = (0..<50).map {
      "\(1_792_886_400 + 60 * $0).5 1 tele/fridge/LWT \($0 % 2 == 0 ? "Online" : "Offline")\n"
    }
    let capture = directory.path + "/events.capture"
    try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: capture))
    #expect(try wattlog.run("replay", capture).exit == 0)
    #expect(try wattlog.run("compact").exit == 0)
    let path = store + "/" + (try #require(content().keys.first { $0.hasSuffix(".segment") }))
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[bytes.count / 3] ^= 4
    try replace(path, by: bytes)
    #expect(try wattlog.run("verify").exit == 7)
    let report = try wattlog.run("report", "-p", "2026-10-25")
    #expect(report.exit == 11 && report.stderr.contains("holds no reading yet"), "\(report)")
  }

  /// Nothing can be read, and every command says so and why.
  @Test(arguments: [0.02, 0.3, 0.9])
  func aTruncatedSegmentIsNamed(share: Double) throws {
    _ = try replayTwoHours()
    let segment = try #require(content().keys.first { $0.hasSuffix(".segment") })
    let path = store + "/" + segment
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    try replace(path, by: bytes.prefix(Int(Double(bytes.count) * share)))
    for format in ["table", "json"] {
      let report = try wattlog.run("report", "-p", "2026-10-25", "-f", format)
      #expect(report.exit == 0 && report.stdout.contains(segment) && report.stdout.contains("damaged"), "\(report)")
    }
    #expect(try wattlog.run("report", "-p", "2026-10-25", "--strict").exit == 3)
    for words in [["export"], ["export", "--every", "1h"]] {
      let export = try wattlog.run(words)
      #expect(export.exit == 0 && export.stderr.contains(segment), "\(export)")
      #expect(try wattlog.run(words + ["--strict"]).exit == 3)
    }
    let other = try wattlog.run("report", "-p", "2020-01-01")
    // What the lost part held, nobody knows.
    #expect((other.stdout + other.stderr).contains(segment), "\(other)")
    for words in [["explain", "fridge", "2026-10-25"], ["report", "--device", "fridge"]] {
      let run = try wattlog.run(words)
      #expect(run.exit == 11 || run.exit == 0, "\(run)")
      #expect((run.stdout + run.stderr).contains(segment), "\(run)")
    }
    let verify = try wattlog.run("verify")
    #expect(verify.exit == 7 && verify.stderr.contains("wattlog repair --store"), "\(verify)")
    let retain = try wattlog.run("retain", "--raw", "1w")
    #expect(retain.exit == 7 && retain.stderr.contains(segment), "\(retain)")
    let repair = try wattlog.run("repair")
    #expect(repair.exit == 0, "\(repair)")
    #expect(try wattlog.run("verify").exit == 0)
  }

  @Test func compactNamesTheSegmentThatItLeavesAlone() throws {
    for hours in [("00:00", "02:00"), ("02:00", "04:00"), ("04:00", "06:00")] {
      let capture = directory.path + "/\(hours.0.prefix(2)).log"
      let simulated = try wattlog.run(
        "simulate", "--from", "2026-10-24 \(hours.0)", "--to", "2026-10-24 \(hours.1)", "--devices", "fridge",
        "--no-state",
        "-o", capture)
      #expect(simulated.exit == 0, "\(simulated)")
      #expect(try wattlog.run("-q", "replay", capture).exit == 0)
    }
    let segments = try content().keys.filter { $0.hasSuffix(".segment") }.sorted()
    #expect(segments.count == 3)
    let path = store + "/" + segments[0]
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    // In the first block, so that only reading it shows.
    bytes[120] ^= 0x55
    try replace(path, by: bytes)
    let compact = try wattlog.run("compact")
    #expect(compact.exit == 7 && compact.stderr.contains(segments[0]), "\(compact)")
    #expect(try content().keys.contains(segments[1]))
    #expect(try wattlog.run("repair").exit == 0)
    #expect(try wattlog.run("compact").exit == 0)
    // The hours of the lost readings, which rollups alone tell, stay a segment of their own.
    #expect(try content().keys.filter { $0.hasSuffix(".segment") && !$0.hasPrefix("quarantine/") }.count == 2)
    #expect(try wattlog.run("verify", "--deep").exit == 0)
  }

  @Test func statusSaysWhatTheStoreHolds() throws {
    _ = try replayTwoHours()
    let object = try json(try wattlog.run("status", "--json").stdout)
    let stored = try #require(object["store"] as? [String: Any])
    let recorder = try #require(object["recorder"] as? [String: Any])
    let devices = try #require(object["devices"] as? [[String: Any]])
    #expect(object["schema"] as? String == "wattlog.status/1" && stored["path"] as? String == store)
    #expect(stored["messages"] as? Int == object["readings"] as? Int)
    #expect(recorder["running"] as? Bool == false)
    #expect(devices.map { $0["device"] as? String } == ["fridge", "tv"])
    for device in devices {
      #expect(device["availability"] as? String == "online" && device["powerW"] is Double)
      #expect((device["mac"] as? String)?.count == 12 && device["ageSeconds"] is Int)
    }
    #expect(object["ignored"] is Int && object["refused"] is [String: Int])
  }

  @Test func aFullDiskIsExit12AndAReaderThatLeavesIsNoError() throws {
    _ = try replayTwoHours()
    let full = try wattlog.run("export", "-o", "/dev/full")
    #expect(full.exit == 12 && full.stderr == "wattlog: cannot write '/dev/full': No space left on device\n")
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = ["-c", "'\(WattlogProcess.executable.path)' export | head -n 1 > '\(directory.path)/first'"]
    shell.environment = wattlog.environment
    let errors = Pipe()
    shell.standardError = errors
    try shell.runOnLeash()
    let said = errors.fileHandleForReading.readDataToEndOfFile()
    shell.waitUntilExit()
    #expect(said.isEmpty)
    #expect(try String(contentsOfFile: directory.path + "/first", encoding: .utf8).hasPrefix("time,time_utc,device"))
  }

  /// Else the first file of the store would be number 2, and the note on what was refused would be written into it.
  @Test(arguments: ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
  func descriptorsThatTheCallerClosedAreNoFilesOfTheStore(closed: String) throws {
    let capture = try TemporaryDirectory()
    let lines = (0..<300).map { number in
      #"\#(1_761_955_200 + 10 * number) 0 tele/plug/SENSOR {"Time":"2025-11-01T00:00:00","ENERGY":{"Total":\#(number)}}"#
    }
    let file = try capture.write((lines + ["nonsense", ""]).joined(separator: "\n"), to: "capture.log")
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = ["-c", "exec '\(WattlogProcess.executable.path)' replay -v '\(file)' \(closed)"]
    shell.environment = wattlog.environment
    (shell.standardInput, shell.standardOutput, shell.standardError) = (
      nil, FileHandle.nullDevice, FileHandle.nullDevice
    )
    try shell.runOnLeash()
    shell.waitUntilExit()
    let verified = try wattlog.run("verify", "--deep", "--json")
    #expect(verified.exit == 0, "\(closed): \(verified)")
    let exported = try wattlog.run("export", "--raw")
    #expect(exported.stdout.split(whereSeparator: \.isNewline).count == 301, "\(closed): \(exported)")
  }

  @Test func aReplayThatIsStoppedKeepsWhatItRead() throws {
    let lines = try wattlog.run(
      "simulate", "--from", "2026-10-25T00:30", "--to", "2026-10-25T01:00+01:00", "--devices", "fridge"
    ).stdout
    let pipe = Pipe()
    let process = Process()
    process.executableURL = WattlogProcess.executable
    process.arguments = ["replay", "--json", "-"]
    process.environment = wattlog.environment
    process.standardInput = pipe
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.runOnLeash()
    try pipe.fileHandleForWriting.write(contentsOf: Data(lines.utf8))
    // The pipe is empty once all was read.
    var waiting: Int32 = 1
    let deadline = Date().addingTimeInterval(20)
    while waiting > 0, Date() < deadline {
      usleep(1000)
      _ = ioctl(pipe.fileHandleForReading.fileDescriptor, UInt(FIONREAD), &waiting)
    }
    kill(process.processIdentifier, SIGTERM)
    let summary = try json(String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self))
    process.waitUntilExit()
    #expect(process.terminationStatus == 143 && summary["readings"] as? Int == 180)
    #expect(try wattlog.run("status").stdout.contains("180 messages"))
  }
}
