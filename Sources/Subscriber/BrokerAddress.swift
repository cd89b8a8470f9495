import Glibc

/// Where a broker is: `mqtt[s]://[user@]host[:port]`.
public struct BrokerAddress: Hashable, Sendable, CustomStringConvertible {
  /// TLS (`mqtts`).
  public var isEncrypted: Bool
  public var user: String?
  /// A name, an IPv4 address, or an IPv6 address without brackets (a zone such as `%eth0` included).
  public var host: String
  /// 1 to 65,535; 1883 and 8883 unless given.
  public var port: Int

  public init(isEncrypted: Bool, user: String? = nil, host: String, port: Int? = nil) {
    self.isEncrypted = isEncrypted
    self.user = user
    self.host = host
    self.port = port ?? (isEncrypted ? 8883 : 1883)
  }

  /// Why a text is no broker address, in words that say what to write instead.
  public struct SyntaxError: Error, Equatable, Sendable {
    public var reason: String
  }

  /// Reads `mqtt://host`, `mqtts://user@host:8883`, `mqtt://[fd00::5]:1883`; a bare `host[:port]` means `mqtt`.
  public init(_ text: String) throws(SyntaxError) {
    let bytes = Array(text.utf8)
    if bytes.contains(where: { $0 <= 0x20 || $0 == 0x7F }) {
      throw SyntaxError(reason: "a broker address has no blanks or control characters")
    }
    var rest = bytes[...]
    isEncrypted = false
    if let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8) {
      let scheme = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
      switch scheme {
      case "mqtt": break
      case "mqtts": isEncrypted = true
      case "ws", "wss":
        throw SyntaxError(reason: "MQTT over WebSocket is not supported; use the broker's mqtt:// or mqtts:// port")
      default:
        throw SyntaxError(reason: "unknown scheme '\(scheme)'; write mqtt://HOST or mqtts://HOST")
      }
      rest = bytes[(colon + 3)...]
    }
    while rest.last == UInt8(ascii: "/") { rest.removeLast() }
    if let at = rest.lastIndex(of: UInt8(ascii: "@")) {
      let userPart = rest[..<at]
      // A colon that belongs to the user name can be written %3A.
      if userPart.contains(UInt8(ascii: ":")) {
        throw SyntaxError(reason: "a password does not belong in the address; put it in a file of mode 0600")
      }
      guard let decoded = BrokerAddress.percentDecoded(userPart), !decoded.isEmpty else {
        throw SyntaxError(reason: "the user name before '@' is empty or no UTF-8")
      }
      user = decoded
      rest = rest[(at + 1)...]
    } else {
      user = nil
    }
    let hostBytes: ArraySlice<UInt8>
    var portBytes: ArraySlice<UInt8>?
    if rest.first == UInt8(ascii: "[") {
      guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else {
        throw SyntaxError(reason: "'[' without ']' around the IPv6 address")
      }
      hostBytes = rest[(rest.startIndex + 1)..<end]
      guard BrokerAddress.isIPv6(hostBytes) else {
        throw SyntaxError(reason: "what stands in brackets is no IPv6 address")
      }
      let tail = rest[(end + 1)...]
      if let first = tail.first {
        guard first == UInt8(ascii: ":") else { throw SyntaxError(reason: "after ']' only ':PORT' may follow") }
        portBytes = tail.dropFirst()
      }
    } else if let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
      if rest[(colon + 1)...].contains(UInt8(ascii: ":")) {
        throw SyntaxError(reason: "an IPv6 address stands in brackets: mqtt://[fd00::5]:1883")
      }
      hostBytes = rest[..<colon]
      portBytes = rest[(colon + 1)...]
    } else {
      hostBytes = rest
    }
    guard !hostBytes.isEmpty else { throw SyntaxError(reason: "the host is missing; write mqtt://HOST") }
    if rest.first != UInt8(ascii: "[") {
      guard hostBytes.count <= 253, hostBytes.allSatisfy(BrokerAddress.isHostByte) else {
        throw SyntaxError(reason: "the host may hold letters, digits, '.', '-' and '_' only")
      }
    }
    host = String(decoding: hostBytes, as: UTF8.self)
    if let portBytes {
      guard let number = Int(String(decoding: portBytes, as: UTF8.self)), (1...65_535).contains(number),
        portBytes.allSatisfy({ (0x30...0x39).contains($0) })
      else { throw SyntaxError(reason: "the port is a number from 1 to 65535") }
      port = number
    } else {
      port = isEncrypted ? 8883 : 1883
    }
  }

  /// `host:port`, as messages name it; IPv6 in brackets. Never holds the user.
  public var endpoint: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// The address without the user.
  public var description: String { (isEncrypted ? "mqtts://" : "mqtt://") + endpoint }

  private static func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func isIPv6(_ bytes: ArraySlice<UInt8>) -> Bool {
    let withoutZone = bytes.prefix { $0 != UInt8(ascii: "%") }
    let zone = bytes.dropFirst(withoutZone.count).dropFirst()
    guard zone.allSatisfy(isHostByte) else { return false }
    var address = in6_addr()
    return inet_pton(AF_INET6, String(decoding: withoutZone, as: UTF8.self), &address) == 1
  }

  private static func percentDecoded(_ bytes: ArraySlice<UInt8>) -> String? {
    func digit(_ byte: UInt8) -> UInt8? {
      switch byte {
      case 0x30...0x39: byte - 0x30
      case 0x41...0x46: byte - 0x41 + 10
      case 0x61...0x66: byte - 0x61 + 10
      default: nil
      }
    }
    var decoded: [UInt8] = []
    var index = bytes.startIndex
    while index < bytes.endIndex {
      if bytes[index] == UInt8(ascii: "%") {
        guard index + 2 < bytes.endIndex, let high = digit(bytes[index + 1]), let low = digit(bytes[index + 2]) else {
          return nil
        }
        decoded.append(high << 4 | low)
        index += 3
      } else {
        decoded.append(bytes[index])
        index += 1
      }
    }
    guard !decoded.contains(0) else { return nil }
    return String(validating: decoded, as: UTF8.self)
  }
}
