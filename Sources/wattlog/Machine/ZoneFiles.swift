import Glibc
import Text

/// The machine's zone files (TZif), and which zone is in force.
enum ZoneFiles {
  /// Why a zone cannot be used.
  struct Unknown: Error {
    var cause: String
    var advice: String?
  }

  static let maximumByteCount = 1 << 20

  static var directory: String { Environment.filled("TZDIR") ?? "/usr/share/zoneinfo" }

  /// The bytes of the zone's file. `UTC` is known on machines without zone files, too.
  static func load(_ name: String) throws(Unknown) -> [UInt8] {
    let levels = name.split(separator: "/", omittingEmptySubsequences: false)
    let isName =
      name.utf8.count <= 100 && !levels.contains { $0.isEmpty || $0.hasPrefix(".") }
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"),
          UInt8(ascii: "+"), UInt8(ascii: "."):
          true
        default: false
        }
      }
    guard isName else { throw unknown(name) }
    do throws(InputFile.Unreadable) {
      return try read(directory + "/" + name)
    } catch {
      if name == "UTC" { return utc }
      guard error.isMissing else {
        throw Unknown(cause: "cannot read the zone '\(name)' in \(directory): \(error.reason)", advice: nil)
      }
      throw unknown(name)
    }
  }

  private static func read(_ path: String) throws(InputFile.Unreadable) -> [UInt8] {
    let bytes = try InputFile.read(path, maximumByteCount: maximumByteCount)
    guard bytes.starts(with: Array("TZif".utf8)) else {
      throw InputFile.Unreadable(isMissing: false, reason: "it is no zone file")
    }
    return bytes
  }

  private static func unknown(_ name: String) -> Unknown {
    let names = self.names
    guard !names.isEmpty else {
      return Unknown(
        cause: "there are no zone files in \(directory)", advice: "install them, on Debian with 'apt install tzdata'")
    }
    let near =
      NearestWord.nearest(to: name, in: names)
      ?? NearestWord.nearest(to: name, in: names.lazy.filter { $0.hasSuffix("/\(name)") })
    return Unknown(
      cause: "unknown time zone '\(SafeText.printable(name))'",
      advice: near.map { "did you mean '\($0)'?" } ?? "write a name such as Europe/London")
  }

  /// The names in the machine's list of zones, for suggestions; empty when it has none.
  private static var names: [String] {
    for list in ["tzdata.zi", "zone1970.tab", "zone.tab"] {
      guard let bytes = try? InputFile.read(directory + "/" + list, maximumByteCount: 4 << 20) else { continue }
      let text = String(decoding: bytes, as: UTF8.self)
      let names = text.split(separator: "\n").compactMap { line -> String? in
        let words = line.split { $0 == " " || $0 == "\t" }
        if list == "tzdata.zi" {
          switch words.first {
          case "Z": return words.count > 1 ? String(words[1]) : nil
          case "L": return words.count > 2 ? String(words[2]) : nil
          default: return nil
          }
        }
        return line.hasPrefix("#") || words.count < 3 ? nil : String(words[2])
      }
      return ["UTC"] + names
    }
    return InputFile.exists(directory) ? ["UTC"] : []
  }

  /// RFC 8536 version 2 with one type, UTC, and the footer `UTC0`.
  static let utc: [UInt8] = {
    let block: [UInt8] =
      Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
      + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4]
      + [0, 0, 0, 0, 0, 0] + Array("UTC\0".utf8)
    return block + block + Array("\nUTC0\n".utf8)
  }()

  /// The machine's zone: `TZ` (a name or a file), else /etc/localtime, else UTC.
  static func machine(_ console: Console) -> (name: String, bytes: [UInt8]) {
    if let variable = Environment.filled("TZ") {
      let name = variable.hasPrefix(":") ? String(variable.dropFirst()) : variable
      if name.hasPrefix("/"), let bytes = try? read(name) {
        return (zoneName(inPath: name) ?? name, bytes)
      }
      if let bytes = try? load(name) { return (name, bytes) }
      console.detail("TZ '\(SafeText.printable(variable))' names no zone file; days are those of UTC")
      return ("UTC", utc)
    }
    if let name = machineName, let bytes = try? load(name) { return (name, bytes) }
    if let bytes = try? read("/etc/localtime") { return ("localtime", bytes) }
    console.detail("the machine's time zone is unknown; days are those of UTC (see --timezone)")
    return ("UTC", utc)
  }

  /// The name behind /etc/localtime, or the one in /etc/timezone; nil when neither says one.
  static var machineName: String? {
    var target = [UInt8](repeating: 0, count: 4096)
    let count = target.withUnsafeMutableBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { text in
        text.baseAddress.map { readlink("/etc/localtime", $0, text.count) } ?? -1
      }
    }
    if count > 0, let name = zoneName(inPath: String(decoding: target[..<count], as: UTF8.self)) { return name }
    guard let bytes = try? InputFile.read("/etc/timezone", maximumByteCount: 4096) else { return nil }
    let name = String(decoding: bytes.prefix { $0 > 32 }, as: UTF8.self)
    return name.isEmpty ? nil : name
  }

  private static func zoneName(inPath path: String) -> String? {
    guard let range = path.firstRange(of: "zoneinfo/") else { return nil }
    let name = path[range.upperBound...]
    return name.isEmpty ? nil : String(name)
  }
}
