#if WATTLOG_THREAD_SANITIZER
  import Glibc

  /// In the place of `Synchronization.Mutex`, whose futex ThreadSanitizer does not see, so that it reports a race for
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
  public import Synchronization

  /// The one lock of the program: a value that one thread at a time may look at.
  public typealias Mutex<Value: ~Copyable> = Synchronization.Mutex<Value>
#endif
