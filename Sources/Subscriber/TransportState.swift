import Glibc

/// What Linux knows of a TCP connection (`struct tcp_info`).
struct TransportState {
  /// Bytes that TCP has delivered in order (`tcpi_bytes_received`, since Linux 4.1).
  let deliveredByteCount: UInt64
  /// Since the last packet with data came (`tcpi_last_data_recv`).
  let millisecondsSinceData: Int64

  /// nil where the socket is none of TCP, or the kernel too old.
  init?(of socket: Int32) {
    // glibc's header ends before bytes_received.
    let (sinceDataOffset, deliveredOffset) = (52, 128)
    var delivered: UInt64?
    var sinceData: UInt32 = 0
    withUnsafeTemporaryAllocation(byteCount: 256, alignment: 8) { info in
      var length = socklen_t(info.count)
      let result = getsockopt(socket, Int32(IPPROTO_TCP), TCP_INFO, info.baseAddress, &length)
      guard result == 0, Int(length) >= deliveredOffset + 8 else { return }
      delivered = info.load(fromByteOffset: deliveredOffset, as: UInt64.self)
      sinceData = info.load(fromByteOffset: sinceDataOffset, as: UInt32.self)
    }
    guard let delivered else { return nil }
    deliveredByteCount = delivered
    millisecondsSinceData = Int64(sinceData)
  }
}
