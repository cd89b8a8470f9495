import CProcessor
import CScheduler
import Glibc
import Synchronization

/// Threads that do pieces of work for whoever has some, and stay for the next: a report has six stages of a few
/// milliseconds each, and a thread takes a quarter of one to come and to go.
///
/// Who waits, a thread for work or a caller for the end of its own, does what others have left; then it looks for news
/// for as long as it would take to be woken, and sleeps. A crew lasts to the end of the process, as its threads do.
public final class Crew: @unchecked Sendable {
  private let threadLimit: Int
  private let processors = ProcessorSet.allowed
  private let prepare: @Sendable () -> Void
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  /// Some work was begun or done.
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// How often; rises under the lock.
  private let changeCount = Atomic(0)

  // Under the lock.

  private var works: [Work] = []
  private var threads: [pthread_t] = []
  private var sleeperCount = 0
  /// Who started the threads, and the processor that they are kept off.
  private var starter: (thread: pthread_t, processor: Int32)?

  /// Starts nothing yet.
  ///
  /// - Parameters:
  ///   - threadCount: how many threads may work beside a caller; by default one for each other processor that this
  ///     process may run on.
  ///   - prepare: what each thread does first.
  public init(threadCount: Int = ProcessorSet.allowed.count - 1, prepare: @escaping @Sendable () -> Void = {}) {
    threadLimit = threadCount
    self.prepare = prepare
    pthread_mutex_init(lock, nil)
    pthread_cond_init(changed, nil)
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
      if work.doPieces() { tell() }
      wait(patience: Crew.callerPatience) { work.isDone }
      place.deinitialize(count: 1)
      place.deallocate()
    }
  }

  private func begin(_ work: Work) {
    withLock {
      works.removeAll { !$0.hasPieces }
      works.append(work)
      keepApart()
      while threads.count < min(work.count - 1, threadLimit), let thread = start() { threads.append(thread) }
    }
    tell()
  }

  /// Keeps the threads off the processor of the one that started them, wherever it is now.
  ///
  /// Left alone, the kernel often queues a new thread, or one that it wakes, behind the one that woke it for
  /// milliseconds, while another processor idles.
  private func keepApart() {
    let (caller, processor) = (pthread_self(), sched_getcpu())
    guard let known = starter else {
      starter = (caller, processor)
      return
    }
    guard pthread_equal(known.thread, caller) != 0, known.processor != processor else { return }
    starter = (caller, processor)
    let others = processors.without(processor)
    for thread in threads { others.confine(thread) }
  }

  /// Wakes whoever sleeps.
  private func tell() {
    withLock {
      changeCount.wrappingAdd(1, ordering: .releasing)
      if sleeperCount > 0 { pthread_cond_broadcast(changed) }
    }
  }

  /// Does what there is to do until there is no more reason to wait.
  ///
  /// - Parameter patience: how long to look for a change before sleeping, in nanoseconds.
  private func wait(patience: Int, until isOver: () -> Bool) {
    while true {
      let count = changeCount.load(ordering: .acquiring)
      if isOver() { return }
      if let work = next() {
        if work.doPieces() { tell() }
        continue
      }
      if seesChange(from: count, within: patience) { continue }
      withLock {
        guard changeCount.load(ordering: .relaxed) == count else { return }
        sleeperCount += 1
        pthread_cond_wait(changed, lock)
        sleeperCount -= 1
      }
    }
  }

  /// The work that was begun last and has pieces left: others wait for it.
  private func next() -> Work? {
    withLock { works.last(where: \.hasPieces) }
  }

  /// As long as the steps between two works take.
  private static let threadPatience = 200_000
  /// A caller knows that there will be a change soon; one that slept would be woken on the processor of the thread that
  /// wakes it.
  private static let callerPatience = 3_000_000

  private func seesChange(from count: Int, within patience: Int) -> Bool {
    let end = Crew.nanoseconds() + patience
    while Crew.nanoseconds() < end {
      for _ in 0..<8 {
        if changeCount.load(ordering: .relaxed) != count { return true }
        processor_pause()
      }
    }
    return false
  }

  private static func nanoseconds() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1_000_000_000 + now.tv_nsec
  }

  private func withLock<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return body()
  }

  private func start() -> pthread_t? {
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    processors.without(sched_getcpu()).confine(&attributes)
    let crew = Unmanaged.passRetained(self)
    let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { crew in
      guard let crew else { return nil }
      let member = Unmanaged<Crew>.fromOpaque(crew).takeRetainedValue()
      member.prepare()
      member.wait(patience: Crew.threadPatience) { false }
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
