import Glibc
import Synchronization

/// SIGINT and SIGTERM as a flag that long work looks at.
enum StopSignal {
  private static let received = Atomic<Int32>(0)

  /// From now on the two signals end nothing by themselves.
  static func watch() {
    for number in [SIGINT, SIGTERM] { signal(number, note) }
  }

  private static let note: @convention(c) (Int32) -> Void = { number in
    received.store(number, ordering: .relaxed)
  }

  static var isReceived: Bool { received.load(ordering: .relaxed) != 0 }

  /// How a command ends that was asked to stop; nil when it was not.
  static var exitCode: ExitCode? {
    switch received.load(ordering: .relaxed) {
    case 0: nil
    case SIGINT: .interrupted
    default: .terminated
    }
  }

  /// Sleeps, at most until a signal comes.
  static func sleep(nanoseconds: Int64) {
    guard nanoseconds > 0, !isReceived else { return }
    var pause = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    nanosleep(&pause, nil)
  }
}
