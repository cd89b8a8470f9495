import Glibc

// libmosquitto has no way to be given a connection that stands, nor bytes that were looked at. It calls `connect`, `read`
// and `SSL_read` like any library, though, and the dynamic linker looks for them in the program before it looks in glibc
// and OpenSSL: the program has functions of those names, exported (Package.swift). They do something of their own only
// on a thread that has said so, for as long as one call of libmosquitto takes; all else goes on to the functions whose
// names they bear. Where the dynamic linker does not ask them, libmosquitto connects and reads by itself, unguarded.

/// A socket that libmosquitto is to take in the place of the one that it connects by itself: it chooses the address
/// alone, tries one, and with TLS takes a refusal for a failed handshake.
final class OfferedSocket {
  private let socket: Int32
  private(set) var isTaken = false

  /// - Parameter socket: connected and not blocking; closed in the end, taken or not.
  init(_ socket: Int32) { self.socket = socket }

  deinit { close(socket) }

  private static let current = ThreadSlot()

  /// The next `connect` of this thread within `body` takes the socket.
  func whileOffered<Result>(_ body: () -> Result) -> Result {
    OfferedSocket.current.hold(self, during: body)
  }

  fileprivate static var ofThisThread: OfferedSocket? { current.held() }

  /// Makes `descriptor` mean this socket.
  fileprivate func take(as descriptor: Int32) -> Int32 {
    guard dup2(socket, descriptor) == descriptor else { return -1 }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    isTaken = true
    errno = 0
    return 0
  }
}

/// What a thread holds during a call, without an owner's count: a thread-local variable costs Swift no reference count.
struct ThreadSlot {
  private let key: pthread_key_t

  init() {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    self.key = key
  }

  func hold<Object: AnyObject, Result>(_ object: Object, during body: () -> Result) -> Result {
    pthread_setspecific(key, Unmanaged.passUnretained(object).toOpaque())
    defer { pthread_setspecific(key, nil) }
    return body()
  }

  func held<Object: AnyObject>() -> Object? {
    pthread_getspecific(key).map { Unmanaged<Object>.fromOpaque($0).takeUnretainedValue() }
  }
}

/// The functions whose names are taken here.
private enum Original {
  typealias Connect = @convention(c) (CInt, UnsafeRawPointer?, UInt32) -> CInt
  typealias Read = @convention(c) (CInt, UnsafeMutableRawPointer?, Int) -> Int
  typealias ReadTLS = @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, CInt) -> CInt

  static let connect = ofSystem("connect").map { unsafeBitCast($0, to: Connect.self) }
  static let read = ofSystem("read").map { unsafeBitCast($0, to: Read.self) }
  static let readTLS = MosquittoLibrary.openSSL("SSL_read").map { unsafeBitCast($0, to: ReadTLS.self) }

  private static func ofSystem(_ name: String) -> UnsafeMutableRawPointer? {
    // RTLD_NEXT, which Swift does not see: behind the program in the order of looking.
    dlsym(UnsafeMutableRawPointer(bitPattern: -1), name)
  }
}

/// What libmosquitto calls; not for anyone else.
@_cdecl("connect")
public func connectOrTake(_ socket: CInt, _ address: UnsafeRawPointer?, _ byteCount: UInt32) -> CInt {
  if let offered = OfferedSocket.ofThisThread, !offered.isTaken { return offered.take(as: socket) }
  return Original.connect?(socket, address, byteCount) ?? -1
}

/// What libmosquitto calls; not for anyone else.
@_cdecl("read")
public func readOrServe(_ descriptor: CInt, _ target: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  if let gate = PacketGate.ofThisThread, let target, gate.socket == descriptor {
    return gate.read(into: target, count: count) { recv(descriptor, $0, $1, Int32(MSG_DONTWAIT)) }
  }
  return Original.read?(descriptor, target, count) ?? -1
}

/// What libmosquitto calls; not for anyone else.
@_cdecl("SSL_read")
public func readOrServeTLS(
  _ session: UnsafeMutableRawPointer?, _ target: UnsafeMutableRawPointer?, _ count: CInt
) -> CInt {
  guard let original = Original.readTLS else { return -1 }
  guard let gate = PacketGate.ofThisThread, let target, count > 0 else { return original(session, target, count) }
  let served = gate.read(into: target, count: Int(count)) {
    Int(original(session, $0, CInt(clamping: $1)))
  }
  return CInt(truncatingIfNeeded: served)
}
