import Foundation
import Readings
import Tasmota
import TestSupport
import Testing

/// What people posted of their plugs' messages, all of it, and the captures.
@Suite struct PostedPayloadTests {
  struct Posted {
    var line: Int
    var topic: String?
    var payload: String
    var kind: String
  }

  private func posted() throws -> [Posted]? {
    guard let bytes = SharedData.bytes("payloads.jsonl") else { return nil }
    return try bytes.split(separator: 0x0A).enumerated().map { index, line in
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
      return Posted(
        line: index + 1, topic: object["topic"] as? String, payload: try #require(object["payload"] as? String),
        kind: try #require(object["kind"] as? String))
    }
  }

  private enum Class: String { case reading, event, ignored, refused }

  /// Lines that their kind does not say all of.
  private static let exceptions: [Int: Class] = [
    // Truncated, or sent so: no closing brace.
    7: .refused, 18: .refused, 19: .refused, 21: .refused, 46: .refused,
    // Nothing of energy in them.
    20: .ignored, 96: .ignored, 148: .ignored,
    // cmnd/…/POWER, empty.
    41: .ignored,
    // An odd but whole message.
    24: .reading, 59: .reading, 61: .reading, 103: .reading, 77: .reading, 177: .reading, 178: .reading,
    // Numbers at the top level, under SENSOR: no ENERGY.
    108: .ignored,
    // ENERGY without a number: of another product, or of a test.
    97: .refused, 98: .refused, 127: .refused, 183: .refused,
  ]

  private static func expectation(_ posted: Posted) -> Class {
    if let exception = exceptions[posted.line] { return exception }
    switch posted.kind {
    case "sensor-energy-single", "sensor-energy-multichannel", "sensor-energy-array-total", "status8-or-10":
      return .reading
    case "lwt", "power-onoff", "result", "discovery-config": return .event
    default: return .ignored
    }
  }

  /// A topic for those that were posted without one.
  private static func topic(_ posted: Posted) -> String {
    if let topic = posted.topic { return topic }
    switch posted.kind {
    case "status8-or-10": return "stat/posted/STATUS8"
    case "result": return "stat/posted/RESULT"
    case "state": return "tele/posted/STATE"
    case "discovery-sensors": return "tasmota/discovery/0123456789AB/sensors"
    case "discovery-config":
      let mac = posted.payload.components(separatedBy: "\"mac\":\"").last?.prefix(12) ?? ""
      return "tasmota/discovery/\(mac)/config"
    default:
      if posted.payload.hasPrefix("{\"EnergyToday") || posted.payload.hasPrefix("{\"EnergyYesterday") {
        return "stat/posted/RESULT"
      }
      return "tele/posted/SENSOR"
    }
  }

  private static func classify(_ outcome: Outcome) -> Class? {
    switch outcome {
    case .reading: .reading
    case .event: .event
    case .ignored: .ignored
    case .refused: .refused
    case .retained: nil
    }
  }

  @Test func everyPostedMessageIsWhatItsKindSays() throws {
    guard let all = try posted() else {
      print("skipped: no shared data beside the package")
      return
    }
    #expect(all.count == 183)
    for posted in all {
      var bench = Bench()
      let outcome = bench.decode(Self.topic(posted), posted.payload)
      #expect(
        Self.classify(outcome) == Self.expectation(posted),
        "line \(posted.line): \(outcome) \(posted.payload.prefix(120))")
      guard case .reading = outcome else { continue }
      #expect(
        bench.texts.sorted() == Self.reparsed(posted.payload, topic: Self.topic(posted)).sorted(), "line \(posted.line)"
      )
    }
  }

  /// The numbers of the message by other means: regular expressions over its text, no scanner.
  private static func reparsed(_ payload: String, topic: String) -> [String] {
    var result: [String] = []
    let isLegacy = topic.hasSuffix("/ENERGY")
    if let match = payload.firstMatch(of: /"Time"\s*:\s*"([^"]*)"/) { result.append("Time=\(match.1)") }
    if let match = payload.firstMatch(of: /"Epoch"\s*:\s*([0-9]+)/) { result.append("Epoch=\(match.1)") }
    var energy = payload[...]
    if !isLegacy {
      guard let start = payload.firstRange(of: /"ENERGY"\s*:\s*\{/) else { return result }
      var depth = 1
      energy = payload[start.upperBound...]
      let end = energy.firstIndex { character in
        if character == "{" { depth += 1 } else if character == "}" { depth -= 1 }
        return depth == 0
      }
      energy = energy[..<(end ?? energy.endIndex)]
    }
    // Objects inside: their members first, with the name before them.
    while let inner = energy.firstMatch(of: /"(\w+)"\s*:\s*\{([^{}]*)\},?/) {
      if inner.1 != "ENERGY" || !isLegacy { result += members(inner.2, prefix: "\(inner.1).") }
      energy = energy.replacing(inner.0, with: "", maxReplacements: 1)[...]
    }
    result += members(energy, prefix: "").filter { !isLegacy || !$0.hasPrefix("Time=") }
    // Old tariffs: an array of three beside single numbers.
    let isOldTariff =
      result.contains { $0.hasPrefix("Total#3") } && result.contains { $0.hasPrefix("Today=") }
      && !result.contains { $0.hasPrefix("Power#") || $0.hasPrefix("Today#") }
    return result.map { text in
      if isOldTariff {
        if text.hasPrefix("Total#1") { return "Total" + text.dropFirst(7) }
        if text.hasPrefix("Total#2") { return "TotalTariff1" + text.dropFirst(7) }
        if text.hasPrefix("Total#3") { return "TotalTariff2" + text.dropFirst(7) }
      }
      if text.hasPrefix("TotalTariff#") { return "TotalTariff" + text.dropFirst(12) }
      return text
    }
  }

  private static func members(_ text: Substring, prefix: String) -> [String] {
    var result: [String] = []
    for match in text.matches(of: /"(\w+)"\s*:\s*(\[[^\]]*\]|"[^"]*"|[-+.0-9eE]+)/) {
      if match.2.hasPrefix("[") {
        for (index, element) in match.2.dropFirst().dropLast().split(separator: ",").enumerated() {
          result.append("\(prefix)\(match.1)#\(index + 1)=\(element.trimmingCharacters(in: .whitespaces))")
        }
      } else if match.2.hasPrefix("\"") {
        if match.1 == "TotalStartTime" { result.append("TotalStartTime=\(match.2.dropFirst().dropLast())") }
      } else {
        result.append("\(prefix)\(match.1)=\(match.2)")
      }
    }
    return result
  }

  @Test func everyTruncationAndManyMutationsOfPostedMessagesAreSafe() throws {
    guard let all = try posted() else {
      print("skipped: no shared data beside the package")
      return
    }
    var generator = SeededGenerator(seed: 183)
    for posted in all {
      let topic = Array(Self.topic(posted).utf8)
      let payload = Array(posted.payload.utf8)
      var bench = Bench(maximumDevices: 4)
      for count in 1..<max(1, payload.count) {
        guard case .reading = bench.decode(topic, Array(payload[..<count])) else { continue }
        // What was cut off can only have been blanks.
        #expect(payload[count...].allSatisfy { $0 <= 0x20 }, "line \(posted.line) at \(count)")
      }
      for _ in 0..<20 where !payload.isEmpty {
        var changed = payload
        changed[Int.random(in: 0..<changed.count, using: &generator)] =
          Array(#"0123456789.-,:"{}[]"#.utf8).randomElement(using: &generator) ?? 0
        _ = bench.decode(topic, changed)
      }
    }
  }

  @Test(arguments: [("plug-august.log.zst", 8642), ("autumn.log.zst", 0)])
  func everyLineOfACaptureIsOneThing(name: String, lineCount: Int) throws {
    guard let capture = SharedData.unpacked(name, byteLimit: 8_000_000) else {
      print("skipped: no \(name) beside the package, or no program zstd")
      return
    }
    var bench = Bench()
    var parser = CaptureLineParser()
    var counts: [String: Int] = [:]
    var energyLines = 0
    for line in capture.split(separator: 0x0A) {
      try line.withUnsafeBytes { bytes in
        let message = try parser.parse(bytes)
        let outcome = bench.decoder.decode(
          topic: message.topic, payload: message.payload, retained: message.retained, receivedAt: message.receivedAt,
          into: &bench.reading)
        switch outcome {
        case .reading: counts["readings", default: 0] += 1
        case .event: counts["events", default: 0] += 1
        case .retained: counts["retained", default: 0] += 1
        case .ignored: counts["ignored", default: 0] += 1
        case .refused: counts["refused", default: 0] += 1
        }
        // The reading's text is the message's, word for word.
        if case .reading = outcome {
          energyLines += 1
          if energyLines % 50 == 0 {
            let payload = String(decoding: message.payload, as: UTF8.self)
            #expect(bench.texts == Self.reparsed(payload, topic: "x/SENSOR"))
          }
        }
      }
    }
    let lines = capture.split(separator: 0x0A).count
    if lineCount > 0 { #expect(lines == lineCount) }
    #expect(counts.values.reduce(0, +) == lines)
    let needle = Array("/SENSOR ".utf8)
    let sensors = capture.split(separator: 0x0A).filter { $0.prefix(80).contains(needle) }.count
    #expect(counts["readings"] == sensors)
    #expect(counts["refused"] == nil && counts["retained"] == nil)
    #expect(bench.decoder.devices.allSatisfy { $0.mac != nil })
  }
}
