import Glibc
import Synchronization

/// Threads that do pieces of work for whoever has some, and stay for the next: a report has six stages of a few
/// milliseconds each, and a thread takes a quarter of one to come and to go.
///
/// A thread without work sleeps. A caller does pieces of its own work, then of what others have left, and sleeps only
/// while others are at its last ones. A crew lasts to the end of the process, as its threads do.
public final class Crew: @unchecked Sendable {
  private let threadLimit: Int
  private let prepare: @Sendable () -> Void
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  /// Some work has pieces for a thread that sleeps.
  private let begun = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// Some work is done whose caller sleeps.
  private let ended = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  // Under the lock.

  private var works: [Work] = []
  private var threads: [pthread_t] = []
  private var idleThreadCount = 0
  private var waitingCallerCount = 0
  private var pinning: Pinning?

  /// Starts nothing yet.
  ///
  /// - Parameters:
  ///   - threadCount: how many threads may work beside a caller.
  ///   - pinning: where the threads are kept, if they are.
  ///   - prepare: what each thread does first.
  public init(threadCount: Int, pinning: Pinning? = nil, prepare: @escaping @Sendable () -> Void = {}) {
    threadLimit = threadCount
    self.pinning = pinning
    self.prepare = prepare
    pthread_mutex_init(lock, nil)
    pthread_cond_init(begun, nil)
    pthread_cond_init(ended, nil)
  }

  /// Calls `body` with 0, 1, … below `count`, each once, and returns when all calls have returned; `body` may call this
  /// in its turn. A process that gets no thread does it all in this one.
  public func run(_ count: Int, _ body: @Sendable (Int) -> Void) {
    guard count > 1, threadLimit > 0 else { return (0..<max(count, 0)).forEach(body) }
    withoutActuallyEscaping(body) { body in
      // A thread may hold the work for longer than this call lasts, and then no longer looks at the body.
      let place = UnsafeMutablePointer<@Sendable (Int) -> Void>.allocate(capacity: 1)
      place.initialize(to: body)
      let work = Work(count: count, place)
      begin(work)
      work.doPieces()
      waitForEnd(of: work)
      place.deinitialize(count: 1)
      place.deallocate()
    }
  }

  private func begin(_ work: Work) {
    pthread_mutex_lock(lock)
    works.removeAll { !$0.hasPieces }
    works.append(work)
    pinning?.follow(threads)
    let wakeCount = min(work.count - 1, idleThreadCount)
    while threads.count < min(work.count - 1, threadLimit), let thread = start() { threads.append(thread) }
    pthread_mutex_unlock(lock)
    for _ in 0..<wakeCount { pthread_cond_signal(begun) }
  }

  private func waitForEnd(of work: Work) {
    pthread_mutex_lock(lock)
    while !work.isDone {
      if doOpenWork() { continue }
      waitingCallerCount += 1
      pthread_cond_wait(ended, lock)
      waitingCallerCount -= 1
    }
    pthread_mutex_unlock(lock)
  }

  /// What a thread does for as long as the process lasts.
  private func serve() {
    prepare()
    pthread_mutex_lock(lock)
    while true {
      if doOpenWork() { continue }
      idleThreadCount += 1
      pthread_cond_wait(begun, lock)
      idleThreadCount -= 1
    }
  }

  /// Does what is left of the work that was begun last, for which others wait. With the lock, which it leaves meanwhile.
  /// False when there is none.
  private func doOpenWork() -> Bool {
    guard let work = works.last(where: \.hasPieces) else { return false }
    pthread_mutex_unlock(lock)
    let isLast = work.doPieces()
    pthread_mutex_lock(lock)
    if isLast, waitingCallerCount > 0 { pthread_cond_broadcast(ended) }
    return true
  }

  private func start() -> pthread_t? {
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pinning?.confine(&attributes)
    let crew = Unmanaged.passRetained(self)
    let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { crew in
      guard let crew else { return nil }
      Unmanaged<Crew>.fromOpaque(crew).takeRetainedValue().serve()
      return nil
    }
    guard pthread_create(&thread, &attributes, body, crew.toOpaque()) == 0 else {
      crew.release()
      return nil
    }
    return thread
  }
}

/// Pieces are taken in turn by whoever is free.
private final class Work: Sendable {
  let count: Int
  private let next = Atomic(0)
  private let doneCount = Atomic(0)
  private nonisolated(unsafe) let body: UnsafePointer<@Sendable (Int) -> Void>

  init(count: Int, _ body: UnsafePointer<@Sendable (Int) -> Void>) {
    self.count = count
    self.body = body
  }

  var hasPieces: Bool { next.load(ordering: .relaxed) < count }
  var isDone: Bool { doneCount.load(ordering: .acquiring) == count }

  /// Does pieces until none is left. True for whoever did the last one of all to be done.
  @discardableResult
  func doPieces() -> Bool {
    var isLast = false
    while true {
      let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard piece < count else { return isLast }
      body.pointee(piece)
      isLast = doneCount.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue == count
    }
  }
}
