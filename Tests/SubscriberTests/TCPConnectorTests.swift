import Foundation
import Glibc
import Subscriber
import TestSupport
import Testing

/// All addresses of a name are tried, in turn.
@Suite struct TCPConnectorTests {
  /// A loopback address at which somebody listens, or nobody.
  private final class Port {
    private(set) var address: HostAddress
    private let listener: Int32
    private var clients: [Int32] = []

    /// - Parameter listens: false: its number is taken, and whoever connects is refused.
    init(_ ip: String, listens: Bool, backlog: Int32 = 8) throws {
      let any = try #require(try HostLookup.find(ip, port: 0).addresses.first)
      let listener = socket(any.family, Int32(SOCK_STREAM.rawValue), 0)
      self.listener = listener
      let isBound = any.withSocketAddress { bind(listener, $0, $1) } == 0
      address = any
      try #require(isBound)
      if listens { try #require(listen(listener, backlog) == 0) }
      var bound = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let port = withUnsafeMutablePointer(to: &bound) { pointer in
        pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
          _ = address.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
          return Int(UInt16(bigEndian: address.pointee.sin_port))
        }
      }
      address = try #require(try HostLookup.find(ip, port: port).addresses.first)
    }

    /// Takes all places of its queue: whoever connects from now on has no answer.
    func fill() {
      for _ in 0..<64 {
        let client = socket(address.family, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        clients.append(client)
        _ = address.withSocketAddress { connect(client, $0, $1) }
      }
    }

    deinit { for descriptor in clients + [listener] { close(descriptor) } }
  }

  /// The outcome, waited for with an end.
  private func outcome(_ connector: TCPConnector) -> TCPConnector.Outcome {
    for _ in 0..<600 {
      let outcome = connector.drive(milliseconds: 100, wake: nil)
      if case .awaited = outcome { continue }
      return outcome
    }
    return .awaited
  }

  private func reached(_ addresses: [HostAddress]) -> HostAddress? {
    guard case .connected(let socket, let address) = outcome(TCPConnector(addresses)) else { return nil }
    close(socket)
    return address
  }

  @Test func theAddressThatAnswersIsFoundWhereverItStands() throws {
    let good = try Port("127.0.0.1", listens: true)
    let refusing = try (0..<3).map { _ in try Port("127.0.0.9", listens: false).address }
    for place in 0...3 {
      var addresses = refusing
      addresses.insert(good.address, at: place)
      #expect(reached(addresses) == good.address, "at \(place)")
    }
  }

  @Test func theOtherFamilyIsTried() throws {
    guard let six = try? Port("::1", listens: false) else {
      print("skipped: no IPv6 here")
      return
    }
    let four = try Port("127.0.0.1", listens: true)
    #expect(reached([six.address, four.address]) == four.address)
    let sixToo = try Port("::1", listens: true)
    let fourNot = try Port("127.0.0.1", listens: false)
    #expect(reached([fourNot.address, sixToo.address]) == sixToo.address)
  }

  @Test func anAddressWithoutAnAnswerDoesNotHoldUpTheNext() throws {
    let silent = try Port("127.0.0.1", listens: true, backlog: 0)
    silent.fill()
    let good = try Port("127.0.0.1", listens: true)
    #expect(reached([silent.address, good.address]) == good.address)
  }

  @Test func whatWasRefusedIsNamed() throws {
    let first = try Port("127.0.0.9", listens: false)
    let second = try Port("127.0.0.1", listens: false)
    let connector = TCPConnector([first.address, second.address])
    guard case .unreachable = outcome(connector) else {
      Issue.record("reached")
      return
    }
    #expect(connector.reason(host: "broker.test") == "Connection refused (127.0.0.1, 127.0.0.9)")
    let alone = TCPConnector([second.address])
    _ = outcome(alone)
    #expect(alone.reason(host: "127.0.0.1") == "Connection refused")
    #expect(alone.reason(host: "localhost") == "Connection refused (127.0.0.1)")
    #expect(TCPConnector([second.address]).reason(host: "127.0.0.1") == "no answer (timed out)")
  }
}
