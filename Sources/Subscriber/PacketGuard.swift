import Glibc

/// Looks at what a plain connection has brought before libmosquitto reads it (`MSG_PEEK`), a buffer at a time, and lets
/// it read whole packets only that it survives. Messages that are too long are taken out of the stream.
///
/// libmosquitto 2.0.11 aborts the process on properties that it does not know, and gathers packets of any size. For a
/// connection with TLS see `TLSGuard`: its bytes are OpenSSL's.
public final class PacketGuard {
  public enum Verdict: Equatable {
    /// libmosquitto may read one packet.
    case allowed
    /// Nothing whole is there; poll waits until it is.
    case awaited
    /// The connection has ended, within a packet or between two.
    case ended
    /// No MQTT, or what libmosquitto does not survive.
    case harmful
    /// A message too long to keep stands first; it is passed over without a copy.
    case tooLong
  }

  private static let capacity = 1 << 16
  /// Linux's POLLRDHUP, which Swift does not see.
  private static let peerClosed: Int16 = 0x2000
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
  /// Packets that were looked at and not yet read.
  private var allowance = 0
  /// Bytes still to pass over.
  private var unwanted = 0
  /// What poll waits for on the socket.
  private var lowWaterMark = 1
  private let hasProperties: Bool

  /// - Parameter hasProperties: whether packets have them, as those of MQTT 5 do.
  public init(hasProperties: Bool) { self.hasProperties = hasProperties }

  deinit { buffer.deallocate() }

  /// Makes room to receive.
  ///
  /// A part of a packet that waits in the socket holds on to the whole segment that it came in, 64 KiB on the loopback
  /// device; with the usual 128 KiB that leaves no room for the rest of it.
  public func prepare(_ socket: Int32) {
    var byteCount: Int32 = 1 << 18
    setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &byteCount, socklen_t(MemoryLayout<Int32>.size))
  }

  /// What to do with the packet that stands first.
  public func next(on socket: Int32) -> Verdict {
    if allowance == 0 {
      let verdict = look(socket)
      guard verdict == .allowed else { return verdict }
      setLowWaterMark(1, on: socket)
    }
    allowance -= 1
    return .allowed
  }

  private func look(_ socket: Int32) -> Verdict {
    if unwanted > 0, let verdict = passOver(socket) { return verdict }
    let count = recv(socket, buffer.baseAddress, PacketGuard.capacity, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
    if count < 0, errno == EAGAIN || errno == EINTR { return .awaited }
    guard count > 0 else { return .ended }
    let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
    var place = 0
    while true {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[place...])
      let head = PacketHead(rest)
      guard case .packet(let byteCount) = head, byteCount <= rest.count else {
        if allowance > 0 { return .allowed }
        switch head {
        case .begun: return wait(for: rest.count + 1, having: count, on: socket)
        case .packet(let byteCount): return wait(for: byteCount, having: count, on: socket)
        case .harmful: return .harmful
        case .tooLong(let byteCount):
          unwanted = byteCount
          return .tooLong
        }
      }
      let packet = UnsafeRawBufferPointer(rebasing: rest[..<byteCount])
      guard PacketProperties.areSound(inPacket: packet, hasProperties: hasProperties) else {
        return allowance > 0 ? .allowed : .harmful
      }
      allowance += 1
      place += byteCount
      if place == count { return .allowed }
    }
  }

  /// Takes the rest of a message that nobody wants; nil when it is gone.
  private func passOver(_ socket: Int32) -> Verdict? {
    setLowWaterMark(1, on: socket)
    var budget = 1 << 22
    while unwanted > 0 {
      let count = recv(socket, buffer.baseAddress, min(unwanted, PacketGuard.capacity), Int32(MSG_DONTWAIT))
      if count < 0, errno == EAGAIN || errno == EINTR { return .awaited }
      guard count > 0 else { return .ended }
      unwanted -= count
      budget -= count
      // The loop has other duties; poll comes back at once.
      if budget <= 0 { return .awaited }
    }
    return nil
  }

  /// A part of a packet keeps a socket readable; with its mark poll rests until the whole of it has come.
  private func wait(for byteCount: Int, having count: Int, on socket: Int32) -> Verdict {
    var descriptor = pollfd(fd: socket, events: PacketGuard.peerClosed, revents: 0)
    if poll(&descriptor, 1, 0) > 0 {
      // The rest may have come since, with the end behind it.
      let again = recv(socket, buffer.baseAddress, PacketGuard.capacity, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
      return again > count ? look(socket) : .ended
    }
    // Where little room is left to receive, Linux wakes for less than was asked for.
    if lowWaterMark == byteCount { _ = poll(nil, 0, 5) }
    setLowWaterMark(byteCount, on: socket)
    return .awaited
  }

  private func setLowWaterMark(_ byteCount: Int, on socket: Int32) {
    guard byteCount != lowWaterMark else { return }
    lowWaterMark = byteCount
    var mark = Int32(byteCount)
    setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &mark, socklen_t(MemoryLayout<Int32>.size))
  }
}

/// MQTT's integers of one to four bytes, seven bits each.
enum MQTTInteger {
  /// nil where it ends neither within four bytes nor within what is there.
  static func read(_ bytes: UnsafeRawBufferPointer, _ place: inout Int) -> Int? {
    var value = 0
    for shift in stride(from: 0, to: 28, by: 7) {
      guard place < bytes.count else { return nil }
      let byte = bytes[place]
      place += 1
      value |= Int(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
