import EnergyAccounting
import Readings
import TestSupport
import Testing

/// A section of a long ledger is the ledger of that time alone.
struct LedgerSectionTests {
  /// Six days of a plug whose power wanders, with silences, some of them over a midnight.
  private static func messages(_ random: inout SeededGenerator) -> [MeterFixture.Message] {
    var plug = FirmwarePlug(days: Int64.random(in: 100...900_000, using: &random), zone: 3600)
    plug.send()
    while plug.time < 6 * 86_400 {
      if Int.random(in: 0..<8, using: &random) == 0 { plug.setPower(Int64.random(in: 0...900_000, using: &random)) }
      plug.run(97)
      plug.send()
      if Int.random(in: 0..<700, using: &random) == 0 { plug.run(Int64.random(in: 600...9000, using: &random)) }
    }
    return plug.messages
  }

  private static func account(
    _ messages: [MeterFixture.Message], _ cuts: CutPoints, read: Range<Timestamp>,
    keepsSections: Bool = false, places: (MeterFixture.Message) -> Int = { _ in 3 }
  ) -> DeviceLedger {
    var options = MeteringOptions()
    options.keepsSections = keepsSections
    var account = MeterAccount(cutPoints: cuts, options: options)
    var rest = messages.filter { read.contains(MeterFixture.at($0.second)) }[...]
    while let first = rest.first {
      let run = rest.prefix { places($0) == places(first) }
      account.add(MeterFixture.rows(Array(run), places: places(first)), device: MeterFixture.device)
      rest.removeFirst(run.count)
    }
    return account.finish()
  }

  /// Days that begin at a full hour of UTC, or at a half one: then parts of an hour belong to two of them.
  @Test(arguments: UInt64(1)...24)
  func aSectionIsTheLedgerOfThatTime(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let messages = Self.messages(&random)
    let offset: Int64 = seed % 2 == 0 ? 0 : 1800
    let days = (0...5).map { MeterFixture.at(Int64($0) * 86_400 + offset) }
    let hours = (0...(5 * 24)).map { MeterFixture.at(Int64($0) * 3600 + offset) }
    let margin = MeteringOptions.surroundings
    func read(_ start: Timestamp, _ end: Timestamp) -> Range<Timestamp> {
      start.advanced(byMilliseconds: -margin)..<end.advanced(byMilliseconds: margin)
    }
    let cuts = CutPoints(hours, edges: days)
    let whole = Self.account(messages, cuts, read: read(days[0], days[5]), keepsSections: true)
    var told = 0
    for first in 0..<5 {
      for last in first + 1...5 {
        let (start, end) = (days[first], days[last])
        // Of one day all hours, of several the days alone.
        let own = last == first + 1 ? hours.filter { (start...end).contains($0) } : Array(days[first...last])
        let edges = [start, end]
        let range = read(start, end)
        let section = LedgerSection(cutPoints: own, edges: edges, read: range, of: cuts)
        guard let part = whole.section(section) else { continue }
        told += 1
        let alone = Self.account(messages, CutPoints(own, edges: edges), read: range)
        let place: Comment = "seed \(seed), days \(first) to \(last)"
        let (one, other) = (try #require(part.channels.first), try #require(alone.channels.first))
        #expect(one.slots == other.slots && one.buckets == other.buckets, place)
        #expect(one.statistics == other.statistics && one.counterPlaces == other.counterPlaces, place)
        #expect(part.cutPoints == alone.cutPoints && part.bucketEdges == alone.bucketEdges, place)
        #expect(part.events == alone.events.filter { $0.to >= start && $0.from < end }, place)
      }
    }
    #expect(told > 0, "seed \(seed)")
  }

  /// What a shorter time may tell otherwise is no section: other digits, no Total, a decision near by.
  @Test func whatDependsOnTheTimeReadHasNoSections() throws {
    var random = SeededGenerator(seed: 3)
    let messages = Self.messages(&random)
    let days = (0...5).map { MeterFixture.at(Int64($0) * 86_400) }
    let cuts = CutPoints(days)
    let read = days[0]..<days[5]
    let section = LedgerSection(cutPoints: Array(days[1...2]), edges: Array(days[1...2]), read: read, of: cuts)
    let plain = Self.account(messages, cuts, read: read, keepsSections: true)
    #expect(plain.section(section) != nil)
    #expect(Self.account(messages, cuts, read: read).section(section) == nil)
    let digits = Self.account(messages, cuts, read: read, keepsSections: true) { $0.second < 200_000 ? 3 : 4 }
    #expect(digits.section(section) == nil)
    let mute = messages.map { message in
      var message = message
      if message.second > 200_000 { (message.total, message.today, message.yesterday) = (nil, nil, nil) }
      return message
    }
    var fallen = messages
    for index in fallen.indices where fallen[index].second > 100_000 { fallen[index].total? /= 2 }
    #expect(Self.account(fallen, cuts, read: read, keepsSections: true).section(section) == nil)
    #expect(Self.account(mute, cuts, read: read, keepsSections: true).section(section) == nil)
  }
}
