import Readings
import SegmentFormat
import TestSupport
import Testing

/// Blocks of events: whatever was said comes back to the byte, and whatever bytes come are some events or an error.
@Suite struct EventBlockTests {
  private static let start = Timestamp(seconds: 1_760_000_000)
  private static let devices = [Device(topic: "heater", mac: "8CAAB5F2DC31"), Device(topic: "home/a\u{F6}/strip")]

  /// What is written, and read again; readings are those of `blocks`.
  private func decoded(
    _ body: [UInt8], _ blocks: [Device: [ReadingColumns]] = [:]
  ) throws -> (events: [Event], beside: Int) {
    let content = try EventBlock.decode(body[...])
    var beside: [Event] = []
    for section in content.sections {
      beside += try section.events(section.places.map { try #require(blocks[section.device])[$0.offset - 64] })
    }
    #expect(content.count == content.alone.count + beside.count)
    return (content.merged(beside), beside.count)
  }

  private func beside(_ blocks: [Device: [ReadingColumns]], timeUnit: Int64) -> [Device: EventBlock.Beside] {
    blocks.compactMapValues { blocks in
      let places = blocks.indices.map { ReadingPlace(offset: 64 + $0, byteCount: 100, checksum: 7) }
      return EventBlock.Beside(blocks, at: places, timeUnit: timeUnit)
    }
  }

  // MARK: Words

  private static let words = [
    "online", "offline", "POWER ON", "POWER2 OFF, POWER ON", "Version 14.4.0.1(release-tasmota)",
    "RestartReason Power On", "", " ", "0", "-0", "-0.0", "00", "007", "-7", "-07", "1.", ".5", "0.50", "-0.05", "1e5",
    "1E-5", "0x7028D2", "12345678901234567890", "123456789012345678", "999999999999999999", "-999999999999999999",
    "0.000000000000000000", "00.1", "1.2.3.4", "192.168.001.129", "A0B765112233", "1970-01-01T00:00:00", "5-3", "--5",
    "[1,-2,3.0]", "\u{0}\u{1}\u{7F}", "\u{20AC}5", "5\u{20AC}", "\u{FFFD}1", "T1", "1T1", "1T", "a_1", "1_a",
    "lost: \u{1F}9",
    #"{"MARGINS":{"PowerDelta":-1980}}"#, #"{"MARGINS":{"PowerDelta":[5,-17,0],"PowerHigh":"ON"}}"#,
    #"{"Time":"2020-05-27T18:59:06","RfReceived":{"Data":"0x7028D2","Bits":24,"Protocol":1,"Pulse":238}}"#,
    #"{"EnergyReset":{"Total":0.000, "Yesterday":1.999, "Today":0.000}} "#,
    String(repeating: "9", count: 512), String(repeating: "1,", count: 256), String(repeating: "\u{1F525}", count: 128),
  ]

  private func text(using random: inout SeededGenerator) -> String {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: return EventBlockTests.words.randomElement(using: &random) ?? ""
    case 1: return "{\"MARGINS\":{\"PowerDelta\":\(Int.random(in: -3000...3000, using: &random))}}"
    case 2:
      let digits = (0..<Int.random(in: 1...30, using: &random)).map { _ in
        "0123456789-.:T, eE".randomElement(using: &random) ?? "0"
      }
      return String(digits)
    case 3:
      let scalars = (0..<Int.random(in: 0...100, using: &random)).compactMap { _ in
        Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &random))
      }
      return String(String.UnicodeScalarView(scalars))
    default:
      return
        "{\"Info3\":{\"BootCount\":\(Int.random(in: 1...400, using: &random)),\"A\":0.\(Int.random(in: 0...99, using: &random))}}"
    }
  }

  /// SF-41: each form of a number, alone and with neighbours.
  @Test func `words come back to the byte`() throws {
    let events = EventBlockTests.words.map { Event(at: EventBlockTests.start, device: nil, kind: .result, detail: $0) }
    #expect(try decoded(EventBlock.encode(events, timeUnit: 1000)).events == events)
    for event in events {
      #expect(try decoded(EventBlock.encode([event], timeUnit: 1)).events == [event])
    }
  }

  /// SF-40, SF-42: all kinds, of none and any plug, at equal times and years apart.
  @Test(arguments: UInt64(1)...60) func `whatever was said comes back`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let timeUnit: Int64 = seed % 2 == 0 ? 1000 : 1
    let devices = (0..<Int.random(in: 1...400, using: &random)).map { Device(topic: "plug\($0)") }
    var at = Int64.random(in: -2_000_000_000_000...2_000_000_000_000, using: &random) / timeUnit * timeUnit
    let events = (0..<Int.random(in: 1...1500, using: &random)).map { _ in
      if !Bool.random(using: &random) {
        at += Int64.random(in: 0...5, using: &random) * Int64.random(in: 0...90_000, using: &random) * timeUnit
      }
      return Event(
        at: Timestamp(milliseconds: at),
        device: Int.random(in: 0..<9, using: &random) == 0 ? nil : devices.randomElement(using: &random),
        kind: Event.Kind.allCases.randomElement(using: &random) ?? .relay, detail: text(using: &random))
    }
    #expect(try decoded(EventBlock.encode(events, timeUnit: timeUnit)).events == events)
  }

  /// More templates than a block's table has: bytes of events, as before version 6.
  @Test func `words without number that are all different come back`() throws {
    let events = (0..<5000).map { number in
      Event(
        at: EventBlockTests.start, device: nil, kind: .result,
        detail: String(String(number, radix: 2).map { $0 == "0" ? "a" : "b" }))
    }
    let body = EventBlock.encode(events, timeUnit: 1000)
    #expect(body.first != 0)
    #expect(try decoded(body).events == events)
  }

  // MARK: Beside readings

  /// A random plug's readings in blocks that may overlap, and MARGINS around them.
  private func neighbours(_ seed: UInt64, timeUnit: Int64) -> (events: [Event], blocks: [Device: [ReadingColumns]]) {
    var series = BlockSeries(seed: seed)
    var blocks: [Device: [ReadingColumns]] = [:]
    var events: [Event] = []
    for device in EventBlockTests.devices {
      let first = series.block(limit: 400, timeUnit: timeUnit)
      var second = series.block(limit: 400, timeUnit: timeUnit)
      if series.chance(60) { second.times = Array(first.times.suffix(second.rowCount)) }
      if second.times.count < second.columns.first?.values.count ?? 0 { second = first.rows(0..<1) }
      blocks[device] = series.chance(50) ? [first] : [first, second]
      for time in (blocks[device] ?? []).flatMap(\.times) where series.chance(20) {
        let lag = series.chance(70) ? 0 : series.number(-4000...4000) / timeUnit * timeUnit
        let delta = series.number(-3000...3000)
        events.append(
          Event(
            at: time.advanced(byMilliseconds: -lag), device: device, kind: series.chance(95) ? .margins : .relay,
            detail: series.chance(60)
              ? "{\"MARGINS\":{\"PowerDelta\":\(delta)}}"
              : series.chance(50)
                ? "{\"MARGINS\":{\"PowerDelta\":[\(delta),0,\(-delta),1,2,3,4,5,6,7.25]}}" : "\u{E4}\(delta)"))
      }
    }
    let sorted = events.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
    return (sorted.map(\.element), blocks)
  }

  /// SF-40, SF-43, SF-44.
  @Test(arguments: [1, 1000] as [Int64]) func `what readings tell comes back`(timeUnit: Int64) throws {
    var besideCount = 0
    for seed in UInt64(1)...150 {
      let (events, blocks) = neighbours(seed, timeUnit: timeUnit)
      guard !events.isEmpty else { continue }
      let body = EventBlock.encode(events, timeUnit: timeUnit, beside: beside(blocks, timeUnit: timeUnit))
      let found = try decoded(body, blocks)
      #expect(found.events == events, "seed \(seed)")
      besideCount += found.beside
    }
    #expect(besideCount > 1000)
  }

  /// A heater that a thermostat switches, every ten seconds and at each step: its MARGINS say next to nothing.
  @Test func `MARGINS of a thermostat take less than a byte`() throws {
    var random = SeededGenerator(seed: 19)
    var rows = ReadingColumns(columns: [.init(field: Field(.power, .decimal(0)), values: [])])
    var events: [Event] = []
    var power: Int64 = 0
    func read(_ second: Int64, _ watts: Int64) {
      rows.times.append(EventBlockTests.start.advanced(byMilliseconds: second * 1000))
      rows.columns[0].values.append(watts)
    }
    for second in Int64(1)...20_000 {
      if second % 40 == 7 {
        let next = power == 0 ? Int64.random(in: 1980...2020, using: &random) : 0
        events.append(
          Event(
            at: EventBlockTests.start.advanced(byMilliseconds: second * 1000), device: EventBlockTests.devices[0],
            kind: .margins, detail: "{\"MARGINS\":{\"PowerDelta\":\(next - power)}}"))
        power = next
        read(second, power)
      } else if second % 10 == 0 {
        read(second, power)
      }
    }
    let blocks = [EventBlockTests.devices[0]: [rows]]
    let body = EventBlock.encode(events, timeUnit: 1000, beside: beside(blocks, timeUnit: 1000))
    #expect(try decoded(body, blocks).events == events)
    #expect(body.count < events.count / 3, "\(body.count) bytes for \(events.count)")
    // Alone, of their own kind, they take more, and less than their text did.
    let alone = EventBlock.encode(events, timeUnit: 1000)
    #expect(alone.count < events.count * 5 / 2, "\(alone.count) bytes for \(events.count)")
  }

  // MARK: Damage

  /// SF-6, SF-7.
  @Test func `any bytes are some events or an error`() throws {
    let (events, blocks) = neighbours(3, timeUnit: 1000)
    let body = EventBlock.encode(events, timeUnit: 1000, beside: beside(blocks, timeUnit: 1000))
    #expect(try decoded(body, blocks).beside > 10)
    func tell(_ bytes: [UInt8]) {
      guard let content = try? EventBlock.decode(bytes[...]) else { return }
      #expect((1...Block.maximumRowCount).contains(content.count))
      for section in content.sections {
        let found = try? section.events(blocks[section.device] ?? [])
        #expect(found == nil || found?.count == section.count)
        #expect((found ?? []).allSatisfy { $0.kind == .margins && $0.detail.utf8.count <= Event.maximumDetailBytes })
      }
    }
    for bit in 0..<body.count * 8 {
      var copy = body
      copy[bit / 8] ^= 1 << UInt8(bit % 8)
      tell(copy)
    }
    for count in 0..<body.count {
      #expect(throws: FormatError.self) { try EventBlock.decode(body.prefix(count)) }
    }
    var random = SeededGenerator(seed: 8)
    for _ in 0..<3000 {
      var copy = Array(body.prefix(Int.random(in: 1...body.count, using: &random)))
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        copy[Int.random(in: 0..<copy.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      tell(copy)
      tell([0] + (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 0...9, using: &random) })
    }
  }

  /// A section with fewer readings than it was written beside never invents events.
  @Test func `other readings tell other events or none, and trap nothing`() throws {
    let (events, blocks) = neighbours(5, timeUnit: 1)
    let content = try EventBlock.decode(
      EventBlock.encode(events, timeUnit: 1, beside: beside(blocks, timeUnit: 1))[...])
    let section = try #require(content.sections.first)
    #expect(throws: FormatError.self) { try section.events([]) }
    for seed in UInt64(1)...40 {
      var series = BlockSeries(seed: seed)
      let other = series.block(limit: 500, timeUnit: 1)
      if let found = try? section.events([other]) { #expect(found.count == section.count) }
    }
  }
}
