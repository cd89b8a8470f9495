import Glibc

/// A value that one thread gives, once, and another waits for.
final class Handover<Value>: @unchecked Sendable {
  private let given: UnsafeMutablePointer<sem_t>
  private var value: Value?

  init() {
    given = .allocate(capacity: 1)
    sem_init(given, 0, 0)
  }

  deinit {
    sem_destroy(given)
    given.deallocate()
  }

  func give(_ value: Value) {
    self.value = value
    sem_post(given)
  }

  /// Waits for the value. Called once.
  func take() -> Value {
    while sem_wait(given) != 0 {}
    guard let value else { preconditionFailure("nothing was given") }
    return value
  }
}
