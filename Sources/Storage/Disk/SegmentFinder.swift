import Glibc
import SegmentFormat
import Work

/// Opens segments that the catalog names, under whatever name they lie; readers of several threads share one.
final class SegmentFinder: Sendable {
  nonisolated(unsafe) let directory: any StoreDirectory
  let identity: StoreIdentity

  private struct State {
    /// Where segments lie that were found elsewhere.
    var paths: [UInt64: String]
    /// By number, what all files say of themselves; made when a file is not what the catalog says.
    var headers: [UInt64: [String]]?
  }
  private let state: Mutex<State>

  init(_ store: StoreState, _ directory: any StoreDirectory) {
    self.directory = directory
    identity = store.identity
    state = Mutex(State(paths: store.paths))
  }

  /// Where segments lie that were found elsewhere.
  var paths: [UInt64: String] { state.withLock { $0.paths } }

  /// The segment's file, unread.
  func file(of entry: CatalogEntry) -> SegmentFile {
    SegmentFile(directory: directory, path: state.withLock { $0.paths[entry.number] } ?? entry.path)
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
    state.withLock { state in
      state.paths[entry.number] = nil
      state.headers = nil
    }
  }

  /// Paths of the files that say that they are the segment.
  private func paths(of entry: CatalogEntry) -> [String] {
    if let known = state.withLock({ $0.headers }) { return known[entry.number] ?? [] }
    var found: [UInt64: [String]] = [:]
    for file in (try? SegmentListing(directory))?.files ?? [] {
      let bytes = try? directory.open(file.path, .read).read(at: 0, count: FormatLayout.headerByteCount)
      if let bytes, let header = try? SegmentHeader.decode(bytes[...]), header.store == identity {
        found[header.number, default: []].append(file.path)
      }
    }
    state.withLock { [found] in $0.headers = found }
    return found[entry.number] ?? []
  }

  private func find(_ entry: CatalogEntry) -> (file: SegmentFile, index: SegmentFile.Index)? {
    for path in paths(of: entry) where path != entry.path {
      let file = SegmentFile(directory: directory, path: path)
      guard var index = try? file.readIndex(of: entry, store: identity), index.footer != nil, index.damage.isEmpty
      else { continue }
      state.withLock { $0.paths[entry.number] = path }
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
