import Glibc

/// Descriptors 0 to 2, which a caller may have closed (cron, supervisors, `2>&-`).
enum StandardDescriptors {
  /// Opens those that are closed on /dev/null, before anything else is opened: what is opened next would be one of them,
  /// and messages for a person would be written into a file of the store.
  static func open() {
    // The lowest free number is given; none above 2 is kept.
    var last: Int32
    repeat {
      last = Glibc.open("/dev/null", O_RDWR)
      // Where there is no such device, a folder takes the number: writing to it fails and harms nothing.
      if last < 0 { last = Glibc.open("/", O_RDONLY | O_DIRECTORY) }
    } while (0...2).contains(last)
    if last > 2 { close(last) }
  }
}
