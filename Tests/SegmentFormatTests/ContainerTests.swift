import Readings
import SegmentFormat
import TestSupport
import Testing

@Suite struct ContainerTests {
  @Test func `CRC-32C has its published check value, in one piece and in any two`() {
    let bytes = Array("123456789".utf8)
    #expect(CRC32C.checksum(bytes[...]) == 0xE306_9283)
    for cut in 0...bytes.count {
      var crc = CRC32C()
      crc.add(bytes[..<cut])
      crc.add(bytes[cut...])
      #expect(crc.value == 0xE306_9283)
    }
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)[...]) == 0x8A91_36AA)
  }

  @Test func `CRC-32C by the processor is that by tables, of every length and place`() {
    var random = SeededGenerator(seed: 32)
    let bytes = (0..<400).map { _ in UInt8.random(in: 0...255, using: &random) }
    for start in 0..<9 {
      for end in start...bytes.count {
        var tables = CRC32C.byTables
        tables.add(bytes[start..<end])
        #expect(CRC32C.checksum(bytes[start..<end]) == tables.value)
      }
    }
  }

  @Test func `CRC-32C of any length and at any place is what its definition says`() {
    var random = SeededGenerator(seed: 33)
    let bytes = (0..<4100 + 8).map { _ in UInt8.random(in: 0...255, using: &random) }
    for start in 0..<8 {
      // Bit by bit, and read off after every byte.
      var state: UInt32 = 0xFFFF_FFFF
      for end in start...start + 4100 {
        if end > start {
          state ^= UInt32(bytes[end - 1])
          for _ in 0..<8 { state = state & 1 == 1 ? state >> 1 ^ 0x82F6_3B78 : state >> 1 }
        }
        #expect(CRC32C.checksum(bytes[start..<end]) == ~state)
      }
    }
  }

  /// SF-1.
  @Test func `wattlog.store is accepted as written and in no other form`() throws {
    let identity = StoreIdentity(id: StoreID(high: 0x0123_4567_89AB_CDEF, low: 7), timeUnit: 1)
    let bytes = identity.encode()
    #expect(try StoreIdentity.decode(bytes) == identity)
    for bit in 0..<bytes.count * 8 {
      var copy = bytes
      copy[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: FormatError.self) { try StoreIdentity.decode(copy) }
    }
    for count in 0..<bytes.count {
      #expect(throws: FormatError.self) { try StoreIdentity.decode(Array(bytes.prefix(count))) }
    }
  }

  private static let layout = Layout([
    Field(.time, .clock), Field(.totalStartTime, .clock), Field(.total, .decimal(3)), Field(.yesterday, .decimal(3)),
    Field(.today, .decimal(3)), Field(.period, .decimal(0)), Field(.power, .decimal(0)),
    Field(.apparentPower, .decimal(0)), Field(.reactivePower, .decimal(0)), Field(.factor, .decimal(2)),
    Field(.voltage, .decimal(0)), Field(.current, .decimal(3)),
  ])

  private func reading(_ index: Int, using random: inout SeededGenerator) -> Reading {
    let at = Timestamp(seconds: 1_760_000_000 + Int64(index) * 10)
    let power = Int64.random(in: 80...120, using: &random)
    return Reading(
      receivedAt: at, layout: ContainerTests.layout,
      values: [
        at.seconds + 3600 + Int64.random(in: -1...0, using: &random), 1_700_000_000, 31_000_000 + Int64(index) / 4,
        1234, Int64(index) / 4, power / 30, power, power + 5, 40, 95, Int64.random(in: 228...232, using: &random),
        power * 1000 / 230,
      ])
  }

  /// SF-28.
  @Test func `a journal's readings come back without any one frame, and cost at most 30 bytes alone in a frame`() {
    var random = SeededGenerator(seed: 5)
    var encoder = JournalEncoder(timeUnit: 1000)
    let devices = (0..<3).map { Device(topic: "plug\($0)") }
    var payloads: [[UInt8]] = []
    var sent: [[Reading]] = []
    for index in 0..<600 {
      let reading = reading(index, using: &random)
      encoder.append(
        series: index % 3, device: devices[index % 3], layout: reading.layout, time: reading.receivedAt,
        values: reading.values[...]
      ) { _ in "" }
      sent.append([reading])
      payloads.append(encoder.takePayload())
    }
    #expect(payloads.reduce(0) { $0 + $1.count } / payloads.count <= 30)
    for lost in stride(from: 0, to: payloads.count, by: 7) {
      var decoder = JournalDecoder(timeUnit: 1000)
      var found: [Reading] = []
      for (index, payload) in payloads.enumerated() where index != lost {
        let error = decoder.decode(payload[...]) { item in
          if case .reading(let device, let reading) = item {
            #expect(device == devices[index % 3])
            found.append(reading)
          }
        }
        #expect(error == nil)
      }
      var expected = sent
      expected.remove(at: lost)
      #expect(found == expected.flatMap { $0 })
    }
  }

  /// SF-12, SF-15 to SF-17.
  @Test func `a segment's footer finds its blocks, and no cut or flipped bit passes`() throws {
    let store = StoreIdentity(id: StoreID(high: 1, low: 2), timeUnit: 1000)
    let header = SegmentHeader(store: store, number: 12, rank: 7, coveredSequence: 99)
    let body = [UInt8](repeating: 7, count: 100)
    let frame = BlockFrame(
      kind: .readings, device: Device(topic: "a/b", mac: "A0B765112233"), rowCount: 5, first: Timestamp(seconds: 10),
      last: Timestamp(seconds: 60), body: body)
    let bytes = frame.encode() + body
    let (again, bodyOffset) = try BlockFrame.decode(bytes[...])
    #expect(again == frame && bodyOffset == bytes.count - 100)
    let footer = SegmentFooter(
      header: header, replaces: [7, 8], counts: [("ignored", 5)],
      entries: [SegmentFooter.Entry(frame: frame, offset: 64, byteCount: bytes.count)])
    let encoded = footer.encode()
    let decoded = try SegmentFooter.decode(encoded[...], at: 64 + bytes.count)
    #expect(decoded.entries == footer.entries && decoded.header == header && decoded.replaces == [7, 8])
    for bit in 0..<encoded.count * 8 {
      var copy = encoded
      copy[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: FormatError.self) { try SegmentFooter.decode(copy[...], at: 64 + bytes.count) }
    }
    for bit in 0..<(bytes.count - 100) * 8 {
      var copy = bytes
      copy[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: FormatError.self) { try BlockFrame.decode(copy[...]) }
    }
    for count in 0..<encoded.count {
      #expect(throws: FormatError.self) { try SegmentFooter.decode(encoded.prefix(count), at: 64 + bytes.count) }
    }
  }

  /// SF-3.
  @Test func `no header passes with a flipped bit, or with flags and time units that no version has`() throws {
    let store = StoreIdentity(id: StoreID(high: 1, low: 2), timeUnit: 1000)
    let headers: [([UInt8], (ArraySlice<UInt8>) throws -> Void)] = [
      (
        SegmentHeader(store: store, number: 12, rank: 7, coveredSequence: 99).encode(),
        { _ = try SegmentHeader.decode($0) }
      ), (CatalogHeader.encode(store), { _ = try CatalogHeader.decode($0) }),
    ]
    for (bytes, decode) in headers {
      try decode(bytes[...])
      for bit in 0..<bytes.count * 8 {
        var copy = bytes
        copy[bit / 8] ^= 1 << UInt8(bit % 8)
        #expect(throws: FormatError.self) { try decode(copy[...]) }
      }
      for (offset, value) in [(10, 1), (12, 7), (0, 0)] as [(Int, UInt8)] {
        var copy = bytes
        copy[offset] = value
        let crc = CRC32C.checksum(copy[..<60])
        for index in 0..<4 { copy[60 + index] = UInt8(truncatingIfNeeded: crc >> UInt32(8 * index)) }
        #expect(throws: FormatError.self) { try decode(copy[...]) }
      }
      for count in 0..<bytes.count { #expect(throws: FormatError.self) { try decode(bytes.prefix(count)) } }
    }
  }

  /// SF-6.
  @Test func `random bytes never trap a decoder`() {
    var random = SeededGenerator(seed: 9)
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
        Bool.random(using: &random)
          ? UInt8.random(in: 0...255, using: &random) : UInt8.random(in: 0...4, using: &random)
      }
      var decoder = JournalDecoder(timeUnit: 1000)
      _ = decoder.decode(bytes[...]) { _ in }
      _ = try? EventBlock.decode(bytes[...])
      _ = try? BlockFrame.decode(bytes[...])
      _ = try? SegmentHeader.decode(bytes[...])
      _ = try? JournalHeader.decode(bytes[...])
      var devices = CatalogDevices()
      _ = CatalogFrame.decode(bytes[...], at: 0, timeUnit: 1000, devices: &devices)
      _ = try? SegmentFooter.decode(bytes[...], at: bytes.count)
      _ = try? StoreIdentity.decode(bytes)
    }
  }
}
