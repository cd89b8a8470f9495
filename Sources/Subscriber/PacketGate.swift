import Glibc

/// Stands between a broker and libmosquitto: takes what has arrived in large pieces, looks at it once, and serves
/// libmosquitto's reads from there, whole packets only and those only that it survives. Messages that are too long are
/// passed over.
///
/// libmosquitto 2.0.11 aborts the process on properties that it does not know, every version gathers packets of any
/// size, and each asks for a packet in three reads, which are three system calls by themselves. On a connection with TLS
/// the bytes are OpenSSL's; one record of it may hold many packets, or a part of one.
public final class PacketGate {
  /// As `read`: bytes put into the memory, 0 at the end, -1 and `errno` when there are none.
  public typealias Source = (UnsafeMutableRawPointer, Int) -> Int

  private static let capacity = 1 << 16
  /// So many bytes are passed over at a time; the network thread has other duties.
  private static let unwantedLimit = 1 << 22
  /// The same with TLS, where there is no way to tell libmosquitto to come back later: a flood ends here.
  private static let unwantedLimitTLS = 1 << 29
  private let buffer = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
  /// What was taken and not yet served, from `next` on: whole sound packets, then what has not been allowed.
  private var next = 0
  private var allowed = 0
  private var end = 0
  /// Bytes still to pass over; the buffer is empty then.
  private var unwanted = 0
  private let hasProperties: Bool
  private let isEncrypted: Bool
  /// Whose plain reads it serves; with TLS none.
  var socket: Int32 = -1
  /// Messages passed over since this was last set to 0.
  public var tooLongCount = 0
  /// Something arrived that is no MQTT, or what libmosquitto does not survive; nothing more is served.
  public private(set) var isHarmful = false
  /// The code of a CONNACK of MQTT 3.1.1 in answer to MQTT 5, which ends before its properties: libmosquitto 2.0.11 knows
  /// it, 2.0.21 takes it for no MQTT.
  private(set) var oldRefusal: Int?
  /// False where the dynamic linker does not ask this program: libmosquitto then reads unguarded.
  private(set) var isInUse = false
  /// It stopped for its other duties: poll need not say so, but there is more.
  public private(set) var holdsMore = false

  /// - Parameter hasProperties: whether packets have them, as those of MQTT 5 do.
  public init(hasProperties: Bool, isEncrypted: Bool) {
    self.hasProperties = hasProperties
    self.isEncrypted = isEncrypted
  }

  deinit { buffer.deallocate() }

  /// As `read`: the number of bytes put into `target`, or what `source` answered when it had no whole packet.
  public func read(into target: UnsafeMutableRawPointer, count: Int, from source: Source) -> Int {
    isInUse = true
    if next == allowed, let answer = fill(from: source) { return answer }
    let given = min(count, allowed - next)
    target.copyMemory(from: buffer + next, byteCount: given)
    next += given
    holdsMore = next < allowed
    return given
  }

  /// Takes from `source` until there is a whole packet; what to answer when there is none.
  private func fill(from source: Source) -> Int? {
    holdsMore = false
    var passedOver = 0
    while true {
      if isHarmful { return refuse() }
      if unwanted == 0 {
        allowWholePackets()
        if next < allowed { return nil }
        if isHarmful { return refuse() }
      }
      if unwanted > 0 {
        // Some of it may have been taken with what was before it.
        let taken = min(unwanted, end - next)
        unwanted -= taken
        next += taken
        allowed = next
        if unwanted == 0 { continue }
      }
      if next > 0 {
        buffer.copyMemory(from: buffer + next, byteCount: end - next)
        (next, allowed, end) = (0, 0, end - next)
      }
      let got = source(buffer + end, PacketGate.capacity - end)
      guard got > 0 else { return got }
      end += got
      guard unwanted > 0 else { continue }
      passedOver += got
      if isEncrypted {
        if passedOver > PacketGate.unwantedLimitTLS { isHarmful = true }
      } else if passedOver > PacketGate.unwantedLimit {
        holdsMore = true
        errno = EAGAIN
        return -1
      }
    }
  }

  /// Moves `allowed` behind the last whole packet that libmosquitto survives. What stands first and is not that is
  /// dealt with; the same behind others waits until they are served.
  private func allowWholePackets() {
    while true {
      let rest = UnsafeRawBufferPointer(start: buffer + allowed, count: end - allowed)
      switch PacketHead(rest) {
      case .begun: return
      case .harmful:
        if next == allowed { isHarmful = true }
        return
      case .tooLong(let byteCount):
        if next == allowed {
          unwanted = byteCount
          tooLongCount += 1
        }
        return
      case .packet(let byteCount):
        guard byteCount <= rest.count else { return }
        let packet = UnsafeRawBufferPointer(rebasing: rest[..<byteCount])
        guard PacketProperties.areSound(inPacket: packet, hasProperties: hasProperties) else {
          if next == allowed { isHarmful = true }
          return
        }
        if hasProperties, byteCount == 4, packet[0] == 0x20 { oldRefusal = packet[3] == 0 ? nil : Int(packet[3]) }
        allowed += byteCount
      }
    }
  }

  private func refuse() -> Int {
    errno = EPROTO
    return -1
  }

  // MARK: In place of the library's reads

  private static let current = ThreadSlot()

  /// Whatever `body` reads from the network on this thread comes by this gate.
  func whileServing<Result>(_ body: () -> Result) -> Result { PacketGate.current.hold(self, during: body) }

  static var ofThisThread: PacketGate? { current.held() }
}
