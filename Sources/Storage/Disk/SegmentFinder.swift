import Glibc
import SegmentFormat

/// Opens segments that the catalog names, under whatever name they lie.
final class SegmentFinder {
  let directory: any StoreDirectory
  let identity: StoreIdentity
  /// Where segments lie that were found elsewhere.
  private(set) var paths: [UInt64: String]
  /// By number, what all files say of themselves; made when a file is not what the catalog says.
  private var headers: [UInt64: [String]]?

  init(_ state: StoreState, _ directory: any StoreDirectory) {
    self.directory = directory
    identity = state.identity
    paths = state.paths
  }

  /// The segment's file, unread.
  func file(of entry: CatalogEntry) -> SegmentFile {
    SegmentFile(directory: directory, path: paths[entry.number] ?? entry.path)
  }

  /// The segment's file and its index. Where another segment lies in its place, it is looked for under other names.
  func open(_ entry: CatalogEntry) throws(FileSystemError) -> (file: SegmentFile, index: SegmentFile.Index) {
    let file = file(of: entry)
    let index: SegmentFile.Index
    do {
      index = try file.readIndex(of: entry, store: identity)
      guard index.isOther else { return (file, index) }
    } catch {
      guard error.code == ENOENT || error.isOfName else { throw error }
      guard let found = find(entry) else { throw error }
      return found
    }
    return find(entry) ?? (file, index)
  }

  /// A segment lies where it should.
  func forget(_ entry: CatalogEntry) {
    paths[entry.number] = nil
    headers = nil
  }

  private func find(_ entry: CatalogEntry) -> (file: SegmentFile, index: SegmentFile.Index)? {
    if headers == nil {
      var found: [UInt64: [String]] = [:]
      for file in (try? SegmentListing(directory))?.files ?? [] {
        let bytes = try? directory.open(file.path, .read).read(at: 0, count: FormatLayout.headerByteCount)
        if let bytes, let header = try? SegmentHeader.decode(bytes[...]), header.store == identity {
          found[header.number, default: []].append(file.path)
        }
      }
      headers = found
    }
    for path in headers?[entry.number] ?? [] where path != entry.path {
      let file = SegmentFile(directory: directory, path: path)
      guard var index = try? file.readIndex(of: entry, store: identity), index.footer != nil, index.damage.isEmpty
      else { continue }
      paths[entry.number] = path
      index.damage = [
        Damage(
          .misplaced, file: path, offset: 0, byteCount: entry.byteCount,
          cause: "holds segment \(entry.number), which should lie elsewhere")
      ]
      return (file, index)
    }
    return nil
  }
}
