import Calendar
import Household
import MemoryDisk
import Readings
import Storage
import Testing

/// What a person may say of the plugs, and what of it is no correction.
@Suite struct CorrectionEntryTests {
  private static func house() throws -> House {
    let house = House()
    try house.feed(Device(topic: "fridge", mac: "A0B765000001"), House.minutes(-6...30))
    try house.feed(Device(topic: "tv"), House.minutes(-6...30))
    return house
  }

  /// Why the draft is refused, in the enumeration's words.
  private static func refusal(
    _ house: House, _ draft: (CorrectionEntry, HouseholdStore) throws -> Correction
  ) throws -> String? {
    let before = house.disk.contents
    do {
      try house.correct(draft)
      return nil
    } catch let refusal as CorrectionEntry.Refusal {
      #expect(house.disk.contents["corrections"] == before["corrections"], "something was written")
      return "\(refusal)"
    }
  }

  @Test func `each refusal says what is wrong`() throws {
    let house = try Self.house()
    let always = House.at(0)..<House.at(1)
    #expect(try Self.refusal(house) { try $0.rename($1.device(named: "tv"), to: "fridge") } == #"nameTaken("fridge")"#)
    #expect(try Self.refusal(house) { try $0.rename($1.device(named: "tv"), to: "") } == #"noName("")"#)
    #expect(try Self.refusal(house) { entry, _ in try entry.undo(7) } == "noCorrection(7)")
    #expect(try Self.refusal(house) { entry, _ in try entry.undo(decision: "x", zone: .utc) } == #"noID("x")"#)
    #expect(
      try Self.refusal(house) { entry, _ in try entry.undo(decision: "e0123abcd", zone: .utc) }
        == #"noDecision("e0123abcd")"#)
    #expect(try Self.refusal(house) { try $0.ignore($1.device(named: "tv"), in: always) } == nil)
    #expect(try Self.refusal(house) { entry, _ in try entry.undo(1) } == nil)
    #expect(try Self.refusal(house) { entry, _ in try entry.undo(1) } == "takenBack(1, by: 2)")
  }

  @Test func `numbers follow what another process entered meanwhile`() throws {
    let house = try Self.house()
    let store = try house.store()
    let entry = CorrectionEntry(store, now: House.at(0))
    try house.correct { try $0.rename($1.device(named: "tv"), to: "telly") }
    let second = try entry.append(try entry.rename(store.device(named: "fridge"), to: "cold"))
    #expect(second.id == 2)
    #expect(try house.store().devices.map(\.name) == ["cold", "telly"])
    #expect(second.words(in: .utc) == "fridge is called cold")
  }

  @Test func `a disk that takes nothing is told as such`() throws {
    let house = try Self.house()
    house.disk.failure = (house.disk.callCount + 1, 28, true)
    let refusal = try Self.refusal(house) { try $0.rename($1.device(named: "tv"), to: "telly") }
    #expect(refusal?.hasPrefix("storage") == true)
  }

  @Test func `a word that names no device tells what there is`() throws {
    let store = try Self.house().store()
    do throws(UnknownDevice) {
      _ = try store.devices(matching: ["tv", "nobody*"], among: store.devices)
      Issue.record("it was found")
    } catch {
      #expect(error.word == "nobody*" && error.names == ["fridge", "tv"])
    }
    #expect(try store.devices(matching: ["fr*", "A0B765000001"], among: store.devices).map(\.name) == ["fridge"])
    #expect(try store.device(named: "A0-B7-65-00-00-01").name == "fridge")
    #expect(store.mainMeter("tv") == "tv" && store.mainMeter("meter") == nil)
  }
}
