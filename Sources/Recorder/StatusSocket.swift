import Glibc

/// Where a recorder answers whoever asks for its state: an abstract socket named after the store's real path.
///
/// It leaves no file behind, writes nothing to the card, and is gone with the process.
public final class StatusSocket {
  let descriptor: Int32

  /// nil when the socket cannot be had; a recorder does without it.
  init?(store: String) {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    let bound = StatusSocket.withAddress(store) { bind(descriptor, $0, $1) }
    if bound != 0 || listen(descriptor, 8) != 0 {
      Glibc.close(descriptor)
      return nil
    }
  }

  deinit { Glibc.close(descriptor) }

  /// Answers everybody who waits.
  func answer(_ state: @autoclosure () -> RecorderState) {
    while true {
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

  /// Asks the recorder of a store; nil when none answers within two seconds.
  public static func ask(store: String) -> RecorderState? {
    let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard client >= 0 else { return nil }
    defer { Glibc.close(client) }
    var patience = timeval(tv_sec: 2, tv_usec: 0)
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    guard withAddress(store, { connect(client, $0, $1) }) == 0 else { return nil }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while text.count < 1 << 16 {
      let count = recv(client, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      text += buffer[..<count]
    }
    return RecorderState(lines: String(decoding: text, as: UTF8.self))
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
