import Readings
import Reporting
import TestSupport
import Testing
import Text

/// How a power went, in a few characters.
@Suite struct PowerTrailTests {
  private static func at(_ second: Int64) -> Timestamp { Timestamp(seconds: 1_800_000_000 + second) }

  @Test func aPowerHoldsUntilTheNextMessageAndTenMinutesAtMost() {
    var trail = PowerTrail()
    #expect(trail.parts(15, until: Self.at(0)) == [])
    trail.add(5000, at: Self.at(0))
    trail.add(90_000, at: Self.at(300))
    // Parts of a minute, the last one that of now.
    #expect(
      trail.parts(15, until: Self.at(350))
        == Array(repeating: nil, count: 9) + [5000, 5000, 5000, 5000, 5000, 90_000])
    #expect(trail.parts(15, until: Self.at(300 + 600)).last == .some(90_000))
    #expect(trail.parts(15, until: Self.at(300 + 660)).last == .some(nil))
    #expect(trail.parts(15, until: Self.at(100_000)) == Array(repeating: nil, count: 15))
    // It went away, or its clock went back.
    trail.add(nil, at: Self.at(360))
    trail.add(7, at: Self.at(10))
    #expect(trail.parts(15, until: Self.at(530)).suffix(3) == [90_000, nil, nil])
  }

  /// The highest is never lost, whatever the width.
  @Test(arguments: 1...100) func peaksAreSeenAtEveryWidth(count: Int) {
    var random = SeededGenerator(seed: UInt64(count))
    var trail = PowerTrail()
    var last: [(second: Int64, power: Int64)] = []
    var second: Int64 = 0
    while second < 3000 {
      second += Int64.random(in: 1...200, using: &random)
      let power = Int64.random(in: 0...3_000_000, using: &random)
      trail.add(power, at: Self.at(second))
      last.append((second, power))
    }
    let parts = trail.parts(count, until: Self.at(second))
    #expect(parts.count <= count && !parts.isEmpty)
    #expect(parts.compactMap(\.self).max() ?? 0 >= last.filter { $0.second > second - 880 }.map(\.power).max() ?? 0)
  }

  @Test func barsAreOfTheTerminalsCharacters() {
    let values: [Int64?] = [nil, 0, 10, 35, 70, -20]
    #expect(Sparkline.text(values) == " ▁▂▅█▁")
    #expect(PlainCharacters.text(Sparkline.text(values)) == " _.=#_")
    #expect(Sparkline.text([0, nil]) == "▁ " && Sparkline.text([]) == "")
    #expect(Sparkline.text([.max, .max / 2]) == "█▄")
  }
}
