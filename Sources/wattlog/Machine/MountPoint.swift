import Glibc

/// The file system that a path lies on, as Linux lists it in /proc/self/mountinfo.
struct MountPoint {
  /// `ext4`, `xfs`, …
  let kind: String
  private let options: [Substring]

  /// nil where the list cannot be read or does not know the path's device.
  init?(of path: String) {
    var status = stat()
    guard stat(path, &status) == 0, let text = MountPoint.list() else { return nil }
    // As glibc's major() and minor() take it apart.
    let number = status.st_dev
    let device = "\(number >> 8 & 0xFFF | number >> 32 & ~0xFFF):\(number & 0xFF | number >> 12 & 0xFFFF_FF00)"
    for line in text.split(separator: "\n") {
      // id parent major:minor root place options [fields…] - kind source options
      let words = line.split(separator: " ")
      guard words.count > 6, words[2] == device, let dash = words.firstIndex(of: "-"), dash + 3 < words.count else {
        continue
      }
      kind = String(words[dash + 1])
      options = words[dash + 3].split(separator: ",")
      return
    }
    return nil
  }

  /// The number behind `name=`.
  func number(of name: String) -> Int64? {
    for option in options where option.hasPrefix(name + "=") { return Int64(option.dropFirst(name.utf8.count + 1)) }
    return nil
  }

  private static func list() -> String? { InputFile.text("/proc/self/mountinfo") }
}
