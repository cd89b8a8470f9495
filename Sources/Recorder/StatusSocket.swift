import Clock
import Glibc

/// Where a recorder answers whoever asks for its state: an abstract socket named after the store's real path.
///
/// It leaves no file behind, writes nothing to the card, and is gone with the process. Any user of the machine can take
/// a name like that: who asks believes root, himself and the store's owner only.
public final class StatusSocket {
  /// Whoever asks has an answer or none after so long, in milliseconds.
  private static let patience: Int64 = 2000
  private static let longestAnswer = 1 << 16
  /// Clients that are answered in a row; the recorder has other duties.
  private static let clientLimit = 16

  let descriptor: Int32

  /// nil when the socket cannot be had; a recorder does without it.
  init?(store: String) {
    descriptor = StatusSocket.make()
    guard descriptor >= 0 else { return nil }
    let bound = StatusSocket.withAddress(store) { bind(descriptor, $0, $1) }
    if bound != 0 || listen(descriptor, 8) != 0 {
      Glibc.close(descriptor)
      return nil
    }
  }

  deinit { Glibc.close(descriptor) }

  /// Answers those who wait.
  func answer(_ state: @autoclosure () -> RecorderState) {
    for _ in 0..<StatusSocket.clientLimit {
      let client = accept(descriptor, nil, nil)
      guard client >= 0 else { return }
      let bytes = Array(state().lines.utf8)
      // It fits the socket's buffer at once; a client that is gone is no matter.
      _ = bytes.withUnsafeBytes {
        send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
      }
      Glibc.close(client)
    }
  }

  /// Asks the recorder of a store; nil when none answers within two seconds in all, or somebody else does.
  public static func ask(store: String) -> RecorderState? {
    let deadline = SystemClock.monotonicMilliseconds() + patience
    let socket = make()
    guard socket >= 0 else { return nil }
    defer { Glibc.close(socket) }
    while withAddress(store, { connect(socket, $0, $1) }) != 0 {
      // Many are asking: its queue is full.
      guard errno == EAGAIN, SystemClock.monotonicMilliseconds() < deadline else { return nil }
      _ = poll(nil, 0, 20)
    }
    guard let peer = user(at: socket), isBelieved(peer, store) else { return nil }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let rest = deadline - SystemClock.monotonicMilliseconds()
      var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      guard rest > 0, poll(&descriptor, 1, Int32(rest)) > 0 else { return nil }
      let count = recv(socket, &buffer, buffer.count, 0)
      if count == 0 { return RecorderState(lines: String(decoding: text, as: UTF8.self)) }
      guard count > 0, text.count + count <= longestAnswer else { return nil }
      text += buffer[..<count]
    }
  }

  /// The user whose process listens at the other end (`SO_PEERCRED`).
  private static func user(at socket: Int32) -> uid_t? {
    // struct ucred, which Swift does not see: process, user, group.
    var credentials: (pid: pid_t, user: uid_t, group: gid_t) = (0, uid_t.max, gid_t.max)
    var length = socklen_t(MemoryLayout.size(ofValue: credentials))
    guard getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else { return nil }
    return credentials.user
  }

  private static func isBelieved(_ user: uid_t, _ store: String) -> Bool {
    if user == 0 || user == geteuid() { return true }
    var attributes = stat()
    return stat(store, &attributes) == 0 && attributes.st_uid == user
  }

  private static func make() -> Int32 {
    socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
  }

  private static func withAddress(_ store: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var path = store
    if let real = realpath(store, nil) {
      path = String(cString: real)
      free(real)
    }
    // FNV-1a, 64 bits: an abstract name has 107 bytes, a path may have more.
    let hash = path.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    let name = Array("wattlog-\(String(hash, radix: 16))".utf8)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // The zero byte before the name makes it abstract.
    withUnsafeMutableBytes(of: &address.sun_path) { bytes in
      for (index, byte) in name.enumerated() { bytes[index + 1] = byte }
    }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.count)
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }
}
