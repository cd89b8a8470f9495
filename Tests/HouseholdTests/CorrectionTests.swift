import Configuration
import EnergyAccounting
import Household
import Readings
import Testing

/// Corrections as lines of text, what is in force, and what they make of the devices.
struct CorrectionTests {
  private static func at(_ seconds: Int64) -> Timestamp { Timestamp(seconds: 1_777_593_600 + seconds) }

  private static func correction(_ id: Int, _ action: Correction.Action, _ devices: String...) -> Correction {
    Correction(id: id, enteredAt: at(0), action: action, devices: devices, name: "n", why: "")
  }

  static let factor = ScaleFactor("0.98").map { Correction.Action.scale(factor: $0, from: at(1), to: at(2)) }

  @Test func everyCorrectionComesBackFromItsLine() throws {
    let actions: [Correction.Action] = [
      .rename(to: "the \"new\" \\ one = #4"),
      .swap(new: "B", newName: "b b", at: Self.at(5).advanced(byMilliseconds: 7)),
      .ignore(from: Self.at(1), to: Self.at(2)), try #require(Self.factor), .undo(3), .undoDecision("e0123abcd"),
    ]
    for (index, action) in actions.enumerated() {
      let correction = Correction(
        id: index + 1, enteredAt: Self.at(9), action: action, devices: ["A0B765112233", "home/attic fan"],
        name: "é x", why: "because \"so\"")
      #expect(Correction(correction.line) == correction, "\(correction.line)")
      #expect(!correction.line.contains("\n"))
    }
  }

  @Test func linesOfAnotherShapeAreNone() throws {
    let line = Self.correction(2, try #require(Self.factor), "A").line
    #expect(Correction(line) != nil)
    var random = SystemRandomNumberGenerator()
    for length in 0..<line.count { _ = Correction(String(line.prefix(length))) }
    for text in [
      "", "x", "0 2026-01-01T00:00:00Z undo correction=1", "1 2026-01-01 undo correction=1",
      "1 2026-01-01T00:00:00Z explode device=\"A\"", "1 2026-01-01T00:00:00Z rename to=\"x\"",
      "1 2026-01-01T00:00:00Z scale device=\"A\" factor=-1 from=2026-01-01T00:00:00Z",
      "1 2026-01-01T00:00:00Z ignore device=\"A\" from=2026-01-02T00:00:00Z to=2026-01-01T00:00:00Z",
      "1 2026-01-01T00:00:00Z rename device=\"A to=\"x",
    ] {
      #expect(Correction(text) == nil, "\(text)")
    }
    for _ in 0..<500 {
      var bytes = Array(line.utf8)
      bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      _ = Correction(String(decoding: bytes, as: UTF8.self))
    }
  }

  @Test(arguments: ["0", "-1", "1,5", "1001", "", ".5", "5.", "1.0000001", "1e3", "99999"])
  func whatIsNoFactorIsRefused(text: String) { #expect(ScaleFactor(text) == nil) }

  @Test func factorsAreExact() {
    #expect(ScaleFactor("0.98")?.millionths == 980_000)
    #expect(ScaleFactor("1000")?.text == "1000" && ScaleFactor("0.000001")?.text == "0.000001")
  }

  @Test func anUndoCanBeUndone() {
    let rename = Self.correction(1, .rename(to: "x"), "A")
    func inForce(_ undos: Int...) -> Bool {
      let entries = [rename] + undos.enumerated().map { Self.correction($0.offset + 2, .undo($0.element)) }
      return Corrections(entries).inForce.contains(rename)
    }
    #expect(inForce())
    #expect(!inForce(1))
    #expect(inForce(1, 2))
    #expect(!inForce(1, 2, 3))
    // An undo of what comes after it is none.
    #expect(inForce(2))
  }

  // MARK: What they make of the devices

  private static let devices = [
    Device(topic: "fridge", mac: "AAAAAAAAAAAA"), Device(topic: "spare", mac: "BBBBBBBBBBBB"),
    Device(topic: "tv", mac: "CCCCCCCCCCCC"),
  ]

  private static func series(_ corrections: Correction...) -> [DeviceSeries] {
    DeviceSeries.all(of: devices, names: DeviceNames(), corrections: Corrections(corrections))
  }

  @Test func withoutCorrectionsEachPlugIsAlwaysItself() {
    let all = Self.series()
    #expect(all.map(\.name) == ["fridge", "spare", "tv"])
    #expect(all.allSatisfy { $0.members.map(\.span) == [DeviceSeries.always] && $0.corrections.isEmpty })
  }

  @Test func aSwapJoinsTwoPlugsAtItsInstantAndLosesNoTime() throws {
    let at = Self.at(100)
    let all = Self.series(Self.correction(1, .swap(new: "BBBBBBBBBBBB", newName: "spare", at: at), "AAAAAAAAAAAA"))
    #expect(all.map(\.name) == ["fridge", "fridge (replaced)", "spare", "tv"])
    let (before, after) = (DeviceSeries.always.lowerBound..<at, at..<DeviceSeries.always.upperBound)
    #expect(all[0].members.map(\.index) == [0, 1] && all[0].members.map(\.span) == [before, after])
    #expect(all[1].members.map(\.index) == [0] && all[1].members.map(\.span) == [after])
    #expect(all[2].members.map(\.index) == [1] && all[2].members.map(\.span) == [before])
    #expect(all[0].keys(in: at..<Self.at(101)) == ["BBBBBBBBBBBB"])
  }

  /// Every instant of every plug belongs to exactly one series, whatever was swapped.
  @Test func swapsDivideTimeExactly() {
    let macs = Self.devices.compactMap(\.mac)
    for seed in 0..<60 {
      let corrections = (0..<4).map { index in
        let (old, new) = ((seed + index) % 3, (seed / 3 + 2 * index + 1) % 3)
        return Self.correction(
          index + 1, .swap(new: macs[new], newName: "", at: Self.at(Int64((seed * 7 + index * 13) % 50))), macs[old])
      }
      let all = DeviceSeries.all(of: Self.devices, names: DeviceNames(), corrections: Corrections(corrections))
      for (index, second) in (0..<3).flatMap({ index in stride(from: Int64(-1), to: 60, by: 1).map { (index, $0) } }) {
        let holders = all.flatMap(\.members).filter { $0.index == index && $0.span.contains(Self.at(second)) }
        #expect(holders.count == 1, "seed \(seed) plug \(index) second \(second)")
      }
    }
  }

  @Test func aSwapWithinOneNameBreaksTheSeries() {
    let at = Self.at(5)
    let all = Self.series(Self.correction(1, .swap(new: "AAAAAAAAAAAA", newName: "fridge", at: at), "AAAAAAAAAAAA"))
    #expect(all.first?.breaks == [at] && all.count == 3)
  }

  @Test func aCorrectionFollowsThePlugThroughASwap() throws {
    let at = Self.at(100)
    let swap = Self.correction(1, .swap(new: "BBBBBBBBBBBB", newName: "spare", at: at), "AAAAAAAAAAAA")
    let scale = try Self.correction(
      2, .scale(factor: #require(ScaleFactor("2")), from: Self.at(0), to: nil), "BBBBBBBBBBBB")
    let all = Self.series(swap, scale)
    #expect(all[0].scales.map(\.from) == [at, DeviceSeries.always.upperBound])
    #expect(all[0].scales.map(\.numerator) == [2_000_000, 1_000_000])
    #expect(all[2].scales.map(\.from) == [Self.at(0), at])
    #expect(all[1].scales.isEmpty && all[3].scales.isEmpty)
  }

  @Test func theScaleThatWasEnteredLastWins() throws {
    let (two, three) = try (#require(ScaleFactor("2")), #require(ScaleFactor("3")))
    let all = Self.series(
      Self.correction(1, .scale(factor: two, from: Self.at(0), to: Self.at(30)), "AAAAAAAAAAAA"),
      Self.correction(2, .scale(factor: three, from: Self.at(10), to: Self.at(20)), "fridge"))
    #expect(all[0].scales.map(\.from) == [Self.at(0), Self.at(10), Self.at(20), Self.at(30)])
    #expect(all[0].scales.map(\.numerator) == [2_000_000, 3_000_000, 2_000_000, 1_000_000])
  }

  @Test func aRenameWinsOverTheConfiguration() {
    let names = DeviceNames([.init(match: "AAAAAAAAAAAA", name: "cold")])
    let rename = Self.correction(1, .rename(to: "icy"), "AAAAAAAAAAAA")
    #expect(DeviceSeries.all(of: Self.devices, names: names).map(\.name) == ["cold", "spare", "tv"])
    #expect(
      DeviceSeries.all(of: Self.devices, names: names, corrections: Corrections([rename])).map(\.name)
        == ["icy", "spare", "tv"])
  }
}
