import Readings
import SegmentFormat
import TestSupport
import Testing

/// The catalog's frames, with spans (SF-30, SF-36, SF-37).
@Suite struct CatalogFrameTests {
  /// An entry whose spans add up.
  private static func entry(
    _ number: UInt64, of devices: [Device], unit: Int64, using random: inout SeededGenerator
  ) -> CatalogEntry {
    let start = Int64.random(in: 0...4_000_000_000, using: &random) * 1000
    var spans: [SegmentSpan] = []
    for device in devices.shuffled(using: &random).prefix(Int.random(in: 0...devices.count, using: &random)) {
      spans.append(span(device, from: start, unit, using: &random))
    }
    if spans.isEmpty || Bool.random(using: &random) { spans.append(span(nil, from: start, unit, using: &random)) }
    let first = spans.map(\.first).min() ?? Timestamp(milliseconds: 0)
    let last = spans.map(\.last).max() ?? first
    return CatalogEntry(
      number: number, rank: UInt64.random(in: 1...number, using: &random),
      year: Int.random(in: 1970...9999, using: &random),
      month: Int.random(in: 1...12, using: &random),
      byteCount: spans.reduce(500) { $0 + $1.byteCount }, first: first, last: last,
      readingCount: spans.filter { $0.device != nil }.reduce(0) { $0 + $1.rowCount },
      eventCount: spans.filter { $0.device == nil }.reduce(0) { $0 + $1.rowCount },
      spans: Int.random(in: 0..<5, using: &random) == 0 ? nil : spans)
  }

  private static func span(
    _ device: Device?, from start: Int64, _ unit: Int64, using random: inout SeededGenerator
  ) -> SegmentSpan {
    let first = start + unit * Int64.random(in: 0...100_000, using: &random)
    return SegmentSpan(
      device: device, first: Timestamp(milliseconds: first),
      last: Timestamp(milliseconds: first + unit * Int64.random(in: 0...1_000_000, using: &random)),
      rowCount: Int.random(in: 0...100_000, using: &random), byteCount: Int.random(in: 40...2_000_000, using: &random))
  }

  private static let devices = (0..<7).map {
    Device(topic: "plug\($0)", mac: $0 % 2 == 0 ? "A0B76500000\($0)" : nil)
  }

  /// Some frames one behind the other, and their bytes.
  private static func frames(
    seed: UInt64, unit: Int64, count: Int = 6
  ) -> (frames: [CatalogFrame], bytes: [[UInt8]]) {
    var random = SeededGenerator(seed: seed)
    var known = CatalogDevices()
    var frames: [CatalogFrame] = []
    var bytes: [[UInt8]] = []
    for place in 0..<count {
      // Devices come up one after the other.
      let present = Array(devices.prefix(place + 1))
      let added = (0..<Int.random(in: 0...3, using: &random)).map { index in
        entry(UInt64(place * 10 + index + 1), of: present, unit: unit, using: &random)
      }
      frames.append(
        CatalogFrame(
          sequence: UInt32(place + 1), coveredSequence: UInt32(place), added: added,
          removed: [UInt64](repeating: 7, count: place % 3), counts: [("retained", Int64(place))]))
      bytes.append(frames[place].encode(timeUnit: unit, devices: &known))
    }
    return (frames, bytes)
  }

  private func isEqual(_ one: CatalogFrame, _ other: CatalogFrame) -> Bool {
    one.sequence == other.sequence && one.coveredSequence == other.coveredSequence && one.added == other.added
      && one.removed == other.removed && one.counts.map(\.count) == other.counts.map(\.count)
  }

  @Test(arguments: [(1, 1), (1000, 2), (1000, 3), (1, 4)] as [(Int64, UInt64)])
  func `frames come back as they were written, each device named once`(unit: Int64, seed: UInt64) throws {
    let (frames, bytes) = CatalogFrameTests.frames(seed: seed, unit: unit, count: 12)
    let all = bytes.flatMap(\.self)
    var known = CatalogDevices()
    var end = 0
    for frame in frames {
      let found = try #require(CatalogFrame.decode(all[...], at: end, timeUnit: unit, devices: &known))
      #expect(isEqual(found.frame, frame), "seed \(seed), frame \(frame.sequence)")
      end = found.end
    }
    #expect(end == all.count)
    let names = String(decoding: all, as: UTF8.self)
    for device in CatalogFrameTests.devices {
      let isThere = frames.contains { $0.added.contains { $0.spans?.contains { $0.device == device } == true } }
      #expect(names.split(separator: device.topic).count == (isThere ? 2 : 1), "\(device.topic)")
    }
  }

  /// SF-31.
  @Test func `no cut or flipped bit of a frame passes`() {
    let (frames, bytes) = CatalogFrameTests.frames(seed: 5, unit: 1000)
    var known = CatalogDevices()
    for (frame, bytes) in zip(frames, bytes) {
      let before = known
      for bit in 0..<bytes.count * 8 {
        var copy = bytes
        copy[bit / 8] ^= 1 << UInt8(bit % 8)
        known = before
        #expect(CatalogFrame.decode(copy[...], at: 0, timeUnit: 1000, devices: &known) == nil, "bit \(bit)")
      }
      for count in 0..<bytes.count {
        #expect(CatalogFrame.decode(bytes.prefix(count), at: 0, timeUnit: 1000, devices: &known) == nil)
        #expect(CatalogFrame.isUnfinished(bytes.prefix(count), at: 0))
      }
      known = before
      #expect(CatalogFrame.decode(bytes[...], at: 0, timeUnit: 1000, devices: &known)?.end == bytes.count)
      #expect(frame.sequence > 0)
    }
  }

  /// SF-37.
  @Test func `without a frame that named a device, nobody is taken for it`() {
    var lacking = 0
    for lost in 0..<11 {
      let (frames, bytes) = CatalogFrameTests.frames(seed: 6 + UInt64(lost), unit: 1000, count: 12)
      var known = CatalogDevices()
      for (place, bytes) in bytes.enumerated() where place != lost {
        guard let (found, _) = CatalogFrame.decode(bytes[...], at: 0, timeUnit: 1000, devices: &known) else {
          Issue.record("frame \(place) without frame \(lost)")
          continue
        }
        for (one, other) in zip(found.added, frames[place].added) {
          #expect(one.spans == nil || one.spans == other.spans, "frame \(place) without frame \(lost)")
          #expect(one.agrees(with: other))
          if one.spans == nil, other.spans != nil { lacking += 1 }
        }
      }
    }
    #expect(lacking > 0)
  }

  /// SF-36: whoever writes a wrong checksum's right one still cannot leave out a span.
  @Test func `spans that do not add up to their segment are not written, and refused`() throws {
    var random = SeededGenerator(seed: 7)
    var entry = CatalogFrameTests.entry(9, of: CatalogFrameTests.devices, unit: 1000, using: &random)
    while entry.spans?.count ?? 0 < 4 {
      entry = CatalogFrameTests.entry(9, of: CatalogFrameTests.devices, unit: 1000, using: &random)
    }
    let spans = try #require(entry.spans)
    var wrong: [[SegmentSpan]] = []
    for place in spans.indices {
      var fewer = spans
      fewer.remove(at: place)
      if spans[place].rowCount > 0 { wrong.append(fewer) }
      var more = spans
      more[place].rowCount += 1
      var later = spans
      later[place].last = entry.last.advanced(byMilliseconds: 1000)
      wrong += [more, later]
    }
    for spans in wrong {
      var liar = entry
      liar.spans = spans
      #expect(!liar.isTold(inUnitsOf: 1000))
      var known = CatalogDevices()
      let frame = CatalogFrame(sequence: 1, coveredSequence: 0, added: [liar], removed: [], counts: [])
      let bytes = frame.encode(timeUnit: 1000, devices: &known)
      known = CatalogDevices()
      let found = CatalogFrame.decode(bytes[...], at: 0, timeUnit: 1000, devices: &known)?.frame.added.first
      #expect(found?.spans == nil && found?.agrees(with: entry) == true)
    }
    // One row more or less, the checksum made right.
    var known = CatalogDevices()
    let frame = CatalogFrame(sequence: 1, coveredSequence: 0, added: [entry], removed: [], counts: [])
    let bytes = frame.encode(timeUnit: 1000, devices: &known)
    var refused = 0
    for offset in 16..<bytes.count {
      var copy = bytes
      copy[offset] ^= 1
      var crc = CRC32C()
      crc.add(copy[..<12])
      crc.add(copy[16...])
      for place in 0..<4 { copy[12 + place] = UInt8(truncatingIfNeeded: crc.value >> (8 * UInt32(place))) }
      var known = CatalogDevices()
      let found = CatalogFrame.decode(copy[...], at: 0, timeUnit: 1000, devices: &known)
      #expect(found?.frame.added.allSatisfy { $0.isTold(inUnitsOf: 1000) } ?? true, "byte \(offset)")
      if found == nil { refused += 1 }
    }
    #expect(refused > spans.count)
  }
}
