import Glibc
import SegmentFormat

/// Which store this is: what `wattlog.store` says, or what all the other files say where it is lost or another store's (SF-35).
struct FoundIdentity {
  var identity: StoreIdentity
  /// Of `wattlog.store`.
  var damage: Damage?

  init(identity: StoreIdentity) { self.identity = identity }

  /// nil where there is no store.
  init?(in directory: any StoreDirectory, at path: String) throws(StorageError) {
    let file = path + "/" + StorePath.identity
    var told: StoreIdentity?
    var cause = "missing"
    if let bytes = try FoundIdentity.bytes(directory) {
      do throws(FormatError) {
        let found = try StoreIdentity.decode(bytes)
        guard let other = FoundIdentity.catalogIdentity(directory), other != found else {
          identity = found
          return
        }
        told = found
        cause = "belongs to another store"
      } catch {
        if case .unknownVersion(let version) = error { throw StoreState.refuse(version: version, path: file) }
        cause = "damaged: " + SegmentFile.text(error)
      }
    }
    var votes = FoundIdentity.votes(directory)
    guard cause != "missing" || !votes.isEmpty else { return nil }
    if let told { votes[told, default: 0] += 1 }
    let ranked = votes.sorted { $0.value > $1.value }
    guard let first = ranked.first, ranked.count == 1 || first.value > ranked[1].value else {
      throw StorageError(
        .damaged, path: file,
        cause: ranked.isEmpty
          ? "\(cause), and no other file says which store this is"
          : "\(cause), and the other files are of \(ranked.count) stores: move the files of the others away")
    }
    identity = first.key
    guard identity != told else { return }
    damage = Damage(
      .identity, file: StorePath.identity, offset: 0, cause: "\(cause); the other files say which store this is")
  }

  /// nil without the file.
  private static func bytes(_ directory: any StoreDirectory) throws(StorageError) -> [UInt8]? {
    do throws(FileSystemError) {
      return try directory.open(StorePath.identity, .read).read(at: 0, count: 4096)
    } catch {
      if error.code == ENOENT { return nil }
      throw StorageError(error)
    }
  }

  private static func catalogIdentity(_ directory: any StoreDirectory) -> StoreIdentity? {
    let bytes = try? directory.open(StorePath.catalog, .read).read(at: 0, count: FormatLayout.headerByteCount)
    return bytes.flatMap { try? CatalogHeader.decode($0[...]).store }
  }

  /// How many files say which identity.
  private static func votes(_ directory: any StoreDirectory) -> [StoreIdentity: Int] {
    var votes: [StoreIdentity: Int] = [:]
    if let identity = catalogIdentity(directory) { votes[identity, default: 0] += 1 }
    for name in (try? directory.names(in: "")) ?? [] where StorePath.isJournal(name) {
      let bytes = try? directory.open(name, .read).read(at: 0, count: FormatLayout.journalFrameStart)
      if let bytes, let (header, _) = try? JournalHeader.decode(bytes[...]) { votes[header.store, default: 0] += 1 }
    }
    for file in (try? SegmentListing(directory))?.files ?? [] {
      let bytes = try? directory.open(file.path, .read).read(at: 0, count: FormatLayout.headerByteCount)
      if let bytes, let header = try? SegmentHeader.decode(bytes[...]) { votes[header.store, default: 0] += 1 }
    }
    return votes
  }

  /// Writes `wattlog.store` anew where it is damaged.
  func mend(_ directory: any StoreDirectory) throws(StorageError) {
    guard damage != nil else { return }
    do throws(FileSystemError) {
      try FoundIdentity.write(identity, to: directory)
    } catch {
      throw StorageError(error)
    }
  }

  /// Makes `wattlog.store`, whole under its name or not there.
  static func write(_ identity: StoreIdentity, to directory: any StoreDirectory) throws(FileSystemError) {
    let temporary = StorePath.identity + StorePath.temporarySuffix
    let file = try directory.open(temporary, .create)
    try file.write(identity.encode()[...], at: 0)
    try file.synchronize()
    try directory.rename(temporary, to: StorePath.identity)
    try directory.synchronizeDirectory("")
  }
}
