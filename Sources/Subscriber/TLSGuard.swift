import Glibc

/// Stands between OpenSSL and libmosquitto: hands over whole packets only, of those that libmosquitto survives, and
/// passes over messages that are too long. What `PacketGuard` does on a plain connection.
///
/// libmosquitto reads a TLS connection by `SSL_read`. The program defines a function of that name, which the dynamic
/// linker finds before OpenSSL's; while a guard reads on this thread it is asked, else OpenSSL is. OpenSSL's own peek
/// would not do: it shows one record of TLS, and a packet may lie in several.
public final class TLSGuard {
  public typealias Read = (UnsafeMutableRawPointer, Int) -> Int32

  private static let capacity = Int(BrokerConnection.maximumPacketByteCount)
  /// A flood of messages that are too long ends here; there is no way to tell libmosquitto to come back later.
  private static let unwantedLimit = 1 << 29
  private let buffer = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
  /// Bytes of the packet in the making, or of the one that is handed over from `next` on.
  private var byteCount = 0
  private var next = 0
  private var isWhole = false
  /// Bytes still to pass over.
  private var unwanted = 0
  private let hasProperties: Bool
  /// Messages passed over since this was last set to 0.
  public var tooLongCount = 0
  /// Something arrived that is no MQTT, or what libmosquitto does not survive; nothing more is handed over.
  public private(set) var isHarmful = false
  /// False where the dynamic linker does not ask this program: libmosquitto then reads unguarded.
  private(set) var isInUse = false

  /// - Parameter hasProperties: whether packets have them, as those of MQTT 5 do.
  public init(hasProperties: Bool) { self.hasProperties = hasProperties }

  deinit { buffer.deallocate() }

  /// As `SSL_read`: the number of bytes put into `target`, or what `source` answered when it had none.
  public func read(into target: UnsafeMutableRawPointer, count: Int, from source: Read) -> Int32 {
    isInUse = true
    if isHarmful { return -1 }
    var passedOver = 0
    while !isWhole {
      if unwanted > 0 {
        let got = source(buffer, min(unwanted, TLSGuard.capacity))
        guard got > 0 else { return got }
        unwanted -= Int(got)
        passedOver += Int(got)
        if passedOver > TLSGuard.unwantedLimit { return refuse() }
        continue
      }
      guard let wanted = missingByteCount() else { return refuse() }
      if unwanted > 0 { continue }
      if wanted > 0 {
        let got = source(buffer + byteCount, wanted)
        guard got > 0 else { return got }
        byteCount += Int(got)
      }
    }
    let given = min(count, byteCount - next)
    target.copyMemory(from: buffer + next, byteCount: given)
    next += given
    if next == byteCount { (byteCount, next, isWhole) = (0, 0, false) }
    return Int32(given)
  }

  /// How much to ask for next; 0 when the packet is whole or is to be passed over; nil when it must not be handed over.
  private func missingByteCount() -> Int? {
    let bytes = UnsafeRawBufferPointer(start: buffer, count: byteCount)
    switch PacketHead(bytes) {
    case .begun: return 1
    case .harmful: return nil
    case .tooLong(let whole):
      unwanted = whole - byteCount
      byteCount = 0
      tooLongCount += 1
      return 0
    case .packet(let whole):
      if byteCount < whole { return whole - byteCount }
    }
    guard PacketProperties.areSound(inPacket: bytes, hasProperties: hasProperties) else { return nil }
    isWhole = true
    return 0
  }

  private func refuse() -> Int32 {
    isHarmful = true
    return -1
  }

  // MARK: In SSL_read's place

  private static let current: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
  }()

  /// Whatever `body` reads from OpenSSL on this thread comes by this guard.
  func whileReading<Result>(_ body: () -> Result) -> Result {
    pthread_setspecific(TLSGuard.current, Unmanaged.passUnretained(self).toOpaque())
    defer { pthread_setspecific(TLSGuard.current, nil) }
    return body()
  }

  fileprivate static var ofThisThread: TLSGuard? {
    pthread_getspecific(current).map { Unmanaged<TLSGuard>.fromOpaque($0).takeUnretainedValue() }
  }

  fileprivate typealias LibraryRead = @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, CInt) -> CInt

  /// OpenSSL's own.
  fileprivate static let libraryRead = MosquittoLibrary.openSSL("SSL_read").map {
    unsafeBitCast($0, to: LibraryRead.self)
  }
}

/// What libmosquitto calls; not for anyone else.
@_cdecl("SSL_read")
public func readFromOpenSSL(
  _ session: UnsafeMutableRawPointer?, _ target: UnsafeMutableRawPointer?, _ count: CInt
) -> CInt {
  guard let read = TLSGuard.libraryRead else { return -1 }
  guard let reading = TLSGuard.ofThisThread, let target, count > 0 else { return read(session, target, count) }
  return reading.read(into: target, count: Int(count)) { read(session, $0, CInt(truncatingIfNeeded: $1)) }
}
