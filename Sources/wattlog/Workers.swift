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
      let threads = (1..<min(count, processorCount)).compactMap { _ in start(work) }
      work.run()
      for thread in threads { pthread_join(thread, nil) }
    }
  }

  private static let processorCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  private static func start(_ work: Work) -> pthread_t? {
    let context = Unmanaged.passRetained(work)
    var thread = pthread_t()
    guard pthread_create(&thread, nil, runWork, context.toOpaque()) == 0 else {
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
  Allocator.useLargePages()
  Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
  return nil
}
