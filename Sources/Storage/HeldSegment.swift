/// The segment that was read last, held open.
struct HeldSegment {
  /// As ``SegmentFile/held(readingAhead:)`` says.
  let readsAhead: Bool
  private var last: SegmentFile?

  init(readingAhead readsAhead: Bool) { self.readsAhead = readsAhead }

  mutating func of(_ file: SegmentFile) -> SegmentFile {
    if let last, last.path == file.path { return last }
    let opened = file.held(readingAhead: readsAhead)
    last = opened
    return opened
  }
}
