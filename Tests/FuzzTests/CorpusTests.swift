import Foundation
import FuzzHarnesses
import TestSupport
import Testing

/// The fuzzer's harnesses without the fuzzer: over every kept input, and over what a seed makes of it. A harness that
/// finds something ends the process with its word about it.
@Suite struct CorpusTests {
  typealias Harness = @Sendable (UnsafeRawBufferPointer) -> Void

  static let harnesses: [(name: String, run: Harness)] = [
    ("sensor", fuzzSensor), ("topic", fuzzTopic), ("capture", fuzzCapture), ("journal", fuzzJournal),
    ("segment", fuzzSegment), ("catalog", fuzzCatalog), ("configuration", fuzzConfiguration), ("tariff", fuzzTariff),
  ]

  private static func inputs(_ name: String) throws -> [[UInt8]] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../Fuzz/corpus/\(name)").standardizedFileURL
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
      [UInt8](try Data(contentsOf: folder.appendingPathComponent($0)))
    }
  }

  @Test(arguments: harnesses.map(\.name)) func `kept inputs, whole, cut and bent, trap nothing`(_ name: String) throws {
    let run = try #require(CorpusTests.harnesses.first { $0.name == name }).run
    let inputs = try CorpusTests.inputs(name)
    #expect(!inputs.isEmpty)
    var random = SeededGenerator(seed: 5)
    for input in inputs {
      input.withUnsafeBytes { run($0) }
      for _ in 0..<20 {
        var bent = input
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bent.isEmpty {
          let place = Int.random(in: 0..<bent.count, using: &random)
          switch Int.random(in: 0..<5, using: &random) {
          case 0: bent[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
          case 1: bent[place] = [0, 0xFF, 0x7F, 0x80, 0x0A].randomElement(using: &random) ?? 0
          case 2: bent.removeSubrange(place...)
          case 3: bent.remove(at: place)
          default:
            // A piece of a sister.
            let other = inputs.randomElement(using: &random) ?? []
            bent.insert(contentsOf: other.dropFirst(place).prefix(24), at: place)
          }
        }
        bent.withUnsafeBytes { run($0) }
      }
    }
  }
}
