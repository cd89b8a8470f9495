import Clock
import Glibc

/// TCP to the first of a host's addresses that answers.
///
/// They are tried in turn: the next one when one refuses, or when it has not answered for a quarter of a second, while
/// it is awaited further (RFC 8305). So a broker that listens on one family only, or whose name still has an old
/// address, is found at once.
public final class TCPConnector {
  public enum Outcome {
    case awaited
    /// A socket that does not block; from here on the caller's.
    case connected(socket: Int32, to: HostAddress)
    /// No address is left.
    case unreachable
  }

  /// The Connection Attempt Delay of RFC 8305, section 5.
  private static let attemptDelayMilliseconds: Int64 = 250
  private var untried: ArraySlice<HostAddress>
  private var attempts: [(socket: Int32, address: HostAddress)] = []
  private var refusals: [(reason: String, address: HostAddress)] = []
  private var nextAttemptAt: Int64 = 0

  public init(_ addresses: [HostAddress]) { untried = addresses[...] }

  deinit { for attempt in attempts { close(attempt.socket) } }

  /// Waits for an answer at most so long, or until `wake` is raised, and looks at what has come.
  public func drive(milliseconds: Int32, wake: WakeUp?) -> Outcome {
    if let outcome = beginAttempts() { return outcome }
    var wait = Int64(milliseconds)
    if !untried.isEmpty { wait = min(wait, max(0, nextAttemptAt - SystemClock.monotonicMilliseconds())) }
    var descriptors = attempts.map { pollfd(fd: $0.socket, events: Int16(POLLOUT), revents: 0) }
    descriptors.append(pollfd(fd: wake?.fileDescriptor ?? -1, events: Int16(POLLIN), revents: 0))
    poll(&descriptors, nfds_t(descriptors.count), Int32(wait))
    for (place, descriptor) in descriptors.dropLast().enumerated().reversed() where descriptor.revents != 0 {
      let attempt = attempts.remove(at: place)
      var error: Int32 = 0
      var length = socklen_t(MemoryLayout<Int32>.size)
      getsockopt(attempt.socket, SOL_SOCKET, SO_ERROR, &error, &length)
      if error == 0 { return .connected(socket: attempt.socket, to: attempt.address) }
      close(attempt.socket)
      refuse(attempt.address, error)
    }
    return beginAttempts() ?? .awaited
  }

  /// Begins what is due; nil while one is awaited.
  private func beginAttempts() -> Outcome? {
    while let address = untried.first {
      let now = SystemClock.monotonicMilliseconds()
      if !attempts.isEmpty && now < nextAttemptAt { return nil }
      untried.removeFirst()
      nextAttemptAt = now + TCPConnector.attemptDelayMilliseconds
      let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
      let socket = Glibc.socket(address.family, Int32(kind), 0)
      guard socket >= 0 else {
        refuse(address, errno)
        continue
      }
      if address.withSocketAddress({ connect(socket, $0, $1) }) == 0 { return .connected(socket: socket, to: address) }
      if errno == EINPROGRESS {
        attempts.append((socket, address))
      } else {
        refuse(address, errno)
        close(socket)
      }
    }
    return attempts.isEmpty ? .unreachable : nil
  }

  private func refuse(_ address: HostAddress, _ error: Int32) {
    refusals.append((String(cString: strerror(error)), address))
    // Its turn was not used up.
    nextAttemptAt = 0
  }

  /// Why nothing was reached: `Connection refused (127.0.0.1, ::1)`. In an order that does not depend on the resolver's.
  ///
  /// - Parameter host: what the caller was given; an address that is just that is not repeated.
  public func reason(host: String) -> String {
    let silent = (attempts.map(\.address) + untried).map { ("no answer (timed out)", $0.text) }
    let all = refusals.map { ($0.reason, $0.address.text) } + silent
    if all.count == 1, all[0].1 == host { return all[0].0 }
    return Dictionary(grouping: all) { $0.0 }.sorted { $0.key < $1.key }
      .map { reason, addresses in "\(reason) (\(addresses.map(\.1).sorted().joined(separator: ", ")))" }
      .joined(separator: "; ")
  }
}
