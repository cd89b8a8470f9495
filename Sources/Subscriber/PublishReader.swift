import Glibc

/// Takes messages straight out of a plain TCP connection, many at a time.
///
/// libmosquitto reads each packet with four system calls and copies it twice, which costs more than all that becomes
/// of a message afterwards. Here what waits in the socket is looked at and left there (`MSG_PEEK`), then the messages
/// at its front are taken with one call. Everything else stays for libmosquitto, which thereby always stands between
/// two packets.
final class PublishReader {
  /// Why no more messages are taken.
  enum Stop: Equatable {
    /// The socket is empty, for now.
    case dry
    /// The buffer was full: more has come.
    case full
    /// A packet for libmosquitto: to be read with one call of its own.
    case other
    /// The first part of a packet that libmosquitto must gather over several calls: it is larger than any message that
    /// is kept, or its end does not come.
    case large
    /// The first part of a packet; poll waits until the whole of it has come.
    case incomplete
    /// The end of the connection, or an error: libmosquitto shall find it.
    case ended
  }

  /// Above every message that is kept: 1,024 bytes of topic and 8,192 of payload.
  private static let largestByteCount = 16_384
  private static let capacity = 1 << 16
  private let hasProperties: Bool
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
  /// What poll waits for on the socket.
  private var lowWaterMark = 1

  init(hasProperties: Bool) { self.hasProperties = hasProperties }

  deinit { buffer.deallocate() }

  /// Calls `body` with each message at the front of what has arrived, up to one buffer full.
  func read(
    _ socket: Int32,
    _ body: (_ topic: UnsafeRawBufferPointer, _ payload: UnsafeRawBufferPointer, _ isRetained: Bool) -> Void
  ) -> Stop {
    let count = receive(socket, PublishReader.capacity, Int32(MSG_PEEK))
    guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) ? .dry : .ended }
    let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
    var taken = 0
    var stop = count < PublishReader.capacity ? Stop.dry : .full
    var awaited = 1
    packets: while taken < count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[taken...])
      switch PacketFront(rest, hasProperties: hasProperties) {
      case .publish(let topic, let payload, let isRetained):
        body(
          UnsafeRawBufferPointer(rebasing: rest[topic]), UnsafeRawBufferPointer(rebasing: rest[payload]), isRetained)
        taken += payload.upperBound
      case .other:
        stop = .other
        break packets
      case .incomplete(let byteCount):
        // At the buffer's end the rest may well have come already; and what was waited for and has not come never will.
        if byteCount > PublishReader.largestByteCount || taken == 0 && byteCount == lowWaterMark {
          stop = .large
        } else if stop == .dry {
          stop = .incomplete
          awaited = byteCount
        }
        break packets
      }
    }
    var left = taken
    while left > 0 {
      // The same bytes as before, this time for good.
      let count = receive(socket, left, 0)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return .ended }
      left -= count
    }
    wait(for: awaited, on: socket)
    return stop
  }

  private func receive(_ socket: Int32, _ count: Int, _ flags: Int32) -> Int {
    recv(socket, buffer.baseAddress, count, flags | Int32(MSG_DONTWAIT))
  }

  /// Part of a packet keeps a socket readable; with this mark poll rests until the whole of it has come.
  private func wait(for byteCount: Int, on socket: Int32) {
    guard byteCount != lowWaterMark else { return }
    lowWaterMark = byteCount
    var mark = Int32(byteCount)
    setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &mark, socklen_t(MemoryLayout<Int32>.size))
  }
}
