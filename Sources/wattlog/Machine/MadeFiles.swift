import Glibc
import Text

/// What is remembered in a directory of the files that this program wrote there: what each was made of, and what all of
/// them were.
struct MadeFiles {
  private static let maximumByteCount = 64 << 20

  private let path: String
  private let title: String
  /// What the files were made of, by name.
  let known: [String: String]
  /// What all of it was made of; nil where nothing is remembered.
  let fingerprint: String?

  /// - Parameters:
  ///   - path: the file of this memory.
  ///   - title: its first line; one with another is as none.
  init(_ path: String, title: String) {
    self.path = path
    self.title = title
    let state = try? InputFile.read(path, maximumByteCount: MadeFiles.maximumByteCount)
    var lines = String(decoding: state ?? [], as: UTF8.self).split(separator: "\n")[...]
    guard lines.popFirst().map(String.init) == title, let whole = lines.popFirst() else {
      (known, fingerprint) = ([:], nil)
      return
    }
    fingerprint = String(whole)
    known = Dictionary(
      lines.compactMap { line in
        let parts = line.split(separator: " ", maxSplits: 1)
        return parts.count == 2 ? (String(parts[1]), String(parts[0])) : nil
      }, uniquingKeysWith: { _, last in last })
  }

  /// Removes a file that was written here.
  func remove(_ file: String) throws(Failure) {
    guard unlink(file) == 0 || errno == ENOENT else {
      throw Failure(.failed, "cannot remove '\(SafeText.printable(file))': \(SystemError.text(errno))")
    }
  }

  /// Remembers what files were made of.
  func save(_ files: [String: String], madeOf whole: String) throws(Failure) {
    let lines = files.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)\n" }
    try OutputFile.write("\(title)\n\(whole)\n" + lines.joined(), to: path)
  }
}
