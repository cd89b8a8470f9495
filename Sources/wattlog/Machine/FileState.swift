import Glibc

/// What tells without opening a file that it is no longer what it was; absent files have one, too.
struct FileState: Hashable {
  private var device: UInt64 = 0
  private var number: UInt64 = 0
  private var byteCount: Int64 = 0
  private var changedSeconds = 0
  private var changedNanoseconds = 0

  init(of path: String) {
    var attributes = stat()
    guard stat(path, &attributes) == 0 else { return }
    device = UInt64(attributes.st_dev)
    number = UInt64(attributes.st_ino)
    byteCount = Int64(attributes.st_size)
    // Not the time of modification: programs set that as they please.
    changedSeconds = attributes.st_ctim.tv_sec
    changedNanoseconds = attributes.st_ctim.tv_nsec
  }
}
