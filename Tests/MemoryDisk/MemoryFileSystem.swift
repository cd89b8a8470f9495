import Glibc
import SegmentFormat
package import Storage
import TestSupport

/// A disk in memory that knows what was synced, so that a power cut can take the rest, and that fails when told to.
package final class MemoryFileSystem: FileSystem {
  /// What a power cut does to what was not synced.
  package enum Cut: CaseIterable {
    case keepAll, loseAll, tear
  }

  /// A mistake that the disk makes on the store's behalf, to prove that the tests would see the store make it.
  package enum SeededBug: CaseIterable {
    /// Directories are never synced: a name may be gone after a power cut.
    case noDirectorySync
    /// Files get their names before their bytes are safe.
    case noSyncBeforeRename
    /// fdatasync says yes and does nothing.
    case acknowledgedBeforeSynced
    /// The catalog is written and never synced.
    case catalogNotSynced
    /// A failed fdatasync is tried again and then believed, although Linux has dropped the pages.
    case retriedSync
    /// Whatever stands in a journal's frame is taken for what was written.
    case noChecksum
    /// A journal whose frames a segment holds already is replayed again: it comes back under a number that the catalog
    /// does not cover.
    case replayNotIdempotent
    /// Locks hold nobody off: what a reader has begun to read goes under its hands.
    case readersNotHeld
    /// The catalog gives the rows of one device of a segment to another, with right checksums.
    case spansThatLie
    /// A segment that the catalog does not name is not looked for, as when the catalog is an older copy.
    case unnamedSegmentsUnseen
    /// A folder that cannot be opened, because the process has too many files open, is taken for an empty one.
    case unlistedMeansEmpty
    /// The lock keeps no second writer out.
    case secondWriterAdmitted
  }
  package var bug: SeededBug?

  package final class Node {
    package var bytes: [UInt8] = []
    /// Bytes as of the last sync, and the writes since.
    package var synced: [UInt8] = []
    package var writes: [(offset: Int, bytes: [UInt8])] = []
    /// Open files that have it locked together, and whether one has it alone.
    package var sharedLocks = 0
    package var isLockedAlone = false

    package init() {}
  }

  /// Names by path; directories have nil.
  package var names: [String: Node?] = ["": nil]
  /// Names as of the last sync of their directory.
  package var syncedNames: [String: Node?] = ["": nil]
  package var isLocked = false

  /// System calls so far that change something.
  package var callCount = 0
  /// Those calls by name and path, when asked for.
  package var keepsCalls = false
  package var calls: [String] = []
  /// The call that fails, with what, and whether all later ones do too.
  package var failure: (at: Int, code: Int32, isLasting: Bool)?
  /// The call after which the machine stands still: each later call fails and changes nothing.
  package var crashAt: Int?
  /// Openings for reading so far, and the one that fails, with what.
  package var openCount = 0
  package var failingOpen: (at: Int, code: Int32)?
  /// Whether failing writes put half of their bytes first.
  package var writesShort = false

  package init() {}

  package func openDirectory(_ path: String, create: Bool) throws(FileSystemError) -> any StoreDirectory {
    MemoryDirectory(self)
  }

  /// Counts a call and fails it when told to.
  package func call(_ name: String, _ path: String) throws(FileSystemError) {
    callCount += 1
    if keepsCalls { calls.append("\(callCount) \(name) \(path)") }
    if let crashAt, callCount > crashAt { throw FileSystemError(call: name, path: path, code: EIO) }
    if let failure, callCount == failure.at || (failure.isLasting && callCount > failure.at) {
      throw FileSystemError(call: name, path: path, code: failure.code)
    }
  }

  /// The disk as a machine finds it after a power cut.
  package func afterPowerCut(_ cut: Cut, seed: UInt64) -> MemoryFileSystem {
    var random = SeededGenerator(seed: seed)
    let result = MemoryFileSystem()
    result.bug = bug
    var kept = syncedNames
    switch cut {
    case .keepAll: kept = names
    case .loseAll: break
    case .tear:
      for path in Set(names.keys).union(syncedNames.keys).sorted() where Bool.random(using: &random) {
        if let now = names[path] { kept[path] = .some(now) } else { kept[path] = nil }
      }
      // A name lives only in a directory that lives.
      for path in kept.keys.sorted() {
        var parent = path
        while let slash = parent.lastIndex(of: "/") {
          parent = String(parent[..<slash])
          if kept[parent] == nil { kept[path] = nil }
        }
      }
    }
    var copies: [ObjectIdentifier: Node] = [:]
    for (path, node) in kept.sorted(by: { $0.key < $1.key }) {
      guard let node else {
        result.names[path] = .some(nil)
        continue
      }
      let copy = copies[ObjectIdentifier(node)] ?? Node()
      if copies[ObjectIdentifier(node)] == nil {
        copies[ObjectIdentifier(node)] = copy
        copy.bytes = cut == .keepAll ? node.bytes : node.synced
        if cut == .tear {
          for write in node.writes {
            for piece in stride(from: 0, to: write.bytes.count, by: 16) where Bool.random(using: &random) {
              MemoryFileSystem.put(
                write.bytes[piece..<min(piece + 16, write.bytes.count)], at: write.offset + piece, in: &copy.bytes)
            }
          }
        }
        copy.synced = copy.bytes
      }
      result.names[path] = copy
    }
    result.syncedNames = result.names
    return result
  }

  /// The same disk for another process: what a kill leaves.
  package func copy() -> MemoryFileSystem { afterPowerCut(.keepAll, seed: 0) }

  package static func put(_ bytes: ArraySlice<UInt8>, at offset: Int, in target: inout [UInt8]) {
    if target.count < offset + bytes.count {
      target.append(contentsOf: repeatElement(0, count: offset + bytes.count - target.count))
    }
    target.replaceSubrange(offset..<offset + bytes.count, with: bytes)
  }

  /// Every file's bytes by path.
  package var contents: [String: [UInt8]] {
    var result: [String: [UInt8]] = [:]
    for (path, node) in names { if let node { result[path] = node.bytes } }
    return result
  }
}

private final class MemoryDirectory: StoreDirectory {
  let disk: MemoryFileSystem
  private var holdsLock = false

  /// What is added to a journal's number where replay is not idempotent.
  fileprivate static let uncovered: UInt32 = 1 << 31

  /// A journal's name with `number` added to its number; other names as they are.
  private func journal(_ name: String, adding number: UInt32) -> String {
    guard disk.bug == .replayNotIdempotent, name.utf8.count == 18, name.hasPrefix("journal-"),
      let first = UInt32(name.dropFirst(8)), (first < MemoryDirectory.uncovered) == (number != 0)
    else { return name }
    let digits = String(first &+ MemoryDirectory.uncovered)
    return "journal-" + String(repeating: "0", count: 10 - digits.utf8.count) + digits
  }

  /// The name under which the disk has a file.
  private func stored(_ path: String) -> String { journal(path, adding: 0) }

  init(_ disk: MemoryFileSystem) { self.disk = disk }
  deinit { if holdsLock { disk.isLocked = false } }

  func lock() throws(FileSystemError) {
    guard !disk.isLocked || disk.bug == .secondWriterAdmitted else {
      throw FileSystemError(call: "flock", path: "", code: EWOULDBLOCK)
    }
    disk.isLocked = true
    holdsLock = true
  }

  func unlock() {
    if holdsLock { disk.isLocked = false }
    holdsLock = false
  }

  func lockHolder() -> Int32? { 4711 }

  func open(_ path: String, _ access: FileAccess) throws(FileSystemError) -> any StoreFile {
    let path = stored(path)
    if access == .create || access == .append && disk.names[path] == nil {
      try disk.call("open", path)
      try requireParent(of: path)
      let node = (disk.names[path] ?? nil) ?? MemoryFileSystem.Node()
      if !node.bytes.isEmpty { node.bytes = [] }
      disk.names[path] = node
      return MemoryFile(disk, node, path)
    }
    guard let node = disk.names[path] ?? nil else { throw FileSystemError(call: "open", path: path, code: ENOENT) }
    try countOpening(path)
    return MemoryFile(disk, node, path)
  }

  private func countOpening(_ path: String) throws(FileSystemError) {
    disk.openCount += 1
    if let failing = disk.failingOpen, failing.at == disk.openCount {
      throw FileSystemError(call: "open", path: path, code: failing.code)
    }
  }

  private func requireParent(of path: String) throws(FileSystemError) {
    guard let slash = path.lastIndex(of: "/") else { return }
    guard disk.names[String(path[..<slash])] != nil else {
      throw FileSystemError(call: "open", path: path, code: ENOENT)
    }
  }

  func names(in path: String) throws(FileSystemError) -> [String] {
    guard let entry = disk.names[path], entry == nil else {
      throw FileSystemError(call: "open", path: path, code: ENOENT)
    }
    do {
      try countOpening(path)
    } catch {
      guard disk.bug == .unlistedMeansEmpty else { throw error }
      return []
    }
    let prefix = path.isEmpty ? "" : path + "/"
    let unseen = disk.bug == .unnamedSegmentsUnseen ? unnamedSegments : []
    return disk.names.keys.filter { !unseen.contains($0) }
      .filter { $0 != path && $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains("/") }
      .map { journal(String($0.dropFirst(prefix.count)), adding: MemoryDirectory.uncovered) }.filter { !$0.isEmpty }
  }

  /// Segments that the catalog does not name.
  private var unnamedSegments: Set<String> {
    guard let catalog = (disk.names["catalog"] ?? nil)?.bytes, let known = CatalogBytes(catalog[...]) else { return [] }
    let numbers = Set(known.entries.map { String($0.number) })
    return Set(
      disk.names.keys.filter { path in
        guard path.hasSuffix(".segment"), !path.hasPrefix("quarantine") else { return false }
        return !numbers.contains(String(path.dropLast(8).suffix(8).drop { $0 == "0" }))
      })
  }

  func makeDirectory(_ path: String) throws(FileSystemError) {
    try disk.call("mkdir", path)
    guard disk.names[path] == nil else { throw FileSystemError(call: "mkdir", path: path, code: EEXIST) }
    try requireParent(of: path)
    disk.names[path] = .some(nil)
  }

  func rename(_ source: String, to target: String) throws(FileSystemError) {
    let (source, target) = (stored(source), stored(target))
    try disk.call("rename", source)
    try requireParent(of: target)
    guard let node = disk.names[source] else { throw FileSystemError(call: "rename", path: source, code: ENOENT) }
    disk.names[target] = node
    disk.names[source] = nil
  }

  func unlink(_ path: String) throws(FileSystemError) {
    let path = stored(path)
    try disk.call("unlink", path)
    guard disk.names[path] != nil else { throw FileSystemError(call: "unlink", path: path, code: ENOENT) }
    disk.names[path] = nil
  }

  func synchronizeDirectory(_ path: String) throws(FileSystemError) {
    try disk.call("fsync", path)
    if disk.bug == .noDirectorySync { return }
    let prefix = path.isEmpty ? "" : path + "/"
    func isIn(_ name: String) -> Bool { name.hasPrefix(prefix) && !name.dropFirst(prefix.count).contains("/") }
    for name in disk.syncedNames.keys where isIn(name) && !name.isEmpty { disk.syncedNames[name] = nil }
    for (name, node) in disk.names where isIn(name) && !name.isEmpty { disk.syncedNames[name] = .some(node) }
  }

  func link(_ path: String, to target: String, in directory: any StoreDirectory) throws(FileSystemError) {
    guard let other = directory as? MemoryDirectory, let node = disk.names[path] ?? nil else {
      throw FileSystemError(call: "link", path: path, code: EXDEV)
    }
    other.disk.names[target] = node
  }
}

private final class MemoryFile: StoreFile {
  let disk: MemoryFileSystem
  let node: MemoryFileSystem.Node
  let path: String

  init(_ disk: MemoryFileSystem, _ node: MemoryFileSystem.Node, _ path: String) {
    self.disk = disk
    self.node = node
    self.path = path
  }

  func byteCount() throws(FileSystemError) -> Int { node.bytes.count }

  func read(at offset: Int, count: Int) throws(FileSystemError) -> [UInt8] {
    guard offset < node.bytes.count else { return [] }
    let bytes = Array(node.bytes[offset..<min(node.bytes.count, offset + max(0, count))])
    if disk.bug == .noChecksum, path.hasPrefix("journal"), offset == 0 { return believed(bytes) }
    if disk.bug == .replayNotIdempotent, path.hasPrefix("journal"), offset == 0 { return uncovered(bytes) }
    return bytes
  }

  func write(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(FileSystemError) {
    let bytes = disk.bug == .spansThatLie && path.hasPrefix("catalog") ? lying(bytes, at: offset) : bytes
    do {
      try disk.call("pwrite", path)
    } catch {
      if disk.writesShort { put(bytes.prefix(bytes.count / 2), at: offset) }
      throw error
    }
    put(bytes, at: offset)
  }

  func append(_ bytes: ArraySlice<UInt8>) throws(FileSystemError) { try write(bytes, at: node.bytes.count) }

  private var held: FileLock?

  func lock(_ kind: FileLock) throws(FileSystemError) {
    guard disk.bug != .readersNotHeld else { return }
    let isFree = kind == .shared ? !node.isLockedAlone : !node.isLockedAlone && node.sharedLocks == 0
    // One thread has all of them: whoever would wait would wait for ever.
    guard isFree else { throw FileSystemError(call: "flock", path: path, code: EWOULDBLOCK) }
    if kind == .shared { node.sharedLocks += 1 } else { node.isLockedAlone = true }
    held = kind
  }

  deinit {
    guard let held else { return }
    if held == .shared { node.sharedLocks -= 1 } else { node.isLockedAlone = false }
  }

  private func put(_ bytes: ArraySlice<UInt8>, at offset: Int) {
    MemoryFileSystem.put(bytes, at: offset, in: &node.bytes)
    node.writes.append((offset, Array(bytes)))
  }

  /// What is written of a catalog, as long as it was, with the rows of one device given to another.
  private func lying(_ bytes: ArraySlice<UInt8>, at offset: Int) -> ArraySlice<UInt8> {
    let before = node.bytes.prefix(offset)
    let known = CatalogBytes(before)?.frames.count ?? 0
    guard var catalog = CatalogBytes(before + bytes) else { return bytes }
    for frame in catalog.frames.indices.dropFirst(known) {
      for place in catalog.frames[frame].added.indices { catalog.frames[frame].added[place].exchangeTwoDevices() }
    }
    let made = catalog.bytes
    return made.count == offset + bytes.count ? made[offset...] : bytes
  }

  /// The journal with a right checksum on everything that has a frame's first word.
  private func believed(_ journal: [UInt8]) -> [UInt8] {
    var journal = journal
    var offset = FormatLayout.journalFrameStart
    let size = FormatLayout.journalFrameHeaderByteCount
    guard journal.count >= offset + size else { return journal }
    let epoch = journal[offset..<offset + 4]
    guard epoch.contains(where: { $0 != 0 }) else { return journal }
    while offset + size <= journal.count, journal[offset..<offset + 4] == epoch {
      let length = Int(journal[offset + 8]) | Int(journal[offset + 9]) << 8 | Int(journal[offset + 10] & 15) << 16
      guard length > 0, offset + size + length <= journal.count else { break }
      var crc = CRC32C()
      crc.add(journal[offset..<offset + 12])
      crc.add(journal[offset + size..<offset + size + length])
      for place in 0..<4 { journal[offset + 12 + place] = UInt8(truncatingIfNeeded: crc.value >> (8 * UInt32(place))) }
      offset += size + length
    }
    return journal
  }

  /// The journal under a number that the catalog does not cover.
  private func uncovered(_ journal: [UInt8]) -> [UInt8] {
    guard var (header, _) = try? JournalHeader.decode(journal[...]), header.firstSequence < MemoryDirectory.uncovered
    else { return journal }
    let scan = JournalScan(journal[...], header: header)
    var journal = journal
    header.firstSequence &+= MemoryDirectory.uncovered
    let encoded = header.encode()
    journal.replaceSubrange(0..<encoded.count, with: encoded)
    for frame in scan.frames {
      let bytes = JournalFrame.encode(
        epoch: header.epoch, sequence: frame.sequence &+ MemoryDirectory.uncovered, unsynced: frame.unsynced,
        payload: Array(journal[frame.payload]))
      journal.replaceSubrange(frame.payload.upperBound - bytes.count..<frame.payload.upperBound, with: bytes)
    }
    return journal
  }

  func synchronize() throws(FileSystemError) {
    do {
      try disk.call("fdatasync", path)
    } catch {
      // As Linux does: the dirty pages are marked clean, and a later call succeeds without having written them.
      node.writes = []
      let isCrashed = disk.crashAt.map { disk.callCount > $0 } ?? false
      if disk.bug == .retriedSync, !isCrashed { return }
      throw error
    }
    switch disk.bug {
    case .acknowledgedBeforeSynced: return
    case .noSyncBeforeRename where path.hasSuffix(".tmp"): return
    case .catalogNotSynced where path == "catalog": return
    default: break
    }
    node.synced = node.bytes
    node.writes = []
  }
}
