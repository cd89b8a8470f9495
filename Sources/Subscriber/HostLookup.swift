import Glibc

/// The addresses behind a host name, as far as the choice of connection needs them.
public struct HostLookup {
  /// AF_INET and AF_INET6 in the system's order of preference, each once.
  var families: [Int32]
  /// None of the addresses lies outside private networks.
  var isPrivate: Bool

  /// Asks the resolver, which may take long; network thread only.
  static func find(_ host: String) throws(ConnectionFailure) -> HostLookup {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let result = getaddrinfo(host, nil, &hints, &list)
    guard result == 0 else {
      let reason = result == EAI_SYSTEM ? String(cString: strerror(errno)) : String(cString: gai_strerror(result))
      throw .unknownHost(host, reason: reason)
    }
    defer { freeaddrinfo(list) }
    var lookup = HostLookup(families: [], isPrivate: true)
    var next = list
    while let info = next {
      next = info.pointee.ai_next
      guard let address = info.pointee.ai_addr else { continue }
      let family = info.pointee.ai_family
      guard family == AF_INET || family == AF_INET6 else { continue }
      if !lookup.families.contains(family) { lookup.families.append(family) }
      let bytes: [UInt8]
      if family == AF_INET {
        bytes = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
          withUnsafeBytes(of: pointer.pointee.sin_addr) { Array($0) }
        }
      } else {
        bytes = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
          withUnsafeBytes(of: pointer.pointee.sin6_addr) { Array($0) }
        }
      }
      if !isPrivate(bytes) { lookup.isPrivate = false }
    }
    guard !lookup.families.isEmpty else { throw .unknownHost(host, reason: "it has no IP address") }
    return lookup
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
