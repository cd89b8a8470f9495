import CScheduler
import Glibc
import Readings
import Synchronization

/// Independent pieces of work on as many threads as there are processors.
enum Workers {
  /// A process that gets no thread does it all in this one.
  static let sideBySide = SideBySide { count, piece in
    guard count > 1 else { return (0..<count).forEach(piece) }
    withoutActuallyEscaping(piece) { piece in
      let work = Work(count: count, piece)
      let threads = (1..<min(count, processors.count)).compactMap { _ in start(work) }
      work.run()
      for thread in threads { pthread_join(thread, nil) }
    }
  }

  fileprivate static let processors = ProcessorSet.allowed

  private static let preparedCount = Atomic(0)

  /// A thread takes over the memory of one that has ended: there is one for each that may run beside the first.
  fileprivate static func prepareMemory() {
    if preparedCount.wrappingAdd(1, ordering: .relaxed).oldValue < processors.count - 1 { Allocator.useLargePages() }
  }

  private static func start(_ work: Work) -> pthread_t? {
    let context = Unmanaged.passRetained(work)
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    // Left alone, the kernel often queues a new thread, or one that it wakes, behind this one for milliseconds while
    // another processor idles.
    processors.without(sched_getcpu()).confine(&attributes)
    guard pthread_create(&thread, &attributes, runWork, context.toOpaque()) == 0 else {
      context.release()
      return nil
    }
    return thread
  }
}

/// Pieces are taken in turn by whoever is free.
private final class Work: Sendable {
  private let count: Int
  private let next = Atomic(0)
  private let body: @Sendable (Int) -> Void

  init(count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    self.count = count
    self.body = body
  }

  func run() {
    while true {
      let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard piece < count else { return }
      body(piece)
    }
  }
}

private func runWork(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context else { return nil }
  Workers.prepareMemory()
  Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
  return nil
}
