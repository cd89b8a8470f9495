import Foundation
import Readings
import Reporting
import TestSupport
import Testing
import Text

/// Prometheus' text format, read back by its grammar, and by `promtool` where it is installed.
@Suite struct ExpositionTests {
  /// A text taken apart; throws at whatever the format does not allow.
  struct Parsed {
    struct Malformed: Error, CustomStringConvertible { var description: String }

    var types: [String: String] = [:]
    var help: [String: String] = [:]
    /// By name and labels.
    var samples: [String: [[String: String]: String]] = [:]

    init(_ text: String) throws {
      guard text.isEmpty || text.hasSuffix("\n") else { throw Malformed(description: "no line feed at the end") }
      var family = ""
      var finished: Set<String> = []
      for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
        guard let match = line.wholeMatch(of: /# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)/) else {
          try sample(line, of: family)
          continue
        }
        let name = String(match.2)
        if match.1 == "HELP" {
          guard finished.insert(name).inserted else { throw Malformed(description: "\(name) comes twice") }
          family = name
          help[name] = try Self.unescaped(match.3, quote: false)
        } else {
          guard name == family, types[name] == nil, samples[name] == nil, ["counter", "gauge"].contains(match.3) else {
            throw Malformed(description: "TYPE out of place: \(line)")
          }
          types[name] = String(match.3)
        }
      }
      for (name, type) in types where type == "counter" && !name.hasSuffix("_total") {
        throw Malformed(description: "a counter that is not called so: \(name)")
      }
    }

    private mutating func sample(_ line: Substring, of family: String) throws {
      let label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"/
      guard let match = line.wholeMatch(of: /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9]+(?:\.[0-9]+)?)/),
        match.1 == family, types[family] != nil
      else { throw Malformed(description: "no sample of \(family): \(line)") }
      var labels: [String: String] = [:]
      var rest = match.2 ?? ""
      while !rest.isEmpty {
        guard let found = rest.prefixMatch(of: label), labels[String(found.1)] == nil else {
          throw Malformed(description: "labels of \(line)")
        }
        labels[String(found.1)] = try Self.unescaped(found.2, quote: true)
        rest = rest[found.range.upperBound...]
        if rest.hasPrefix(",") { rest = rest.dropFirst() }
      }
      guard samples[family, default: [:]].updateValue(String(match.3), forKey: labels) == nil else {
        throw Malformed(description: "a series twice: \(line)")
      }
    }

    private static func unescaped(_ text: Substring, quote: Bool) throws -> String {
      var (plain, rest) = ("", text)
      while let character = rest.popFirst() {
        guard character == "\\" else {
          plain.append(character)
          continue
        }
        switch rest.popFirst() {
        case "\\": plain.append("\\")
        case "n": plain.append("\n")
        case "\"" where quote: plain.append("\"")
        default: throw Malformed(description: "an escape that is none in \(text)")
        }
      }
      return plain
    }
  }

  static let names = [
    "fridge", "küche \"links\"", "back\\slash", "two\nlines", "=cmd()", "x{y=\"z\"} 1", "\u{202E}evil",
  ]

  private static var metrics: StoreMetrics {
    StoreMetrics(
      plugs: names.enumerated().map { index, name in
        StoreMetrics.Plug(
          name: name,
          counters: (index == 1 ? [1, 2] : [nil]).map { channel in
            StoreMetrics.Counter(
              channel: channel, use: Energy(milliwattHours: 1_234_567_000),
              export: Energy(milliwattHours: index == 2 ? 5000 : 0), places: 3)
          },
          lastReading: Timestamp(milliseconds: 1_792_929_600_250), power: index == 3 ? nil : Figure(605, places: 1),
          isOnline: index % 2 == 0)
      }, isRecording: true, isConnected: false, refused: ["not JSON": 3, "number": 1])
  }

  @Test func theTextIsWhatTheFormatAllowsAndHoldsWhatWasPutIn() throws {
    let parsed = try Parsed(Self.metrics.exposition.text)
    #expect(parsed.types.count == 8 && parsed.help.values.allSatisfy { !$0.isEmpty })
    let energy = try #require(parsed.samples["wattlog_energy_kwh_total"])
    #expect(energy.count == Self.names.count + 1 && Set(energy.values) == ["1234.567"])
    for name in Self.names.dropLast() {
      #expect(energy.keys.contains { $0["device"] == name }, "\(name)")
    }
    #expect(
      energy[["device": Self.names[1], "channel": "2"]] != nil && energy[["device": "fridge", "channel": ""]] != nil)
    // What turns the direction of a terminal's text is written as its code point.
    #expect(energy.keys.contains { $0["device"] == "U+202Eevil" })
    #expect(parsed.samples["wattlog_export_kwh_total"]?.count == 1)
    #expect(parsed.samples["wattlog_power_watts"]?.count == Self.names.count - 1)
    #expect(parsed.samples["wattlog_power_watts"]?[["device": "fridge"]] == "60.5")
    #expect(
      parsed.samples["wattlog_last_reading_timestamp_seconds"]?[["device": "fridge"]] == "1792929600.250")
    #expect(
      parsed.samples["wattlog_recorder_up"] == [[:]: "1"] && parsed.samples["wattlog_broker_connected"] == [[:]: "0"])
    #expect(parsed.samples["wattlog_refused_messages_total"]?[["reason": "not JSON"]] == "3")
  }

  @Test func familiesWithoutSamplesAreNotWritten() throws {
    let empty = StoreMetrics(plugs: [], isRecording: false, isConnected: nil, refused: [:]).exposition.text
    #expect(try Parsed(empty).types == ["wattlog_recorder_up": "gauge"])
  }

  @Test func countersDoNotFallBelowTheFileBeforeAndGaugesDo() throws {
    var older = Self.metrics
    var newer = older
    newer.plugs[0].counters[0].use = Energy(milliwattHours: 1_200_000_000)
    newer.plugs[1].counters[1].use = Energy(milliwattHours: 1_300_000_000)
    newer.plugs[2].power = Figure(1)
    newer.refused["number"] = 0
    newer.plugs[5].name = "new"
    older.plugs[6].counters = []
    var exposition = newer.exposition
    exposition.hold(counters: older.exposition.text)
    let parsed = try Parsed(exposition.text)
    let energy = try #require(parsed.samples["wattlog_energy_kwh_total"])
    #expect(energy[["device": "fridge", "channel": ""]] == "1234.567")
    #expect(energy[["device": Self.names[1], "channel": "2"]] == "1300.000")
    #expect(parsed.samples["wattlog_power_watts"]?[["device": Self.names[2]]] == "1")
    #expect(parsed.samples["wattlog_refused_messages_total"]?[["reason": "number"]] == "1")
    // Whatever stands in the file, the text stays one of the format.
    for garbage in ["", "x", "wattlog_energy_kwh_total{device=\"fridge\",channel=\"\"} NaN\n", "\u{0}\n# #\n} 1e9\n"] {
      var other = newer.exposition
      other.hold(counters: garbage)
      #expect(other.text == newer.exposition.text)
    }
  }

  private static let promtool = Programs.path(of: "promtool")

  @Test(.enabled(if: promtool != nil, "promtool is not installed"))
  func promtoolFindsNothingToSay() throws {
    let promtool = try #require(Self.promtool)
    let directory = try TemporaryDirectory()
    let file = directory.path + "/metrics"
    try Self.metrics.exposition.text.write(toFile: file, atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: promtool)
    process.arguments = ["check", "metrics"]
    process.standardInput = FileHandle(forReadingAtPath: file)
    let said = try process.outputOnLeash()
    #expect(process.terminationStatus == 0 && said == "")
  }
}
