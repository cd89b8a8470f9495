#if WATTLOG_THREAD_SANITIZER
  import Glibc

  /// In the place of one of `Synchronization`, whose futex ThreadSanitizer does not see, so that it reports a race for
  /// whatever a mutex guards. `Scripts/sanitize thread` sets the condition.
  public struct Mutex<Value>: ~Copyable, @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

    public init(_ initial: consuming sending Value) {
      value.initialize(to: initial)
      pthread_mutex_init(lock, nil)
    }

    deinit {
      pthread_mutex_destroy(lock)
      value.deinitialize(count: 1)
      value.deallocate()
      lock.deallocate()
    }

    public borrowing func withLock<Result, Failure: Error>(
      _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
      pthread_mutex_lock(lock)
      defer { pthread_mutex_unlock(lock) }
      return try body(&value.pointee)
    }
  }
#else
  private import Synchronization

  /// The one lock of the program: a value that one thread at a time may look at.
  ///
  /// A type of its own, so that nobody who uses it imports the module of the other: Scripts/sanitize has one in its place.
  public struct Mutex<Value>: ~Copyable, Sendable {
    private let guarded: Synchronization.Mutex<Value>

    public init(_ initial: consuming sending Value) { guarded = Synchronization.Mutex(initial) }

    /// Runs `body` while no other thread does. Throws what it throws.
    public borrowing func withLock<Result, Failure: Error>(
      _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
      try guarded.withLock(body)
    }
  }
#endif
