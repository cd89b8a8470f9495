import Glibc
import Synchronization

/// A flag that one thread raises and another waits for in `poll`: a pipe that holds at most one byte.
///
/// (An eventfd would do the same on Linux alone.)
public final class WakeUp: Sendable {
  /// Readable while the flag is raised.
  public let fileDescriptor: Int32
  private let writeEnd: Int32
  private let raised = Atomic<Bool>(false)

  /// nil when the process has no file descriptors left.
  public init?() {
    var ends: (Int32, Int32) = (-1, -1)
    let result = withUnsafeMutablePointer(to: &ends) { pointer in
      pointer.withMemoryRebound(to: Int32.self, capacity: 2) { pipe($0) }
    }
    guard result == 0 else { return nil }
    for end in [ends.0, ends.1] {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    fileDescriptor = ends.0
    writeEnd = ends.1
  }

  deinit {
    close(fileDescriptor)
    close(writeEnd)
  }

  /// Raises the flag. Costs a system call only when it was down.
  public func raise() {
    guard !raised.exchange(true, ordering: .acquiringAndReleasing) else { return }
    var byte: UInt8 = 1
    _ = write(writeEnd, &byte, 1)
  }

  /// Takes the flag down. What was published before a later `raise` is seen after this.
  public func lower() {
    var bytes: UInt64 = 0
    _ = read(fileDescriptor, &bytes, 8)
    raised.store(false, ordering: .releasing)
  }

  /// Waits until the flag is raised, a signal arrives, or the time is over.
  ///
  /// - Returns: whether it is raised.
  @discardableResult
  public func wait(milliseconds: Int32) -> Bool {
    var descriptor = pollfd(fd: fileDescriptor, events: Int16(POLLIN), revents: 0)
    return poll(&descriptor, 1, milliseconds) > 0
  }
}
