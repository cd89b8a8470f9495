import Glibc
import Readings
import SegmentFormat

/// A consistent copy of a store beside a running writer: sealed segments as hard links where the file system allows,
/// else as copies; the journals' sound part; a catalog that names exactly these.
public enum StoreBackup {
  /// - Parameter target: a directory that is missing or empty.
  /// - Returns: bytes of the backed-up files.
  public static func run(
    from path: String, to target: String, fileSystem: some FileSystem = POSIXFileSystem()
  ) throws(StorageError) -> Int {
    var tries = 0
    while true {
      tries += 1
      do {
        return try copy(from: path, to: target, mayHoldFiles: tries > 1, fileSystem)
      } catch let error as StorageError {
        throw error
      } catch let error as FileSystemError {
        // A segment may be merged away between the catalog and the link: the next try sees the merged one.
        guard error.code == ENOENT, tries < 3 else { throw StorageError(error) }
      } catch {
        preconditionFailure("an error of an undeclared type")
      }
    }
  }

  private static func copy(
    from path: String, to target: String, mayHoldFiles: Bool, _ fileSystem: some FileSystem
  ) throws -> Int {
    let source = try fileSystem.openDirectory(path, create: false)
    let hold = ReaderHold(source)
    defer { withExtendedLifetime(hold) {} }
    guard let found = try FoundIdentity(in: source, at: path) else {
      throw StorageError(.missing, path: path, cause: "no store here: wattlog.store is missing")
    }
    let identity = found.identity
    let copy = try fileSystem.openDirectory(target, create: true)
    if !mayHoldFiles, !(try copy.names(in: "")).isEmpty {
      throw StorageError(.invalid, path: target, cause: "the directory of a backup must be empty")
    }
    let state = try StoreState(directory: source, identity: found, at: path)
    var byteCount = 0
    var months: Set<String> = []
    for entry in state.catalog.segments {
      let year = StorePath.year(entry.year)
      let month = StorePath.month(year: entry.year, month: entry.month)
      for folder in [year, month] where months.insert(folder).inserted {
        do throws(FileSystemError) {
          try copy.makeDirectory(folder)
        } catch {
          if error.code != EEXIST { throw error }
        }
      }
      try transfer(state.paths[entry.number] ?? entry.path, to: entry.path, source, copy)
      byteCount += entry.byteCount
    }
    for journal in state.journals {
      var bytes = Array(journal.bytes.prefix(journal.scan.end))
      bytes += repeatElement(0, count: max(0, Int(journal.header.byteCount) - bytes.count))
      try write(bytes, to: journal.path, in: copy)
      byteCount += bytes.count
    }
    if let corrections = try CorrectionFile.bytes(in: source) {
      try write(corrections, to: StorePath.corrections, in: copy)
      byteCount += corrections.count
    }
    var whole = state.catalog
    let catalog = whole.encodeWhole(store: identity)
    try write(catalog, to: StorePath.catalog, in: copy)
    try write(identity.encode(), to: StorePath.identity, in: copy)
    for folder in months.sorted().reversed() { try copy.synchronizeDirectory(folder) }
    try copy.synchronizeDirectory("")
    return byteCount + catalog.count + identity.encode().count
  }

  private static func transfer(
    _ path: String, to target: String, _ source: any StoreDirectory, _ copy: any StoreDirectory
  ) throws(FileSystemError) {
    do {
      try source.link(path, to: target, in: copy)
    } catch {
      guard error.code != ENOENT, error.code != ENOSPC else { throw error }
      if error.code == EEXIST { try copy.unlink(target) }
      let file = try source.open(path, .read)
      let byteCount = try file.byteCount()
      let copied = try copy.open(target, .create)
      var offset = 0
      while offset < byteCount {
        let piece = try file.read(at: offset, count: min(1 << 20, byteCount - offset))
        guard !piece.isEmpty else { break }
        try copied.write(piece[...], at: offset)
        offset += piece.count
      }
      try copied.synchronize()
    }
  }

  private static func write(
    _ bytes: [UInt8], to path: String, in copy: any StoreDirectory
  ) throws(FileSystemError) {
    let file = try copy.open(path, .create)
    try file.write(bytes[...], at: 0)
    try file.synchronize()
  }
}
