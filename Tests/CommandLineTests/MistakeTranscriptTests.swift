import Foundation
import TestSupport
import Testing

/// What a person gets to read after a slip: one sentence that names the cause and says what to do. The transcripts are in
/// Tests/Documented/mistakes.txt; `UPDATE_GOLDEN=1` rewrites what was said there.
@Suite(.enabled(if: PrivateBroker.isInstalled, "mosquitto or its clients are not installed"))
struct MistakeTranscriptTests {
  private static let golden = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Documented/mistakes.txt")

  private struct Case {
    var line: String
    /// With the exit code in brackets at the end.
    var said: String
  }

  private static func read() throws -> (head: String, cases: [Case]) {
    let parts = try String(contentsOf: golden, encoding: .utf8).components(separatedBy: "\n$ ")
    let cases = parts.dropFirst().map { part in
      let lines = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      return Case(line: String(lines[0]), said: lines.count > 1 ? lines[1].trimmingCharacters(in: .newlines) : "")
    }
    return (parts[0], Array(cases))
  }

  /// A store, files as people have them, a broker with a login, one without.
  private struct House {
    let directory: TemporaryDirectory
    let wattlog: WattlogProcess
    let closed: PrivateBroker
    let open: PrivateBroker
    let nobody: Int

    init() throws {
      directory = try TemporaryDirectory()
      wattlog = WattlogProcess(home: directory.path, timeZone: "Europe/London")
      closed = try PrivateBroker(users: ["watt": "secret"])
      open = try PrivateBroker()
      nobody = try PrivateBroker.freePort()
      let capture = try wattlog.run(
        "simulate", "--devices", "fridge,kettle,tv", "--period", "5m", "--seed", "7", "--from", "2026-10-24", "--to",
        "2026-10-26")
      #expect(try wattlog.run("replay", "-q", "-", input: Data(capture.stdout.utf8)).exit == 0)
      _ = try directory.write("wrong\n", to: "wrong")
      _ = try directory.write("right\n", to: "open-to-all")
      _ = try directory.write("dear diary\n", to: "photos/diary.txt")
      _ = try directory.write("hello\nworld\n", to: "hello.txt")
      _ = try directory.write("{ site: { timezone: \"Europe/London\" } }\n", to: "mistyped.json")
      _ = try directory.write("{ site: { timeZone: \"Europe/London\" }\n", to: "unfinished.json")
      _ = try directory.write("{ broker: { url: \"mqtt://homeassistant.local:99999\" } }\n", to: "port.json")
      let description = try String(contentsOfFile: directory.path + "/data/wattlog/wattlog.store", encoding: .utf8)
      let newer = description.components(separatedBy: "crc32c ")[0]
        .replacingOccurrences(of: "version 1\n", with: "version 99\n")
      _ = try directory.write("\(newer)crc32c \(House.checksum(newer))\n", to: "newer/wattlog.store")
      for (name, mode) in [("wrong", 0o600), ("open-to-all", 0o644)] {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: directory.path + "/" + name)
      }
    }

    /// CRC-32C, as Schema/segment-format.md has it at the end of a store's description.
    private static func checksum(_ text: String) -> String {
      var state = UInt32.max
      for byte in text.utf8 {
        state ^= UInt32(byte)
        for _ in 0..<8 { state = state & 1 == 1 ? state >> 1 ^ 0x82F6_3B78 : state >> 1 }
      }
      let digits = String(~state, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// Its words, with ports and paths by their names again.
    func says(_ line: String) throws -> String {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", line]
      var environment = wattlog.environment
      environment["PATH"] = WattlogProcess.executable.deletingLastPathComponent().path + ":/usr/bin:/bin"
      for (name, port) in ports { environment[name] = String(port) }
      process.environment = environment
      process.currentDirectoryURL = URL(fileURLWithPath: directory.path)
      process.standardInput = FileHandle.nullDevice
      var text = try process.outputOnLeash()
      for (name, port) in ports { text = text.replacingOccurrences(of: ":\(port)", with: ":$\(name)") }
      return text.replacingOccurrences(of: directory.path, with: "$HOME") + "[\(process.terminationStatus)]"
    }

    private var ports: [(String, Int)] { [("CLOSED", closed.port), ("OPEN", open.port), ("NOBODY", nobody)] }
  }

  @Test func aSlipIsAnsweredByOneSentenceThatSaysWhatToDo() throws {
    let (head, cases) = try Self.read()
    #expect(cases.count >= 40 && Set(cases.map(\.line)).count == cases.count)
    let house = try House()
    var file = head
    for item in cases {
      let said = try house.says(item.line)
      file += "\n$ \(item.line)\n\(said)\n"
      if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != "1" { #expect(said == item.said, "$ \(item.line)") }
      let lines = said.split(separator: "\n")
      #expect(lines.count == 2 && lines[0].hasPrefix("wattlog: ") && lines.last != "[0]", "$ \(item.line)\n\(said)")
      // A cause, then what to do: behind a semicolon, or as the list of what is understood.
      let advises = ["; ", "? ", "?\n", "write ", "it takes ", " from ", "expected "].contains { said.contains($0) }
      #expect(advises, "$ \(item.line)\n\(said)")
      #expect(lines[0].utf8.count <= 400, "$ \(item.line)\n\(said)")
    }
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try Data(file.utf8).write(to: Self.golden)
    }
  }
}
