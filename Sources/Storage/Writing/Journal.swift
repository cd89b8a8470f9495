import Readings
import SegmentFormat

/// The journal that is being written: a preallocated file of zeros that commits fill from the front.
final class Journal {
  let path: String
  private let header: JournalHeader
  private let file: any StoreFile
  private var end: Int
  private(set) var nextSequence: UInt32
  /// Frames written and not yet synced.
  private(set) var unsynced = 0
  var encoder: JournalEncoder
  var hasFrames: Bool { end > FormatLayout.journalFrameStart }

  /// Makes a journal: zeros written and synced before it gets its name, so that a commit later changes neither the
  /// file's size nor its map (four times less to write on ext4).
  init(
    directory: any StoreDirectory, store: StoreIdentity, epoch: UInt32, firstSequence: UInt32, byteCount: Int
  ) throws(FileSystemError) {
    header = JournalHeader(
      store: store, epoch: epoch, firstSequence: firstSequence, byteCount: UInt32(truncatingIfNeeded: byteCount))
    path = StorePath.journal(firstSequence: firstSequence)
    let temporaryPath = path + StorePath.temporarySuffix
    file = try directory.open(temporaryPath, .create)
    do {
      try file.write(header.encode()[...], at: 0)
      let zeros = [UInt8](repeating: 0, count: 65_536)
      var offset = FormatLayout.journalFrameStart
      while offset < byteCount {
        let count = min(zeros.count, byteCount - offset)
        try file.write(zeros[..<count], at: offset)
        offset += count
      }
      try file.synchronize()
      try directory.rename(temporaryPath, to: path)
    } catch {
      try? directory.unlink(temporaryPath)
      throw error
    }
    try directory.synchronizeDirectory("")
    end = FormatLayout.journalFrameStart
    nextSequence = firstSequence
    encoder = JournalEncoder(timeUnit: store.timeUnit)
  }

  /// Goes on in a journal that ended well.
  init(
    directory: any StoreDirectory, _ found: StoreState.JournalFile, nextSequence: UInt32, nextDefinition: UInt64
  ) throws(FileSystemError) {
    path = found.path
    header = found.header
    file = try directory.open(path, .update)
    end = found.scan.end
    self.nextSequence = nextSequence
    // Whether an earlier process had synced them is not known.
    unsynced = min(found.scan.frames.count, FormatLayout.maximumUnsynced)
    encoder = JournalEncoder(timeUnit: found.header.store.timeUnit, nextDefinition: nextDefinition)
  }

  /// Takes over a sealed journal's file for a new life, which saves writing its zeros again.
  ///
  /// The catalog says durably that its frames are sealed: at no moment does it matter which header stands in it.
  init(recycling old: Journal, directory: any StoreDirectory, epoch: UInt32) throws(FileSystemError) {
    header = JournalHeader(
      store: old.header.store, epoch: epoch, firstSequence: old.nextSequence, byteCount: old.header.byteCount)
    path = StorePath.journal(firstSequence: old.nextSequence)
    file = old.file
    try file.write(header.encode()[...], at: 0)
    try file.synchronize()
    try directory.rename(old.path, to: path)
    try directory.synchronizeDirectory("")
    end = FormatLayout.journalFrameStart
    nextSequence = old.nextSequence
    encoder = JournalEncoder(timeUnit: header.store.timeUnit)
  }

  func checkInvariants() {
    precondition(
      end >= FormatLayout.journalFrameStart && end <= Int(header.byteCount), "a journal's end outside of its file")
    precondition(nextSequence >= header.firstSequence, "a journal's frame before its first")
    precondition((0...FormatLayout.maximumUnsynced).contains(unsynced), "more unsynced frames than a frame can name")
    precondition(path == StorePath.journal(firstSequence: header.firstSequence), "a journal under another name")
  }

  /// Whether a payload fits.
  func hasRoom(for payloadByteCount: Int) -> Bool {
    end + FormatLayout.journalFrameHeaderByteCount + payloadByteCount <= Int(header.byteCount)
  }

  /// Writes one frame. After an error the journal is not to be written again.
  func write(_ payload: [UInt8]) throws(FileSystemError) {
    if unsynced >= FormatLayout.maximumUnsynced - 1 { try synchronize() }
    let bytes = JournalFrame.encode(
      epoch: header.epoch, sequence: nextSequence, unsynced: unsynced, payload: payload)
    try file.write(bytes[...], at: end)
    end += bytes.count
    nextSequence &+= 1
    unsynced += 1
  }

  /// After an error the journal is not to be written or synced again.
  func synchronize() throws(FileSystemError) {
    guard unsynced > 0 else { return }
    try file.synchronize()
    unsynced = 0
  }
}
