import Glibc
import Readings
import SegmentFormat

/// What a writer's start does with what an earlier run left.
extension StoreWriter {
  /// Reads every segment's footer: which blocks cover which time of which device.
  ///
  /// A version that this program does not know refuses the store before anything is written.
  func indexSegments() throws(StorageError) {
    index.removeAll()
    var refused: StorageError?
    for entry in catalog.segments {
      let segment = SegmentFile(directory: directory, path: entry.path)
      do throws(FileSystemError) {
        let found = try segment.readIndex(store: identity)
        if let version = found.unknownVersion { refused = StoreState.refuse(version: version, path: segment.path) }
        for damage in found.damage where !recovery.damage.contains(damage) { recovery.damage.append(damage) }
        for block in found.footer?.entries ?? [] { index.add(segment, block) }
      } catch {
        recovery.damage.append(segment.damage(.segment, cause: SegmentFile.text(error)))
      }
    }
    if let refused { throw refused }
  }

  /// Brings the disk to the state that was read: leftovers go, the catalog is whole, a damaged journal is sealed away.
  func recover(_ state: StoreState, nextDefinition: UInt64) throws(StorageError) {
    for leftover in state.leftovers where (try? directory.unlink(leftover)) != nil {
      recovery.removedFiles.append(leftover)
    }
    var isSound = true
    for journal in state.journals {
      if journal.scan.isTorn || !journal.scan.holes.isEmpty || journal.bytes.count < Int(journal.header.byteCount) {
        isSound = false
        keepAside(journal)
      }
    }
    for name in state.unreadableJournals { quarantine(name) }
    if catalog.fault != nil || !state.adopted.isEmpty {
      if let fault = catalog.fault, fault != "missing", let bytes = try? StoreState.catalogBytes(directory) {
        writeAside("catalog-\(StoreID(high: random.next(), low: 0).text.prefix(8))", bytes[...])
      }
      catalog.fault = catalog.fault ?? "segments were found beside it"
      try publish(removing: [])
    }
    oldJournals = state.journals.map(\.path)
    if mode == .live, isSound, state.journals.count == 1, let found = state.journals.first,
      found.scan.frames.allSatisfy({ $0.sequence > catalog.coveredSequence })
    {
      do {
        journal = try Journal(
          directory: directory, found, nextSequence: nextSequence, nextDefinition: nextDefinition)
        oldJournals = []
        return
      } catch {
        guard error.code == ENOSPC else { throw StorageError(error) }
      }
    }
    if unsealed.isEmpty {
      dropOldJournals()
    } else {
      try sealAll()
    }
  }

  /// Keeps what is cut from a journal, once.
  func keepAside(_ journal: StoreState.JournalFile) {
    let rest = journal.bytes.dropFirst(journal.scan.end)
    let used = rest.lastIndex { $0 != 0 }.map { rest[...$0] } ?? rest.prefix(0)
    if journal.scan.isTorn { recovery.cutByteCount += used.count }
    if !journal.scan.holes.isEmpty {
      writeAside(journal.path, journal.bytes[...])
    } else if !used.isEmpty {
      writeAside(journal.path + ".tail", used)
    }
  }

  func writeAside(_ name: String, _ bytes: ArraySlice<UInt8>) {
    try? directory.makeDirectory(StorePath.quarantine)
    if let file = try? directory.open(StorePath.quarantine + "/" + name, .create) { try? file.write(bytes, at: 0) }
  }

  /// Moves a file away that cannot be read: the owner may still get something out of it.
  func quarantine(_ name: String) {
    try? directory.makeDirectory(StorePath.quarantine)
    try? directory.rename(name, to: StorePath.quarantine + "/" + name)
  }
}
