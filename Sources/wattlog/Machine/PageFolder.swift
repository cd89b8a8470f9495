import Glibc
import Readings
import Reporting
import Text

/// A directory of pages that is kept as it should be: files are written where they would change, and those that this
/// program wrote and nobody needs any more go. No other file is touched.
struct PageFolder {
  /// Where it is remembered what each file was made of.
  private static let stateName = ".wattlog-pages"
  private static let stateTitle = "wattlog pages 1"
  private static let maximumByteCount = 64 << 20

  let path: String
  /// The files that are there.
  private let present: Set<String>
  /// What the files that were written here were made of.
  private let made: MadeFiles
  /// What all of it was made of.
  var fingerprint: String? { made.fingerprint }

  /// Makes the directory where it is missing.
  init(_ path: String) throws(Failure) {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
      throw .usage("'\(SafeText.printable(path))' is a file", "name a directory for the pages")
    }
    try Directories.create(path)
    self.path = path
    present = Set(try FileTree.names(in: path))
    made = MadeFiles(path + "/" + PageFolder.stateName, title: PageFolder.stateTitle)
  }

  /// True where a file is there and was made of the same.
  func isCurrent(_ name: String, madeOf fingerprint: String) -> Bool {
    made.known[name] == fingerprint && present.contains(name)
  }

  /// True where every file that was written here is there still.
  var isWhole: Bool { made.known.keys.allSatisfy(present.contains) }

  /// Writes a file where it is missing or other.
  ///
  /// - Returns: whether it was written.
  /// - Throws: where somebody else's file has that name.
  func write(_ text: String, to name: String) throws(Failure) -> Bool {
    let file = path + "/" + name
    if present.contains(name) {
      let bytes: [UInt8]
      do throws(InputFile.Unreadable) {
        bytes = try InputFile.read(file, maximumByteCount: PageFolder.maximumByteCount)
      } catch {
        throw Failure(.failed, "cannot read '\(SafeText.printable(file))': \(error.reason)")
      }
      if bytes.elementsEqual(text.utf8) { return false }
      guard made.known[name] != nil || PageFolder.isPage(bytes) else {
        throw Failure(
          .failed, "'\(SafeText.printable(file))' is no page of wattlog's", "name another directory, or move that file")
      }
    }
    try OutputFile.write(text, to: file)
    return true
  }

  /// By what pages say of themselves, where nothing is remembered of them.
  private static func isPage(_ bytes: [UInt8]) -> Bool {
    String(decoding: bytes.prefix(600), as: UTF8.self).contains(PageSite.generator)
  }

  /// Removes files that were written here and are none of `files`, and remembers what those were made of.
  ///
  /// - Returns: how many files went.
  func finish(_ files: [String: String], madeOf whole: String) throws(Failure) -> Int {
    var removed = 0
    for name in made.known.keys.sorted() where files[name] == nil && present.contains(name) {
      try made.remove(path + "/" + name)
      removed += 1
    }
    try made.save(files, madeOf: whole)
    return removed
  }
}
