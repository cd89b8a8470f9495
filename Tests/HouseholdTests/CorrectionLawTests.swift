import Configuration
import EnergyAccounting
import Household
import Readings
import TestSupport
import Testing

/// Corrections in any order and combination: what was taken back was never there, and series keep to themselves.
struct CorrectionLawTests {
  private static let devices = [
    Device(topic: "fridge", mac: "AAAAAAAAAAAA"), Device(topic: "spare", mac: "BBBBBBBBBBBB"), Device(topic: "tv"),
  ]
  private static let keys = ["AAAAAAAAAAAA", "BBBBBBBBBBBB", "tv"]

  private static func at(_ seconds: Int64) -> Timestamp { Timestamp(seconds: 1_777_593_600 + seconds) }

  private static func series(_ entries: [Correction]) -> [DeviceSeries] {
    DeviceSeries.all(of: devices, names: DeviceNames(), corrections: Corrections(entries))
  }

  private static func range(_ random: inout SeededGenerator) -> Range<Timestamp> {
    let start = Int64.random(in: 0..<90, using: &random)
    return at(start)..<at(start + Int64.random(in: 1...60, using: &random))
  }

  /// As the command would enter it: by the keys that the named series has in that time.
  private static func entry(_ id: Int, _ there: [Correction], _ random: inout SeededGenerator) -> Correction? {
    let all = series(there)
    guard let target = all.randomElement(using: &random) else { return nil }
    let range = range(&random)
    func made(_ action: Correction.Action, _ keys: [String]) -> Correction {
      Correction(id: id, enteredAt: at(0), action: action, devices: keys, name: target.name, why: "")
    }
    switch Int.random(in: 0..<6, using: &random) {
    case 0:
      guard let undone = there.filter({ Corrections(there).undone[$0.id] == nil }).randomElement(using: &random) else {
        return nil
      }
      return Correction(id: id, enteredAt: at(0), action: .undo(undone.id))
    case 1: return made(.rename(to: "name \(id)"), [target.members[0].key])
    case 2:
      guard let old = target.keys(in: range).first, let new = keys.randomElement(using: &random) else { return nil }
      return made(.swap(new: new, newName: "", at: range.lowerBound), [old])
    case 3:
      guard let factor = ScaleFactor("0.5") else { return nil }
      let keys = target.keys(in: range)
      return keys.isEmpty ? nil : made(.scale(factor: factor, from: range.lowerBound, to: range.upperBound), keys)
    default:
      let keys = target.keys(in: range)
      return keys.isEmpty ? nil : made(.ignore(from: range.lowerBound, to: range.upperBound), keys)
    }
  }

  private static func entries(_ random: inout SeededGenerator, count: Int) -> [Correction] {
    var entries: [Correction] = []
    for id in 1...count { if let entry = entry(id, entries, &random) { entries.append(entry) } }
    return entries
  }

  /// Without the numbers by which a series names what it was made of.
  private static func bare(_ series: [DeviceSeries]) -> [DeviceSeries] {
    series.map { series in
      var series = series
      series.corrections = []
      return series
    }
  }

  @Test(arguments: UInt64(1)...200)
  func whatWasTakenBackWasNeverThere(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let entries = Self.entries(&random, count: 9)
    let inForce = Corrections(entries).inForce.filter {
      if case .undo = $0.action { false } else { true }
    }
    #expect(Self.bare(Self.series(entries)) == Self.bare(Self.series(inForce)))
    // Everything taken back: nothing is left of it.
    var all = entries
    for entry in inForce.reversed() {
      all.append(Correction(id: (all.last?.id ?? 0) + 1, enteredAt: Self.at(0), action: .undo(entry.id)))
    }
    #expect(Self.series(all) == Self.series([]))
  }

  /// A time that is left out of one series is left out of no other, and all of it is.
  @Test(arguments: UInt64(1)...200)
  func whatIsLeftOutOfOneSeriesStaysInTheOthers(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let before = Self.entries(&random, count: 5).filter {
      switch $0.action {
      case .ignore, .scale: false
      default: true
      }
    }
    let all = Self.series(before)
    guard let target = all.randomElement(using: &random) else { return }
    let range = Self.range(&random)
    let keys = target.keys(in: range)
    guard !keys.isEmpty else { return }
    let ignore = Correction(
      id: (before.last?.id ?? 0) + 1, enteredAt: Self.at(0),
      action: .ignore(from: range.lowerBound, to: range.upperBound), devices: keys, name: target.name)
    for (old, new) in zip(all, Self.series(before + [ignore])) {
      #expect(old.name == new.name && old.members == new.members)
      let spans = Set(old.members.map { $0.span.clamped(to: range) }.filter { !$0.isEmpty })
      #expect(Set(new.ignored.map(\.range)) == (old.name == target.name && old.members == target.members ? spans : []))
    }
  }

  @Test func aSwapThatCameLaterMovesWhatWasLeftOutWithItsPlug() {
    let ignore = Correction(
      id: 1, enteredAt: Self.at(0), action: .ignore(from: Self.at(50), to: Self.at(150)), devices: ["AAAAAAAAAAAA"],
      name: "fridge")
    let swap = Correction(
      id: 2, enteredAt: Self.at(0), action: .swap(new: "BBBBBBBBBBBB", newName: "spare", at: Self.at(100)),
      devices: ["AAAAAAAAAAAA"], name: "fridge")
    let all = Self.series([ignore, swap])
    #expect(all.map(\.name) == ["fridge", "fridge (replaced)", "spare", "tv"])
    #expect(
      all.map { $0.ignored.map(\.range) } == [[Self.at(50)..<Self.at(100)], [Self.at(100)..<Self.at(150)], [], []])
  }

  // MARK: Names

  @Test(
    "FullTopic alone renames nothing",
    arguments: [
      (["fridge", "home/fridge"], "fridge"), (["fridge", "home/kitchen/fridge"], "fridge"),
      (["home/fridge", "house/fridge"], "home/fridge"), (["fridge", "fridge/energy"], "fridge"),
      (["media", "tv"], "tv"), (["a", "media", "home/media"], "media"), (["home/a", "home/b"], "home/b"),
    ] as [([String], String)])
  func aFullTopicThatWasChangedRenamesNothing(topics: [String], name: String) {
    let devices = topics.map { Device(topic: $0, mac: "AAAAAAAAAAAA") }
    #expect(DeviceNames().groups(of: devices).map(\.name) == [name])
    // Nobody knows of two addresses without a MAC that they are one plug.
    #expect(DeviceNames().groups(of: topics.map { Device(topic: $0) }).count == topics.count)
  }
}
