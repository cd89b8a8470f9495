import Glibc

/// Tells systemd how the service is doing (sd_notify(3)); does nothing outside a `Type=notify` service.
struct ServiceNotice {
  private let path: String?

  init() {
    path = getenv("NOTIFY_SOCKET").map { String(cString: $0) }
  }

  /// Somebody restarts this process when it ends.
  var isService: Bool { path != nil }

  func send(_ text: String) {
    guard let path, path.utf8.count < 107, let first = path.utf8.first else { return }
    let client = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard client >= 0 else { return }
    defer { Glibc.close(client) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { bytes in
      for (index, byte) in path.utf8.enumerated() { bytes[index] = byte }
      // `@` stands for the zero byte of an abstract socket.
      if first == UInt8(ascii: "@") { bytes[0] = 0 }
    }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + path.utf8.count)
    let bytes = Array(text.utf8)
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { target in
        _ = bytes.withUnsafeBytes {
          sendto(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL), target, length)
        }
      }
    }
  }
}
