import EnergyAccounting
import Readings
import Reporting
import Testing

/// One plug heard under two topics is named, two plugs of a kind are not.
struct TwinPlugsTests {
  private static func at(_ hour: Int64) -> Timestamp { Timestamp(seconds: 1_777_593_600 + hour * 3600) }

  private static func mark(
    _ midnight: Int64, yesterday: Int64 = 1200, start: Int64? = 5_000_000, day: Int64 = 20_574
  ) -> CounterMark {
    CounterMark(
      day: day, startTime: start, midnightTotal: Energy(milliwattHours: midnight * 1000),
      yesterday: Energy(milliwattHours: yesterday * 1000), unit: Energy(milliwattHours: 1000))
  }

  private static func plug(
    _ name: String, _ marks: [CounterMark], from first: Int64 = 0, to last: Int64 = 24, wattHours: Int64 = 500
  ) -> NamedLedger {
    let bucket = Bucket(duration: 86_400_000, measured: Energy(milliwattHours: wattHours * 1000), covered: 86_400_000)
    var channel = ChannelLedger(
      channel: nil, counterPlaces: 3, slots: SlotEnergies(uses: [bucket.energy]), buckets: [bucket])
    channel.marks = marks
    return NamedLedger(
      name: name,
      ledger: DeviceLedger(
        cutPoints: [at(0), at(24)], channels: [channel], firstReading: at(first), lastReading: at(last)))
  }

  private static func twins(_ ledgers: NamedLedger...) -> [TwinPlugs] {
    TwinPlugs.all(among: ledgers, in: at(0)..<at(24))
  }

  @Test func oneCounterUnderTwoTopicsIsOnePlug() throws {
    let found = Self.twins(
      Self.plug("fridge", [Self.mark(299_200)]), Self.plug("tv", [Self.mark(299_300)]),
      Self.plug("cabin/fridge", [Self.mark(299_201)], from: 1, wattHours: 400))
    #expect(found.map(\.one) == ["fridge"] && found.map(\.other) == ["cabin/fridge"])
    #expect(found.first?.text.contains("one plug heard under two topics") == true)
    #expect(found.first?.text.contains("0.400 kWh") == true)
    #expect(found.first?.range == Self.at(1)..<Self.at(24))
  }

  @Test func oneOfManyDaysIsEnough() {
    let days = (0..<9).map { Self.mark(300_000 + $0 * 900, yesterday: 900 + $0, day: 20_574 + $0) }
    #expect(Self.twins(Self.plug("a", days), Self.plug("b", [days[6]], from: 2)).count == 1)
  }

  @Test func plugsThatWereSetUpTogetherPart() {
    // Alike on the first day, and then each its own.
    let (one, other) = (
      [Self.mark(50_000), Self.mark(52_500, day: 20_575)], [Self.mark(50_000), Self.mark(50_900, day: 20_575)]
    )
    #expect(Self.twins(Self.plug("lamp", one), Self.plug("fridge", other)).isEmpty)
    let day = [Self.mark(50_000)]
    #expect(Self.twins(Self.plug("lamp", day, wattHours: 2500), Self.plug("fridge", day, wattHours: 900)).isEmpty)
  }

  @Test func plugsOfAKindAreTwo() {
    // Bought and switched together; new ones that have counted nothing yet; without a clock, or without Today.
    #expect(Self.twins(Self.plug("a", [Self.mark(29_800)]), Self.plug("b", [Self.mark(29_808)])).isEmpty)
    #expect(Self.twins(Self.plug("a", [Self.mark(29_800)]), Self.plug("b", [Self.mark(29_800, start: 9)])).isEmpty)
    #expect(
      Self.twins(Self.plug("a", [Self.mark(29_800)]), Self.plug("b", [Self.mark(29_800, yesterday: 1201)])).isEmpty)
    #expect(
      Self.twins(Self.plug("a", [Self.mark(0, yesterday: 0)]), Self.plug("b", [Self.mark(0, yesterday: 0)])).isEmpty)
    var timeless = Self.mark(29_800)
    timeless.day = nil
    #expect(Self.twins(Self.plug("a", [timeless]), Self.plug("b", [timeless])).isEmpty)
  }

  @Test func aPlugThatGotAnotherTopicIsNotHeardTwice() {
    let mark = Self.mark(299_200)
    #expect(Self.twins(Self.plug("old", [mark], to: 12), Self.plug("new", [mark], from: 13)).isEmpty)
  }
}
