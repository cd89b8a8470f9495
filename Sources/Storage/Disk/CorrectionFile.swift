import Glibc
import Readings
import SegmentFormat

/// `corrections`: what a person put right, one line of text each, only ever appended.
///
/// A line is `text #checksum` (CRC-32C of the text in hexadecimal) and a line feed. Appending takes the file's own lock,
/// so it works beside a recorder, which never touches the file. A line that a power cut left unfinished is left out,
/// and the next append closes it with `#torn`. Lines that begin with `#` are remarks.
public enum CorrectionFile {
  public struct Line: Hashable, Sendable {
    /// 1 for the file's first line.
    public var number: Int
    /// Without the checksum.
    public var text: String

    public init(number: Int, text: String) {
      self.number = number
      self.text = text
    }
  }

  public struct Contents: Hashable, Sendable {
    public var lines: [Line] = []
    /// Numbers of lines that do not match their checksum: somebody edited them, or the disk did.
    public var damaged: [Int] = []
    /// The last line is unfinished, as a power cut in the middle of an append leaves it.
    public var isTorn = false
    /// The last line lacks its line feed only.
    var lacksLineFeed = false
    var isEmpty = true
    /// Where each line begins, the first one first.
    var lineOffsets: [Int] = []
    var byteCount = 0
  }

  /// Of the file, in a store.
  public static let name = StorePath.corrections

  /// The longest text of a line, in bytes.
  public static let maximumLineByteCount = 4096
  /// More than anybody types; a longer file is refused.
  static let maximumByteCount = 8 << 20

  private static let remark = "# Wattlog's corrections: append with 'wattlog device', take back with 'device undo'.\n"
  private static let tornMark = "#torn"

  /// The lines of a store; none where there is no such file.
  public static func read(
    directory path: String, fileSystem: some FileSystem = POSIXFileSystem()
  ) throws(StorageError) -> Contents {
    do throws(FileSystemError) {
      let directory = try fileSystem.openDirectory(path, create: false)
      return contents(of: try bytes(in: directory) ?? [])
    } catch {
      throw StorageError(error)
    }
  }

  /// Appends the line that `make` makes of those that are there, and returns when it survives a power cut.
  ///
  /// - Throws: ``StorageError``, or what `make` throws; then nothing was appended.
  public static func append(
    directory path: String, fileSystem: some FileSystem = POSIXFileSystem(), _ make: (Contents) throws -> String
  ) throws {
    do {
      let directory = try fileSystem.openDirectory(path, create: false)
      guard try FoundIdentity(in: directory, at: path) != nil else {
        throw StorageError(.missing, path: path, cause: "no store here: wattlog.store is missing")
      }
      let file = try directory.open(StorePath.corrections, .append)
      try file.lock(.exclusive)
      let contents = contents(of: try bytes(of: file))
      let text = try make(contents)
      precondition(
        !text.utf8.contains(UInt8(ascii: "\n")) && text.utf8.count <= maximumLineByteCount, "no line of corrections")
      var addition = contents.isEmpty ? remark : contents.lacksLineFeed ? "\n" : contents.isTorn ? " \(tornMark)\n" : ""
      addition += sealed(text) + "\n"
      try file.append(Array(addition.utf8)[...])
      try file.synchronize()
      if contents.isEmpty { try directory.synchronizeDirectory("") }
    } catch let error as FileSystemError {
      throw StorageError(error)
    }
  }

  /// The file as it is, nil when there is none.
  static func bytes(in directory: any StoreDirectory) throws(FileSystemError) -> [UInt8]? {
    do throws(FileSystemError) {
      return try bytes(of: try directory.open(StorePath.corrections, .read))
    } catch {
      guard error.code == ENOENT else { throw error }
      return nil
    }
  }

  private static func bytes(of file: any StoreFile) throws(FileSystemError) -> [UInt8] {
    let count = try file.byteCount()
    guard count <= maximumByteCount else {
      throw FileSystemError(call: "read", path: StorePath.corrections, code: EFBIG)
    }
    return try file.read(at: 0, count: count)
  }

  private static func sealed(_ text: String) -> String { "\(text) #\(checksum(text))" }

  private static func checksum(_ text: String) -> String {
    String(CRC32C.checksum(Array(text.utf8)[...]), padded: 8, radix: 16)
  }

  /// nil where the checksum is missing or wrong.
  private static func opened(_ line: String) -> String? {
    guard let mark = line.utf8.lastIndex(of: UInt8(ascii: "#")), mark > line.startIndex else { return nil }
    let text = String(line[..<line.index(before: mark)])
    return sealed(text) == line ? text : nil
  }

  /// True for what one false bit makes of a line, or of a remark's line feed, so that it looks like a remark. A line that
  /// a person put a `#` before is a remark.
  private static func hidesLine(_ line: String) -> Bool {
    let tail = line.utf8.suffix(10)
    guard tail.count == 10, tail.starts(with: " #".utf8) else { return false }
    if (1...9).contains(where: { opened("\($0)" + line.dropFirst()) != nil }) { return true }
    return line.indices.dropFirst(3).contains { line[$0].isNumber && opened(String(line[$0...])) != nil }
  }

  static func contents(of bytes: [UInt8]) -> Contents {
    var contents = Contents(isEmpty: bytes.isEmpty, byteCount: bytes.count)
    let parts = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    contents.lineOffsets = parts.map(\.startIndex)
    for (index, part) in parts.enumerated() {
      let isLast = index == parts.count - 1
      let line = String(decoding: part, as: UTF8.self)
      if part.isEmpty || line.hasSuffix(tornMark) { continue }
      if line.hasPrefix("#"), !isLast {
        if part.contains(0) || hidesLine(line) { contents.damaged.append(index + 1) }
        continue
      }
      if let text = opened(line) {
        contents.lines.append(Line(number: index + 1, text: text))
        contents.lacksLineFeed = isLast
      } else if isLast, opened(String(line.dropLast())) == nil, !part.contains(0) {
        contents.isTorn = true
      } else {
        contents.damaged.append(index + 1)
      }
    }
    return contents
  }
}
