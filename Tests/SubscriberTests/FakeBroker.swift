import Foundation
import Glibc
import Synchronization

/// A TCP server on a loopback port that answers as a test's script says; for brokers that one cannot install.
final class FakeBroker: Sendable {
  let port: Int
  private let seenVersions = Mutex<[UInt8]>([])

  /// MQTT protocol levels of the CONNECT packets that came, 4 or 5 each.
  var versions: [UInt8] { seenVersions.withLock { $0 } }

  /// One client's connection, as the script sees it.
  struct Client {
    let socket: Int32
    /// The protocol level in its CONNECT.
    let version: UInt8

    func send(_ bytes: [UInt8]) {
      _ = bytes.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// Reads one packet; nil at the end of the connection.
    func packet() -> (type: UInt8, body: [UInt8])? { FakeBroker.packet(from: socket) }

    func acceptLogin() { send(version == 5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0]) }

    /// Reads SUBSCRIBE and answers with one code for each filter.
    func answerSubscription(codes: [UInt8]) {
      guard let (_, body) = packet(), body.count >= 2 else { return }
      let properties: [UInt8] = version == 5 ? [0] : []
      send([0x90, UInt8(2 + properties.count + codes.count), body[0], body[1]] + properties + codes)
    }

    func publish(topic: String, payload: [UInt8], isRetained: Bool = false) {
      let name = Array(topic.utf8)
      let properties: [UInt8] = version == 5 ? [0] : []
      let body = [UInt8(name.count >> 8), UInt8(name.count & 255)] + name + properties + payload
      send([isRetained ? 0x31 : 0x30] + FakeBroker.length(body.count) + body)
    }

    /// Keeps the connection open until the client ends it.
    func waitForEnd() { while packet() != nil {} }
  }

  /// - Parameter script: runs for each connection after its CONNECT was read; the connection ends with it.
  init(_ script: @escaping @Sendable (Client) -> Void) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0 && listen(listener, 16) == 0
      }
    }
    guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
    port = Int(UInt16(bigEndian: address.sin_port))
    // Holds on to the broker: a listener that is closed while its number is in use would be somebody else's.
    Thread {
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { return }
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let version = FakeBroker.packet(from: client).map { $0.body.count > 6 ? $0.body[6] : 0 } ?? 0
        self.seenVersions.withLock { $0.append(version) }
        script(Client(socket: client, version: version))
        close(client)
      }
    }.start()
  }

  private static func packet(from socket: Int32) -> (type: UInt8, body: [UInt8])? {
    func read(_ count: Int) -> [UInt8]? {
      var bytes = [UInt8](repeating: 0, count: count)
      var have = 0
      while have < count {
        let result = bytes.withUnsafeMutableBytes { recv(socket, $0.baseAddress! + have, count - have, 0) }
        guard result > 0 else { return nil }
        have += result
      }
      return bytes
    }
    guard let first = read(1) else { return nil }
    var length = 0
    var shift = 0
    while true {
      guard let byte = read(1)?[0], shift < 28 else { return nil }
      length |= Int(byte & 127) << shift
      if byte & 128 == 0 { break }
      shift += 7
    }
    guard let body = read(length) else { return nil }
    return (first[0] >> 4, body)
  }

  static func length(_ count: Int) -> [UInt8] {
    var rest = count
    var bytes: [UInt8] = []
    repeat {
      bytes.append(UInt8(rest & 127) | (rest > 127 ? 128 : 0))
      rest >>= 7
    } while rest > 0
    return bytes
  }
}
