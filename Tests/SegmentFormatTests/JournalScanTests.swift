import Readings
import SegmentFormat
import Testing

/// What a reader takes of a journal's bytes, whatever befell them.
@Suite struct JournalScanTests {
  private static let store = StoreIdentity(id: StoreID(high: 5, low: 6), timeUnit: 1000)
  private static let header = JournalHeader(store: store, epoch: 0x4A4B_4C4D, firstSequence: 17, byteCount: 4096)

  /// Six frames from sequence number 17 on, each with the number of unsynced frames before it, and where they begin.
  private static func journal(unsynced: [Int]) -> (bytes: [UInt8], starts: [Int]) {
    var bytes = header.encode()
    var starts: [Int] = []
    for (index, count) in unsynced.enumerated() {
      starts.append(bytes.count)
      bytes += JournalFrame.encode(
        epoch: header.epoch, sequence: header.firstSequence + UInt32(index), unsynced: count,
        payload: Array(repeating: UInt8(index + 1), count: 20 + index))
    }
    starts.append(bytes.count)
    bytes += Array(repeating: 0, count: Int(header.byteCount) - bytes.count)
    return (bytes, starts)
  }

  private static func scan(_ bytes: [UInt8]) -> JournalScan { JournalScan(bytes[...], header: header) }

  /// SF-21.
  @Test func `either copy of the header is enough, and no flipped bit passes in both`() throws {
    let bytes = JournalScanTests.journal(unsynced: [0]).bytes
    for bit in 0..<128 * 8 {
      var copy = bytes
      copy[bit / 8] ^= 1 << UInt8(bit % 8)
      let (header, isDamaged) = try JournalHeader.decode(copy[...])
      #expect(header == JournalScanTests.header && isDamaged)
      copy[(bit / 8 + 64) % 128] ^= 1
      #expect(throws: FormatError.self) { try JournalHeader.decode(copy[...]) }
    }
  }

  /// SF-22, SF-25: a frame is taken whole or not at all, whichever of its bits is flipped.
  @Test func `no frame passes with a flipped bit`() {
    let (bytes, starts) = JournalScanTests.journal(unsynced: [0, 0, 0])
    for bit in starts[1] * 8..<starts[2] * 8 {
      var copy = bytes
      copy[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(JournalFrame.decode(copy[...], at: starts[1], epoch: JournalScanTests.header.epoch) == nil)
    }
    // Size 0 is no frame, whatever its checksum says.
    let empty = JournalFrame.encode(epoch: 3, sequence: 1, unsynced: 0, payload: [])
    #expect(JournalFrame.decode(empty[...], at: 0, epoch: 3) == nil)
  }

  /// SF-23: the epoch is the header's and numbers rise by one; an earlier life's frames behind the end are no part.
  @Test func `frames of another life, and numbers that stand still, are not taken`() {
    let (bytes, starts) = JournalScanTests.journal(unsynced: [0, 0, 0])
    let found = JournalScanTests.scan(bytes)
    #expect(found.frames.map(\.sequence) == [17, 18, 19] && found.end == starts[3] && !found.isTorn)
    for (epoch, sequence) in [(UInt32(99), UInt32(20)), (JournalScanTests.header.epoch, 19)] {
      var copy = bytes
      let stranger = JournalFrame.encode(epoch: epoch, sequence: sequence, unsynced: 0, payload: [1, 2, 3])
      copy.replaceSubrange(starts[3]..<starts[3] + stranger.count, with: stranger)
      #expect(JournalScanTests.scan(copy).frames.map(\.sequence) == [17, 18, 19])
    }
  }

  /// SF-24, SF-26, SF-27: a frame behind says that the broken one was synced, so it is damage, and only it is lost.
  @Test func `a broken frame that had been synced is skipped, and those behind it are found`() {
    let (bytes, starts) = JournalScanTests.journal(unsynced: [0, 1, 2, 0, 1, 2])
    for bit in starts[1] * 8..<starts[2] * 8 {
      var copy = bytes
      copy[bit / 8] ^= 1 << UInt8(bit % 8)
      let found = JournalScanTests.scan(copy)
      #expect(found.frames.map(\.sequence) == [17, 19, 20, 21, 22], "bit \(bit)")
      #expect(found.holes == [starts[1]..<starts[2]] && !found.isTorn, "bit \(bit)")
    }
  }

  /// SF-24, SF-27: no frame behind says that the broken one was synced: a power cut lost it, and what follows goes too.
  @Test func `a broken frame that was never synced cuts the journal there`() {
    let (bytes, starts) = JournalScanTests.journal(unsynced: [0, 1, 2, 3, 4, 5])
    for bit in starts[2] * 8..<starts[3] * 8 {
      var copy = bytes
      copy[bit / 8] ^= 1 << UInt8(bit % 8)
      let found = JournalScanTests.scan(copy)
      #expect(found.frames.map(\.sequence) == [17, 18] && found.end == starts[2], "bit \(bit)")
      #expect(found.isTorn && found.holes.isEmpty && found.highestSequence == 22, "bit \(bit)")
    }
  }

  /// SF-27: nothing whole behind it: the end, torn when bytes of this life stand there.
  @Test func `a commit cut short at any byte is the end, and torn`() {
    let (bytes, starts) = JournalScanTests.journal(unsynced: [0, 1, 2])
    for end in starts[2]..<starts[3] {
      var copy = bytes
      for index in end..<starts[3] { copy[index] = 0 }
      let found = JournalScanTests.scan(copy)
      #expect(found.frames.map(\.sequence) == [17, 18] && found.end == starts[2])
      #expect(found.isTorn == (end >= starts[2] + 4), "cut at byte \(end - starts[2]) of the frame")
    }
  }

  /// SF-28: a row whose definition is missing ends its frame and is reported.
  @Test func `a row without its definition ends its frame`() {
    var encoder = JournalEncoder(timeUnit: 1000)
    let layout = Layout([Field(.power, .decimal(0))])
    var payloads: [[UInt8]] = []
    for index in 0..<4 {
      encoder.append(
        series: 0, device: Device(topic: "a"), layout: layout, time: Timestamp(seconds: 100 + Int64(index)),
        values: [Int64(index)], text: { _ in "" })
      payloads.append(encoder.takePayload())
    }
    // The first two frames define, the third relies on them.
    #expect(payloads[1].count > payloads[2].count)
    var decoder = JournalDecoder(timeUnit: 1000)
    var found = 0
    let error = decoder.decode(payloads[2][...]) { _ in found += 1 }
    #expect(error != nil && found == 0)
    #expect(decoder.decode((payloads[1] + payloads[3])[...]) { _ in found += 1 } == nil)
    #expect(found == 2)
  }
}
