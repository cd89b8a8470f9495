import Clock

/// What OpenSSL thinks of the broker's certificate.
///
/// libmosquitto says no more than "A TLS error occurred"; the reason stands in OpenSSL's session, which libmosquitto
/// hands out. OpenSSL itself is no dependency of ours: the one function needed is looked up in the library that
/// libmosquitto has loaded.
enum CertificateVerdict {
  private typealias GetVerifyResult = @convention(c) (UnsafeMutableRawPointer?) -> Int

  private static let getVerifyResult = MosquittoLibrary.openSSL("SSL_get_verify_result").map {
    unsafeBitCast($0, to: GetVerifyResult.self)
  }

  /// The code of an OpenSSL session's last verification, an `X509_V_ERR_…`; nil where it cannot be had.
  static func code(of session: UnsafeMutableRawPointer?) -> Int? {
    guard let session else { return nil }
    return getVerifyResult?(session)
  }

  /// Turns a verification code and the lines that libmosquitto logged into a failure.
  static func failure(code: Int?, log: [String], address: BrokerAddress) -> ConnectionFailure {
    let endpoint = address.endpoint
    if log.contains(where: { $0.hasPrefix("Error: host name verification failed") }) {
      return .certificateForOtherName(host: address.host)
    }
    if log.contains(where: { $0.hasPrefix("Error: Unable to load") || $0.hasPrefix("Error: Client certificate") }) {
      return .settings(log.first.map { String($0.dropFirst("Error: ".count)) } ?? "")
    }
    let isVerifyFailure = log.contains { $0.hasSuffix("certificate verify failed") }
    let clock = SystemClock.realtimeMilliseconds()
    switch code {
    case 9: return .certificateNotYetValid(endpoint: endpoint, clock: clock)
    case 10: return .certificateExpired(endpoint: endpoint, clock: clock)
    case 62, 64: return .certificateForOtherName(host: address.host)
    case 18: return .certificateUntrusted(endpoint: endpoint, reason: "it is self-signed")
    case 19: return .certificateUntrusted(endpoint: endpoint, reason: "a self-signed CA that is not trusted here")
    case 2, 20, 21: return .certificateUntrusted(endpoint: endpoint, reason: "its issuer is not known here")
    case 23: return .certificateUntrusted(endpoint: endpoint, reason: "it is revoked")
    case .some(let code) where code != 0 && isVerifyFailure:
      return .certificateUntrusted(endpoint: endpoint, reason: "OpenSSL verification error \(code)")
    default: break
    }
    if isVerifyFailure { return .certificateUntrusted(endpoint: endpoint, reason: "certificate verify failed") }
    return .tls(endpoint: endpoint, reason: reason(log))
  }

  /// The human part of `OpenSSL Error[0]: error:0A00010B:SSL routines::wrong version number`.
  private static func reason(_ log: [String]) -> String {
    // libmosquitto 2.0.21 logs no error where the broker only closes the connection, 2.0.11 logs an end of file.
    let closed = "the handshake failed; does the broker want a client certificate?"
    guard let line = log.last(where: { $0.hasPrefix("OpenSSL Error") }) else { return closed }
    let words = String(line.split(separator: ":").last ?? "")
    switch words {
    case "wrong version number", "packet length too long", "record layer failure":
      return "the port answers without TLS (use mqtt://, or the broker's TLS port)"
    // The alert is often lost with the connection that the broker resets.
    case "Connection reset by peer", "unexpected eof while reading": return closed
    case "tlsv13 alert certificate required", "sslv3 alert handshake failure", "sslv3 alert bad certificate":
      return "\(words); does the broker want a client certificate?"
    default: return words
    }
  }
}
