/// What a journal's bytes hold: its sound frames in order, where they end, and what is wrong between and after.
///
/// A damaged frame with sound ones behind it is either damage (it had been synced: a later frame says so) or a power
/// cut that kept later pages and lost earlier ones. Damage is skipped; after a power cut everything from the first
/// unsound frame on is cut, so that what was not synced is lost only as a suffix (SF-27).
public struct JournalScan: Sendable {
  public var frames: [JournalFrame] = []
  /// Bytes up to the end of the last frame taken.
  public var end = FormatLayout.journalFrameStart
  /// Damaged places between frames.
  public var holes: [Range<Int>] = []
  /// True when something that is no zero and no earlier life stands behind the last frame.
  public var isTorn = false
  /// The highest sequence number seen in any sound frame, cut ones included.
  public var highestSequence: UInt32?

  public init(_ journal: ArraySlice<UInt8>, header: JournalHeader) {
    var found: [(offset: Int, frame: JournalFrame)] = []
    var offset = FormatLayout.journalFrameStart
    var expected = header.firstSequence
    while offset < journal.count {
      if let frame = JournalFrame.decode(journal, at: offset, epoch: header.epoch), frame.sequence >= expected {
        found.append((offset, frame))
        offset = frame.payload.upperBound
        expected = frame.sequence &+ 1
        if expected == 0 { break }
      } else if let next = JournalScan.findFrame(journal, from: offset + 1, header: header, expected: expected) {
        offset = next
      } else {
        break
      }
    }
    highestSequence = found.last?.frame.sequence
    // The last frame knows best what had been synced before it.
    let synced = found.map { Int64($0.frame.sequence) - 1 - Int64($0.frame.unsynced) }.max() ?? -1
    var next = Int64(header.firstSequence)
    for (offset, frame) in found {
      if offset != end {
        guard next <= synced else {
          isTorn = true
          break
        }
        holes.append(end..<offset)
      } else if Int64(frame.sequence) != next {
        // Frames are missing though none of their bytes are: no writer makes that.
        holes.append(end..<end)
      }
      frames.append(frame)
      end = frame.payload.upperBound
      next = Int64(frame.sequence) + 1
    }
    if !isTorn { isTorn = JournalScan.looksTorn(journal, at: end, epoch: header.epoch, expected: next) }
  }

  /// Only bytes of this life count: a recycled journal has an earlier life's frames behind its end.
  private static func looksTorn(_ journal: ArraySlice<UInt8>, at end: Int, epoch: UInt32, expected: Int64) -> Bool {
    var reader = ByteReader(journal.dropFirst(end).prefix(8))
    guard let first = try? reader.read(UInt32.self) else { return false }
    if first == epoch { return true }
    guard let second = try? reader.read(UInt32.self) else { return false }
    return Int64(second) == expected && first != 0
  }

  private static func findFrame(
    _ journal: ArraySlice<UInt8>, from offset: Int, header: JournalHeader, expected: UInt32
  ) -> Int? {
    let lowest = UInt8(truncatingIfNeeded: header.epoch)
    var offset = offset
    while offset + FormatLayout.journalFrameHeaderByteCount < journal.count {
      if journal[journal.startIndex + offset] == lowest,
        let frame = JournalFrame.decode(journal, at: offset, epoch: header.epoch), frame.sequence >= expected
      {
        return offset
      }
      offset += 1
    }
    return nil
  }
}
