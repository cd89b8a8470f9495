import CScheduler
import Glibc

/// Keeps a crew's threads off the processor of the one that starts them.
///
/// Left alone, the kernel often queues a new thread, or one that it wakes, behind the one that woke it for milliseconds,
/// while another processor idles. On two processors that share a core a report of a year takes 20 to 30 % longer then.
/// Nobody has measured it elsewhere, so elsewhere there is no pinning.
public struct Pinning {
  private let processors: ProcessorSet
  /// The thread that started the others, and the processor that they are kept off.
  private var starter: (thread: pthread_t, processor: Int32)?

  /// Nil but for a process that may run on both processors of a machine with two: a set that somebody has narrowed is
  /// shared with others, who may have been given the same.
  public init?(_ processors: ProcessorSet = .allowed) {
    guard processors.count == 2, sysconf(Int32(_SC_NPROCESSORS_ONLN)) == 2 else { return nil }
    self.processors = processors
  }

  /// Before the calling thread begins work for others. Those follow only the thread that started them: pieces of work
  /// have pieces of their own.
  mutating func follow(_ threads: [pthread_t]) {
    let (caller, processor) = (pthread_self(), sched_getcpu())
    guard let known = starter else {
      starter = (caller, processor)
      return
    }
    guard pthread_equal(known.thread, caller) != 0, known.processor != processor else { return }
    starter = (caller, processor)
    var others = processors.without(processor)
    for thread in threads { pthread_setaffinity_np(thread, MemoryLayout<cpu_set_t>.size, &others.bits) }
  }

  /// For a thread that the calling one is about to start.
  func confine(_ attributes: inout pthread_attr_t) {
    var others = processors.without(sched_getcpu())
    pthread_attr_setaffinity_np(&attributes, MemoryLayout<cpu_set_t>.size, &others.bits)
  }
}
