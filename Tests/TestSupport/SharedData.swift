import Foundation

/// Captures and posted messages that lie beside the repository, where they do. They are not part of it, so a test that
/// wants them skips, with a message, where they are absent.
public enum SharedData {
  /// The folder `shared/data` next to the package or next to one of the folders above it; nil when there is none.
  public static let directory: String? = {
    var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent("shared/data")
      var isDirectory: ObjCBool = false
      if FileManager.default.fileExists(atPath: candidate.path, isDirectory: &isDirectory), isDirectory.boolValue {
        return candidate.path
      }
      folder = folder.deletingLastPathComponent()
    }
    return ProcessInfo.processInfo.environment["WATTLOG_SHARED_DATA"]
  }()

  /// The path of one file of it; nil when it is not there.
  public static func path(_ name: String) -> String? {
    guard let directory else { return nil }
    let path = directory + "/" + name
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }

  /// The bytes of one file of it.
  public static func bytes(_ name: String) -> [UInt8]? {
    guard let path = path(name), let data = FileManager.default.contents(atPath: path) else { return nil }
    return [UInt8](data)
  }

  /// The bytes of a capture `name` (`spring.log.zst`), unpacked by the program `zstd`; nil without file or program.
  ///
  /// - Parameter byteLimit: only about so many bytes from the start are read, cut after a line.
  public static func unpacked(_ name: String, byteLimit: Int = .max) -> [UInt8]? {
    guard let path = path(name), let program = Programs.path(of: "zstd") else { return nil }
    let quoted = path.replacingOccurrences(of: "'", with: "'\\''")
    guard let pipe = popen("'\(program)' -dcq --long=27 '\(quoted)' 2>/dev/null", "r") else { return nil }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    while bytes.count < byteLimit {
      let count = fread(&piece, 1, piece.count, pipe)
      if count == 0 { break }
      bytes.append(contentsOf: piece[..<count])
    }
    // Closes the pipe first, which ends a program that still writes.
    pclose(pipe)
    if bytes.count >= byteLimit {
      bytes.removeLast(bytes.count - byteLimit)
      if let end = bytes.lastIndex(of: 0x0A) { bytes.removeLast(bytes.count - end - 1) }
    }
    return bytes
  }
}
