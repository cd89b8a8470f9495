/// Where a broker listens: `mqtt[s]://[user@]host[:port]`.
package struct BrokerAddress: Hashable, Sendable {
  package var usesTLS: Bool
  package var user: String?
  /// A name or an address; IPv6 without its brackets.
  package var host: String
  package var port: Int

  package init(usesTLS: Bool = false, user: String? = nil, host: String, port: Int? = nil) {
    self.usesTLS = usesTLS
    self.user = user
    self.host = host
    self.port = port ?? (usesTLS ? 8883 : 1883)
  }

  /// Why a text is no broker address, as the end of a sentence.
  package struct Malformed: Error, Hashable, Sendable {
    package var reason: String
  }

  /// - Throws: ``Malformed`` with the reason; a password in the address is refused, because addresses show up in
  ///   process lists and logs.
  package init(_ text: String) throws(Malformed) {
    let shape = "write mqtt://host, mqtts://host or mqtts://user@host:port"
    guard let separator = text.firstRange(of: "://") else {
      throw Malformed(reason: "has no scheme; \(shape)")
    }
    switch text[..<separator.lowerBound].lowercased() {
    case "mqtt", "tcp": usesTLS = false
    case "mqtts", "ssl", "tls": usesTLS = true
    default: throw Malformed(reason: "has an unknown scheme '\(text[..<separator.lowerBound].printable)'; \(shape)")
    }
    var rest = text[separator.upperBound...]
    while rest.last == "/" { rest.removeLast() }
    if let at = rest.lastIndex(of: "@") {
      let name = rest[..<at]
      guard !name.contains(":") else {
        throw Malformed(reason: "holds a password; put it in a file (mode 0600) and name it with --password-file")
      }
      user = name.isEmpty ? nil : String(name)
      rest = rest[rest.index(after: at)...]
    } else {
      user = nil
    }
    let host: Substring
    var portText: Substring?
    if rest.first == "[" {
      guard let end = rest.firstIndex(of: "]") else { throw Malformed(reason: "has '[' without ']'") }
      host = rest[rest.index(after: rest.startIndex)..<end]
      let tail = rest[rest.index(after: end)...]
      if !tail.isEmpty {
        guard tail.first == ":" else { throw Malformed(reason: "has text after ']'; \(shape)") }
        portText = tail.dropFirst()
      }
    } else if let colon = rest.lastIndex(of: ":") {
      host = rest[..<colon]
      portText = rest[rest.index(after: colon)...]
      guard !host.contains(":") else { throw Malformed(reason: "needs [ ] around an IPv6 address") }
    } else {
      host = rest
    }
    let allowed = host.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
        UInt8(ascii: ":"), UInt8(ascii: "%"):
        true
      default: byte >= 0x80
      }
    }
    guard !host.isEmpty, host.utf8.count <= 253, allowed else {
      throw Malformed(reason: "has no valid host name; \(shape)")
    }
    self.host = String(host)
    if let portText {
      guard let number = Int(portText), (1...65535).contains(number), portText.allSatisfy(\.isNumber) else {
        throw Malformed(reason: "has a port that is not 1 to 65535")
      }
      port = number
    } else {
      port = usesTLS ? 8883 : 1883
    }
  }

  /// The address without the user: `mqtts://host:8883`.
  package var url: String {
    (usesTLS ? "mqtts://" : "mqtt://") + (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
  }
}

extension Substring {
  var printable: String { String(self).printable }
}
