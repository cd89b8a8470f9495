import MemoryDisk
import Readings
import SegmentFormat
import Simulation
import Storage
import Tasmota
import TestSupport
import Testing

/// A heater's MARGINS through a store's whole life: told beside its readings, they stay when these are merged, dropped
/// or damaged (SF-43).
@Suite struct EventStoreTests {
  private static let start = Timestamp(seconds: 1_772_323_200)

  private struct Sent {
    var messages: [(reading: (Device, Reading)?, event: Event?)] = []
    /// In order of time, then of arrival, cut to the store's unit; what was said twice at one time once.
    var events: [Event] = []
    var readingCount = 0
  }

  /// Plugs with PowerDelta, restarts and outages.
  private static func sent(hours: Int64, seed: UInt64, timeUnit: Int64) throws -> Sent {
    var options = SimulationOptions(
      devices: [
        SimulatedDevice(name: "heater", kind: .heater), SimulatedDevice(name: "kettle", kind: .kettle, channels: 2),
        SimulatedDevice(name: "pc", kind: .pc),
      ], from: start, to: start.advanced(byMilliseconds: hours * 3_600_000))
    options.seed = seed
    options.powerDelta = 10
    options.faults = Set(Fault.ordinary)
    var household = try Household(options)
    var decoder = Decoder()
    var reading = Reading(receivedAt: start, layout: Layout([]), values: [])
    var sent = Sent()
    var known: Set<Event> = []
    while let message = household.next() {
      switch decoder.decode(message, into: &reading) {
      case .reading(let index):
        sent.messages.append(((decoder.devices[index], reading), nil))
        sent.readingCount += 1
      case .event(var event):
        sent.messages.append((nil, event))
        event.at = event.at.truncated(toMilliseconds: timeUnit)
        if known.insert(event).inserted { sent.events.append(event) }
      default: break
      }
    }
    sent.events = sent.events.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
      .map(\.element)
    return sent
  }

  private static func store(
    _ sent: Sent, timeUnit: Int64, mode: WriterMode, sealEach count: Int = .max
  ) throws -> MemoryFileSystem {
    let disk = MemoryFileSystem()
    let writer = try StoreWriter(
      directory: "s", options: StoreOptions(timeUnit: timeUnit), mode: mode, fileSystem: disk)
    for (index, message) in sent.messages.enumerated() {
      if let (device, reading) = message.reading { _ = try writer.append(reading, from: device) }
      if let event = message.event { _ = try writer.append(event) }
      if index % count == count - 1 { try writer.seal() }
    }
    try writer.close()
    return disk
  }

  private static func events(_ disk: MemoryFileSystem, withMargins: Bool = true) throws -> [Event] {
    let reader = try StoreReader(directory: "s", fileSystem: disk)
    let events = reader.events(in: Fixture.always, withMargins: withMargins)
    #expect(reader.damage.isEmpty, "\(reader.damage)")
    return events
  }

  /// Bytes of all blocks of events, and those events that their sections hold.
  private static func blocks(_ disk: MemoryFileSystem) throws -> (bytes: Int, beside: Int) {
    var found = (bytes: 0, beside: 0)
    for (path, file) in disk.contents where path.hasSuffix(".segment") {
      var offset = FormatLayout.headerByteCount
      while let (frame, body) = try? BlockFrame.decode(file[offset...]) {
        let end = offset + body + frame.bodyByteCount
        if frame.kind == .events {
          found.bytes += end - offset
          let content = try EventBlock.decode(file[(offset + body)..<end])
          found.beside += content.sections.reduce(0) { $0 + $1.count }
        }
        offset = end
      }
    }
    return found
  }

  @Test(arguments: [(1, 1000), (2, 1), (3, 1000)] as [(UInt64, Int64)])
  func `events come out as they were sent, before and after compact, retain and repair`(
    seed: UInt64, timeUnit: Int64
  ) throws {
    let sent = try Self.sent(hours: 30, seed: seed, timeUnit: timeUnit)
    #expect(sent.events.count { $0.kind == .margins } > 60)
    let bulk = try Self.store(sent, timeUnit: timeUnit, mode: .bulk)
    #expect(try Self.events(bulk) == sent.events)
    let disk = try Self.store(sent, timeUnit: timeUnit, mode: .live, sealEach: 4000)
    #expect(try Self.events(disk) == sent.events)
    #expect(try Self.events(disk, withMargins: false) == sent.events.filter { $0.kind != .margins })
    #expect(try Self.blocks(disk).beside > 40)
    let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
    for event in sent.events.suffix(50) { #expect(try writer.append(event) == .duplicate) }
    try writer.compact()
    #expect(try Self.events(disk) == sent.events)
    #expect(try Self.blocks(disk).beside > 40)
    let report = try writer.retain(since: Self.start.advanced(byMilliseconds: 40 * 86_400_000))
    try writer.close()
    #expect(try Self.events(disk) == sent.events)
    #expect(try StoreVerifier.verify(directory: "s", deep: true, fileSystem: disk).isSound)
    #expect(report.damagedSegments.isEmpty)
  }

  /// Readings that are damaged take their MARGINS along, and nothing else; both are named.
  @Test func `what damaged readings told is named, and all else is there`() throws {
    let sent = try Self.sent(hours: 20, seed: 4, timeUnit: 1000)
    let disk = try Self.store(sent, timeUnit: 1000, mode: .bulk)
    let path = try #require(disk.names.keys.first { $0.hasSuffix(".segment") })
    disk.names[path]??.bytes[400] ^= 4
    let reader = try StoreReader(directory: "s", fileSystem: disk)
    let others = sent.events.filter { $0.kind != .margins }
    #expect(reader.events(in: Fixture.always, withMargins: false) == others && reader.damage.isEmpty)
    let found = reader.events(in: Fixture.always)
    #expect(found.filter { $0.kind != .margins } == others && found.count < sent.events.count)
    #expect(reader.damage.contains { $0.cause.contains("MARGINS") }, "\(reader.damage)")
    let verdict = try StoreVerifier.verify(directory: "s", deep: true, fileSystem: disk)
    #expect(verdict.damage.contains { $0.cause.contains("MARGINS") } && verdict.damage.count == 2)
    let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
    let report = try writer.repair()
    try writer.close()
    #expect(report.lost.count == 2)
    #expect(try StoreVerifier.verify(directory: "s", deep: true, fileSystem: disk).isSound)
    #expect(try Self.events(disk) == found)
  }

  /// Every bit of a block of events, and every length of its file, is found; no event is invented.
  @Test func `whatever happens to a block of events is found`() throws {
    let sent = try Self.sent(hours: 3, seed: 5, timeUnit: 1000)
    let disk = try Self.store(sent, timeUnit: 1000, mode: .bulk)
    let path = try #require(disk.names.keys.first { $0.hasSuffix(".segment") })
    let whole = try #require(disk.names[path]??.bytes)
    var (start, end) = (0, FormatLayout.headerByteCount)
    while let (frame, body) = try? BlockFrame.decode(whole[end...]) {
      (start, end) = (end, end + body + frame.bodyByteCount)
      if frame.kind == .events { break }
    }
    let known = Set(sent.events)
    for bit in stride(from: 8 * start, to: 8 * end, by: LongTests.areOn ? 1 : 7) {
      disk.names[path]??.bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(try !StoreVerifier.verify(directory: "s", deep: true, fileSystem: disk).isSound, "bit \(bit)")
      let found = try StoreReader(directory: "s", fileSystem: disk).events(in: Fixture.always)
      #expect(known.isSuperset(of: found), "bit \(bit)")
      disk.names[path]??.bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
    for length in stride(from: start, to: end, by: LongTests.areOn ? 1 : 11) {
      disk.names[path]??.bytes = Array(whole.prefix(length))
      #expect(try !StoreVerifier.verify(directory: "s", deep: true, fileSystem: disk).isSound, "\(length) bytes")
    }
  }

  /// What a heater's MARGINS cost, their block's frame included, beside the readings that they come with.
  @Test(arguments: [(1000, 0.015, 0.7), (1, 0.03, 1.2)] as [(Int64, Double, Double)])
  func `MARGINS cost a few hundredths of a byte a message`(timeUnit: Int64, perMessage: Double, perEvent: Double) throws
  {
    var options = SimulationOptions(
      devices: [SimulatedDevice(name: "heater", kind: .heater)], from: Self.start,
      to: Self.start.advanced(byMilliseconds: 4 * 86_400_000))
    options.powerDelta = 10
    options.sendsState = false
    var household = try Household(options)
    let disk = MemoryFileSystem()
    let writer = try StoreWriter(
      directory: "s", options: StoreOptions(timeUnit: timeUnit), mode: .bulk, fileSystem: disk)
    var decoder = Decoder()
    var reading = Reading(receivedAt: Self.start, layout: Layout([]), values: [])
    var (readingCount, eventCount) = (0, 0)
    while let message = household.next() {
      switch decoder.decode(message, into: &reading) {
      case .reading(let index):
        _ = try writer.append(reading, from: decoder.devices[index])
        readingCount += 1
      case .event(let event):
        _ = try writer.append(event)
        eventCount += 1
      default: break
      }
    }
    try writer.close()
    let bytes = Double(try Self.blocks(disk).bytes)
    #expect(eventCount > 300)
    #expect(
      bytes <= perMessage * Double(readingCount), "\(bytes) bytes, \(readingCount) readings, \(eventCount) events")
    #expect(bytes <= perEvent * Double(eventCount), "\(bytes) bytes, \(readingCount) readings, \(eventCount) events")
  }
}
