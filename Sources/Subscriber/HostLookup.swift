public import Glibc

/// The addresses behind a host name.
public struct HostLookup {
  /// In the order in which they are tried: the resolver's, but that the families take turns (RFC 8305, section 4).
  public var addresses: [HostAddress]
  /// None of the addresses lies outside private networks.
  var isPrivate: Bool

  /// A name that has more is none of a broker's.
  private static let maximumAddressCount = 16

  /// Asks the resolver, which may take long; network thread only.
  public static func find(_ host: String, port: Int) throws(ConnectionFailure) -> HostLookup {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let result = getaddrinfo(host, String(port), &hints, &list)
    guard result == 0 else {
      let reason = result == EAI_SYSTEM ? String(cString: strerror(errno)) : String(cString: gai_strerror(result))
      throw .unknownHost(host, reason: reason)
    }
    defer { freeaddrinfo(list) }
    var found: [HostAddress] = []
    var next = list
    while let info = next {
      next = info.pointee.ai_next
      guard let address = HostAddress(info.pointee), !found.contains(address) else { continue }
      found.append(address)
    }
    guard let first = found.first else { throw .unknownHost(host, reason: "it has no IP address") }
    let (same, other) = (found.filter { $0.family == first.family }, found.filter { $0.family != first.family })
    var inTurn: [HostAddress] = []
    for place in 0..<max(same.count, other.count) {
      if place < same.count { inTurn.append(same[place]) }
      if place < other.count { inTurn.append(other[place]) }
    }
    return HostLookup(
      addresses: Array(inTurn.prefix(maximumAddressCount)), isPrivate: found.allSatisfy { isPrivate($0.ip) })
  }

  /// The addresses, with one at the end that was of no use before.
  func addresses(avoiding avoided: HostAddress?) -> [HostAddress] {
    addresses.filter { $0 != avoided } + addresses.filter { $0 == avoided }
  }

  /// Loopback, link-local, RFC 1918, RFC 4193, and the shared space of RFC 6598 (carriers and overlay networks).
  ///
  /// `address` has 4 or 16 bytes in network order.
  public static func isPrivate(_ address: [UInt8]) -> Bool {
    if address.count == 4 {
      switch (address[0], address[1]) {
      case (127, _), (10, _), (172, 16...31), (192, 168), (169, 254), (100, 64...127): return true
      default: return false
      }
    }
    // ::ffff:a.b.c.d is the IPv4 address.
    if address[..<10].allSatisfy({ $0 == 0 }) && address[10] == 0xFF && address[11] == 0xFF {
      return isPrivate(Array(address[12...]))
    }
    if address[..<15].allSatisfy({ $0 == 0 }) && address[15] == 1 { return true }
    return address[0] & 0xFE == 0xFC || (address[0] == 0xFE && address[1] & 0xC0 == 0x80)
  }
}

/// One IP address of a host, with the port.
public struct HostAddress: Hashable, Sendable {
  /// AF_INET or AF_INET6.
  public let family: Int32
  /// 4 or 16 bytes in network order.
  let ip: [UInt8]
  /// As it is read: `192.168.1.20`, `fe80::1%eth0`.
  public let text: String
  /// A `sockaddr_in` or `sockaddr_in6`.
  private let socketAddress: [UInt8]

  /// nil where the entry is neither of IPv4 nor of IPv6.
  init?(_ info: addrinfo) {
    guard let address = info.ai_addr else { return nil }
    family = info.ai_family
    switch family {
    case AF_INET:
      ip = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
        withUnsafeBytes(of: pointer.pointee.sin_addr) { Array($0) }
      }
    case AF_INET6:
      ip = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
        withUnsafeBytes(of: pointer.pointee.sin6_addr) { Array($0) }
      }
    default: return nil
    }
    socketAddress = Array(UnsafeRawBufferPointer(start: address, count: Int(info.ai_addrlen)))
    var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    guard getnameinfo(address, info.ai_addrlen, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST) == 0 else {
      return nil
    }
    text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Calls `body` with the address as system calls take it.
  public func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>?, socklen_t) -> Result) -> Result {
    socketAddress.withUnsafeBytes { bytes in
      body(bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
    }
  }
}
