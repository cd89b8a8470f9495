/// In the place of the module Work, whose mutex needs an operating system: this program has one thread.
public struct Mutex<Value>: ~Copyable, @unchecked Sendable {
  private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

  public init(_ initial: consuming sending Value) { value.initialize(to: initial) }

  public borrowing func withLock<Result, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    try body(&value.pointee)
  }
}
