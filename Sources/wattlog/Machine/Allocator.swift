import CAllocator
import Glibc
import Synchronization
import Work

/// How glibc's allocator keeps memory that was freed: what is right for an hour of work is wrong for a year of rest.
enum Allocator {
  /// For commands that go through block after block: the next block's columns take the memory of the one before.
  ///
  /// Otherwise each of a block's columns, half a megabyte, is given back to the kernel and comes anew, zeroed page by
  /// page: a third of the time of `export --raw` and half of `verify --deep`. The peak stays what it is.
  static func keepFreedMemory() {
    _ = mallopt(M_MMAP_THRESHOLD, 64 << 20)
    _ = mallopt(M_TRIM_THRESHOLD, 256 << 20)
    useLargePages()
  }

  private static let largePage = 2 << 20
  /// What lies before the first whole large page of each thread's memory, by address: taken and never touched.
  private static let unused = Mutex<[UInt]>([])

  /// Makes room for a thread whose pages the kernel may give by two megabytes at once, where it does so: a year's report
  /// touches thousands of small ones. For commands that keep freed memory, once in each thread that runs beside others.
  static func useLargePages() {
    let byteCount = 4 * largePage
    _ = mallopt(M_TOP_PAD, Int32(byteCount))
    guard let room = malloc(byteCount + largePage) else { return }
    let start = UInt(bitPattern: room)
    let first = (start + UInt(largePage) - 1) / UInt(largePage) * UInt(largePage)
    if let pages = UnsafeMutableRawPointer(bitPattern: first) { _ = madvise(pages, byteCount, MADV_HUGEPAGE) }
    // It stays the thread's, as the room that its next pieces are cut from: but for the beginning, in small pages.
    free(room)
    let head = 64
    guard first - start > UInt(head), let gap = malloc(Int(first - start) - head) else { return }
    unused.withLock { $0.append(UInt(bitPattern: gap)) }
  }

  /// For commands that run for ever and rest most of the time: what a seal or a start needed goes back.
  static func giveBackFreedMemory() {
    // Set by hand, it no longer rises with each large piece that is freed.
    _ = mallopt(M_MMAP_THRESHOLD, 64 << 10)
    _ = mallopt(M_TRIM_THRESHOLD, 64 << 10)
    _ = mallopt(M_ARENA_MAX, 1)
  }
}
