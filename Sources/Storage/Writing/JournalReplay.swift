import Readings
import SegmentFormat

extension StoreState {
  /// Puts the journals' rows that no segment holds into `rows`.
  ///
  /// - Returns: the number of the next definition in the last journal.
  mutating func replayJournals(into rows: UnsealedRows) -> UInt64 {
    var nextDefinition: UInt64 = 0
    for journal in journals {
      var decoder = JournalDecoder(timeUnit: identity.timeUnit)
      for frame in journal.scan.frames {
        let error = decoder.decode(journal.bytes[frame.payload]) { item in
          switch item {
          case .reading(let device, let reading): rows.replay(reading, from: device)
          case .event(let event): rows.replay(event)
          case .counts(let counts): catalog.mergeCounts(counts)
          }
        }
        if let error {
          damage.append(
            Damage(
              .journal, file: journal.path, offset: frame.payload.lowerBound, byteCount: frame.payload.count,
              cause: SegmentFile.text(error)))
        }
      }
      nextDefinition = decoder.nextDefinition
    }
    return nextDefinition
  }

  /// What the next frame is numbered.
  var nextSequence: UInt32 {
    let highest = journals.compactMap(\.scan.highestSequence).max() ?? 0
    let headers = journals.map { $0.header.firstSequence &- 1 }.max() ?? 0
    return max(highest, headers, catalog.coveredSequence) &+ 1
  }
}
