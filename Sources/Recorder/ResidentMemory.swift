import Glibc

/// The pages of the program and its libraries that are mapped into this process: nearly all of a recorder's memory.
///
/// A start touches far more of them than a recorder at rest: options, configuration, the store's recovery, OpenSSL's
/// tables. They stay counted as the process's own until the kernel is short of memory; on a small machine that is what
/// its owner sees.
enum ResidentMemory {
  /// Gives back the pages that hold only what stands in a file; those in use come back by themselves, from memory.
  static func release() {
    guard let file = fopen("/proc/self/smaps", "re") else { return }
    defer { fclose(file) }
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    var mapping: Mapping?
    while getline(&line, &capacity, file) > 0 {
      guard let line else { break }
      if let found = Mapping(line) {
        mapping = found
      } else if strncmp(line, "Anonymous:", 10) == 0 {
        // A page of its own would be lost: the dynamic linker writes to some mappings before it makes them read-only.
        if strtoul(line + 10, nil, 10) == 0, let mapping, mapping.isReadOnlyFile {
          _ = madvise(
            UnsafeMutableRawPointer(bitPattern: mapping.first), Int(mapping.last - mapping.first), MADV_DONTNEED)
        }
        mapping = nil
      }
    }
  }

  /// `55d0e8a00000-55d0e8c00000 r-xp 00200000 08:01 1234 /usr/bin/wattlog`: the line with which a mapping begins.
  private struct Mapping {
    var first: UInt
    var last: UInt
    var isReadOnlyFile: Bool

    /// nil for every other line.
    init?(_ line: UnsafePointer<CChar>) {
      var rest: UnsafeMutablePointer<CChar>?
      first = strtoul(line, &rest, 16)
      guard let dash = rest, dash.pointee == 0x2D else { return nil }
      last = strtoul(dash + 1, &rest, 16)
      guard let flags = rest, strnlen(flags, 6) == 6, flags.pointee == 0x20, first < last else { return nil }
      let isReadable = flags[1] == 0x72 && flags[2] == 0x2D  // r-
      isReadOnlyFile = isReadable && flags[4] == 0x70 && strchr(flags, 0x2F) != nil  // private, with a path
    }
  }
}
