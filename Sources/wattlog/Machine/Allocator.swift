import CAllocator
import Glibc

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

  /// Makes room for a thread whose pages the kernel may give by two megabytes at once, where it does so: a year's report
  /// touches thousands of small ones. For commands that keep freed memory, once in each thread that runs beside others.
  ///
  /// The room is freed at once, and stays the thread's: its next pieces are cut from it.
  static func useLargePages() {
    let largePage = UInt(2 << 20)
    let byteCount = 6 * Int(largePage)
    _ = mallopt(M_TOP_PAD, Int32(byteCount))
    guard let room = malloc(byteCount + Int(largePage)) else { return }
    defer { free(room) }
    let first = (UInt(bitPattern: room) + largePage - 1) / largePage * largePage
    if let pages = UnsafeMutableRawPointer(bitPattern: first) { _ = madvise(pages, byteCount, MADV_HUGEPAGE) }
  }

  /// For commands whose threads ask for few and large pieces: what one of them freed is another's, too. Before threads begin.
  static func shareFreedMemory() { _ = mallopt(M_ARENA_MAX, 1) }

  /// For commands that run for ever and rest most of the time: what a seal or a start needed goes back.
  static func giveBackFreedMemory() {
    // Set by hand, it no longer rises with each large piece that is freed.
    _ = mallopt(M_MMAP_THRESHOLD, 64 << 10)
    _ = mallopt(M_TRIM_THRESHOLD, 64 << 10)
    _ = mallopt(M_ARENA_MAX, 1)
  }
}
