import Glibc
import Synchronization

/// SIGINT and SIGTERM as a flag that long work looks at.
enum StopSignal {
  private static let received = Atomic<Int32>(0)

  /// From now on the two signals end nothing by themselves.
  static func watch() {
    // Without SA_RESTART: a read that waits for input ends, so that the flag is seen.
    var action = sigaction()
    action.__sigaction_handler.sa_handler = note
    var both = sigset_t()
    sigemptyset(&both)
    for number in [SIGINT, SIGTERM] {
      sigaction(number, &action, nil)
      sigaddset(&both, number)
    }
    // Whoever started this process may have blocked them, and the mask is inherited.
    pthread_sigmask(SIG_UNBLOCK, &both, nil)
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
