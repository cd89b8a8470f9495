import Readings
import SegmentFormat

/// Finds out what segment files are that the catalog does not name where they lie.
///
/// A file is what its own footer says, whatever its name: a segment that the catalog misses elsewhere, one that it does
/// not know (it counts, unless another says that it replaces it, SF-32), or one that has no part in the store (SF-34).
struct SegmentPlacement {
  private let directory: any StoreDirectory
  private let identity: StoreIdentity
  /// Numbers that the catalog names and that are nowhere, so far.
  private(set) var missing: Set<UInt64>
  /// Segments that the catalog did not name.
  private(set) var adopted: [CatalogEntry] = []
  /// Where segments lie that are not where they should.
  private(set) var paths: [UInt64: String] = [:]
  /// Segments that another replaced.
  private(set) var replaced: [String] = []
  private(set) var strays: [String] = []
  private(set) var damage: [Damage] = []
  private(set) var unknownVersion: (version: Int, file: String)?

  private struct Found {
    var file: SegmentListing.File
    var footer: SegmentFooter
    var entry: CatalogEntry
  }

  init(_ directory: any StoreDirectory, _ identity: StoreIdentity, missing: Set<UInt64>) {
    self.directory = directory
    self.identity = identity
    self.missing = missing
  }

  /// Takes what counts into the catalog.
  mutating func place(_ files: [SegmentListing.File], _ catalog: inout Catalog) throws(FileSystemError) {
    var found: [Found] = []
    for file in files { if let one = try read(file) { found.append(one) } }
    // Those under their own names first: a copy must not drive out what is in its place.
    found.sort { a, b in
      (a.file.number == a.footer.header.number ? 0 : 1, a.file.path) < (
        b.file.number == b.footer.header.number ? 0 : 1, b.file.path
      )
    }
    var unknown: [Found] = []
    for one in found {
      let number = one.footer.header.number
      let isRightlyNamed = one.file.number == number
      if missing.contains(number), let entry = catalog.entries[number], entry.isSame(as: one.entry) {
        missing.remove(number)
        paths[number] = one.file.path
        noteMisplaced(one)
      } else if catalog.removed.contains(number) {
        if isRightlyNamed {
          replaced.append(one.file.path)
        } else {
          noteStray(one, "holds segment \(number), which others replaced")
        }
      } else if catalog.entries[number] != nil || unknown.contains(where: { $0.footer.header.number == number }) {
        noteStray(
          one,
          missing.contains(number)
            ? "is not the segment \(number) that the catalog names" : "another file is segment \(number)")
      } else {
        unknown.append(one)
        if !isRightlyNamed {
          paths[number] = one.file.path
          noteMisplaced(one)
        }
      }
    }
    adopt(unknown, &catalog)
  }

  private mutating func read(_ file: SegmentListing.File) throws(FileSystemError) -> Found? {
    let segment = SegmentFile(directory: directory, path: file.path)
    let index: SegmentFile.Index
    let byteCount: Int
    do {
      index = try segment.readIndex(store: identity)
      byteCount = try segment.open().byteCount()
    } catch {
      guard error.isOfName else { throw error }
      damage.append(segment.damage(.stray, cause: StorageError(error).cause))
      strays.append(file.path)
      return nil
    }
    if let version = index.unknownVersion { unknownVersion = (version, file.path) }
    damage += index.damage
    guard let footer = index.footer, let entry = CatalogEntry(footer, path: file.path, byteCount: byteCount) else {
      if index.unknownVersion == nil { strays.append(file.path) }
      return nil
    }
    return Found(file: file, footer: footer, entry: entry)
  }

  private mutating func noteMisplaced(_ found: Found) {
    damage.append(
      Damage(
        .misplaced, file: found.file.path, offset: 0, byteCount: found.entry.byteCount,
        cause: "holds segment \(found.footer.header.number), which should lie elsewhere"))
  }

  private mutating func noteStray(_ found: Found, _ cause: String) {
    strays.append(found.file.path)
    damage.append(
      Damage(
        .stray, file: found.file.path, offset: 0, byteCount: found.entry.byteCount, first: found.entry.first,
        last: found.entry.last, cause: cause))
  }

  /// A whole segment outside the catalog counts, unless another one says that it replaces it. No segment is replaced by
  /// an older one, nor by itself: who says so is not believed in what it says, and not replaced in silence either.
  private mutating func adopt(_ unknown: [Found], _ catalog: inout Catalog) {
    let present = Set(unknown.map(\.footer.header.number)).union(catalog.entries.keys)
    var contradicting: Set<UInt64> = []
    var claimed: Set<UInt64> = []
    for one in unknown {
      let number = one.footer.header.number
      let claims = one.footer.replaces.filter { $0 < number }
      if claims.count < one.footer.replaces.count {
        damage.append(
          Damage(.index, file: one.file.path, offset: 0, cause: "says that it replaces itself or a younger segment"))
        if one.footer.replaces.contains(where: { $0 > number && present.contains($0) }) {
          contradicting.insert(number)
        }
      }
      claimed.formUnion(claims)
    }
    for one in unknown {
      let number = one.footer.header.number
      if contradicting.contains(number) {
        noteStray(one, "it says that it replaces a younger segment, which is there")
        claimed.remove(number)
        continue
      }
      catalog.coveredSequence = max(catalog.coveredSequence, one.footer.header.coveredSequence)
      catalog.mergeCounts(one.footer.counts)
      adopted.append(one.entry)
      catalog.entries[number] = one.entry
    }
    for number in claimed {
      let isThere = missing.remove(number) == nil
      if isThere, let entry = catalog.entries[number] { replaced.append(paths[number] ?? entry.path) }
      catalog.entries[number] = nil
      catalog.removed.insert(number)
    }
  }
}

extension CatalogEntry {
  /// True for entries of one segment, wherever it lies.
  func isSame(as other: CatalogEntry) -> Bool {
    var other = other
    other.year = year
    other.month = month
    return agrees(with: other)
  }
}
