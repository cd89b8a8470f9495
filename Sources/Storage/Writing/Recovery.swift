import Glibc
import Readings
import SegmentFormat

/// Brings the disk to the state that was read at a writer's start: leftovers go, the catalog is whole, what is damaged is
/// kept aside.
struct Recovery {
  private let directory: any StoreDirectory
  private let state: StoreState
  private(set) var report: RecoveryReport

  init(_ state: StoreState, directory: any StoreDirectory, report: RecoveryReport) {
    self.state = state
    self.directory = directory
    self.report = report
  }

  mutating func removeLeftovers() {
    var removed: [String] = []
    func remove(_ paths: [String]) {
      for path in paths where (try? directory.unlink(path)) != nil { removed.append(path) }
    }
    remove(state.leftovers.filter { !$0.hasSuffix(StorePath.segmentSuffix) })
    // A reader of before may still want what was replaced.
    let segments = state.leftovers.filter { $0.hasSuffix(StorePath.segmentSuffix) }
    if !segments.isEmpty { _ = ReaderHold.withoutReaders(directory) { remove(segments) } }
    report.removedFiles += removed
  }

  /// Keeps what is cut from journals, once, and moves those away that cannot be read.
  mutating func keepDamagedJournals() {
    for journal in state.journals where !journal.isSound {
      let rest = journal.bytes.dropFirst(journal.scan.end)
      let used = rest.lastIndex { $0 != 0 }.map { rest[...$0] } ?? rest.prefix(0)
      if journal.scan.isTorn { report.cutByteCount += used.count }
      if !journal.scan.holes.isEmpty {
        writeAside(journal.path, journal.bytes[...])
      } else if !used.isEmpty {
        writeAside(journal.path + ".tail", used)
      }
    }
    for name in state.unreadableJournals {
      try? directory.makeDirectory(StorePath.quarantine)
      try? directory.rename(name, to: StorePath.quarantine + "/" + name)
    }
  }

  /// Writes the catalog anew where it does not say what is there.
  func mendCatalog(
    _ publication: Publication, _ random: inout StoreRandom, hadWrongSpans: Bool
  ) throws(StorageError) {
    guard state.catalog.fault != nil || !state.adopted.isEmpty || hadWrongSpans else { return }
    if let fault = state.catalog.fault, fault != "missing", let bytes = try? StoreState.catalogBytes(directory) {
      writeAside("catalog-\(StoreID(high: random.next(), low: 0).text.prefix(8))", bytes[...])
    }
    try publication.publishAnew(because: "it did not say what the segments hold")
  }

  private func writeAside(_ name: String, _ bytes: ArraySlice<UInt8>) {
    try? directory.makeDirectory(StorePath.quarantine)
    if let file = try? directory.open(StorePath.quarantine + "/" + name, .create) { try? file.write(bytes, at: 0) }
  }

  /// The journal that can be written on, where there is just that one.
  var resumable: StoreState.JournalFile? {
    guard state.journals.count == 1, let found = state.journals.first, found.isSound,
      found.scan.frames.allSatisfy({ $0.sequence > state.catalog.coveredSequence })
    else { return nil }
    return found
  }
}

extension StoreState.JournalFile {
  /// Whole and without damage between its frames.
  var isSound: Bool { !isMisnamed && !scan.isTorn && scan.holes.isEmpty && bytes.count >= Int(header.byteCount) }
}
