import CMosquitto
import Glibc

/// What libmosquitto, OpenSSL and the broker have said of one connection, and from it, why it ended.
struct ConnectionClues {
  let options: ConnectionOptions
  /// 5, or 4 for MQTT 3.1.1.
  let version: Int32
  /// CONNACK's and DISCONNECT's.
  var connectCode: Int?
  var disconnectCode: Int?
  /// What arrived is no MQTT, or what libmosquitto does not survive.
  var isNoMQTT = false
  private var tlsLog: [String] = []
  private var verifyCode: Int?

  init(options: ConnectionOptions, version: Int32) {
    self.options = options
    self.version = version
  }

  /// Keeps an error that libmosquitto logs for the TLS failure that may follow.
  ///
  /// - Parameter session: OpenSSL's, which may be gone by then; now it is still there.
  mutating func note(_ line: String, session: @autoclosure () -> UnsafeMutableRawPointer?) {
    guard tlsLog.count < 16 else { return }
    tlsLog.append(line)
    if options.broker.isEncrypted { verifyCode = CertificateVerdict.code(of: session()) ?? verifyCode }
  }

  /// - Parameter returnCode: libmosquitto's, from the call that failed.
  /// - Parameter systemError: `errno` behind it.
  /// - Parameter wasReady: the subscriptions stood.
  func failure(
    returnCode: Int32, systemError: Int32, wasReady: Bool, functions: mosquitto_functions
  ) -> ConnectionFailure {
    let endpoint = options.broker.endpoint
    if let code = connectCode, code != 0 {
      if code == 132 || code == 1 { return .versionRefused(Int(version)) }
      if ConnectionFailure.isLoginCode(code) { return .loginRefused(code: code, user: options.login) }
      return .connectionRefused(code: code)
    }
    if options.broker.isEncrypted && connectCode == nil && !isNoMQTT,
      returnCode == Int32(MOSQ_ERR_TLS.rawValue) || !tlsLog.isEmpty
    {
      return CertificateVerdict.failure(code: verifyCode, log: tlsLog, address: options.broker)
    }
    let reason =
      isNoMQTT
      ? "what arrives is no MQTT"
      : ConnectionClues.reason(returnCode: returnCode, systemError: systemError, functions: functions)
    guard wasReady || connectCode == 0 else {
      // The broker's complaint is often lost with the connection that it resets.
      let mayWantCertificate = options.broker.isEncrypted && options.certificate == nil
      return .noBroker(
        endpoint: endpoint, reason: mayWantCertificate ? reason + "; does it want a client certificate?" : reason)
    }
    switch disconnectCode {
    case 142: return .sessionTakenOver(clientID: options.clientID)
    case 139: return .brokerShutDown
    case 135: return .loginRefused(code: 135, user: options.login)
    case 152: return .lost(reason: "the broker's administrator ended it")
    case .some(let code) where code >= 128: return .lost(reason: "the broker ended it (code \(code))")
    default: return .lost(reason: reason)
    }
  }

  private static func reason(returnCode: Int32, systemError: Int32, functions: mosquitto_functions) -> String {
    switch returnCode {
    case 0, Int32(MOSQ_ERR_CONN_LOST.rawValue), Int32(MOSQ_ERR_NO_CONN.rawValue): "the broker closed it"
    // The end of the connection inside a packet.
    case Int32(MOSQ_ERR_ERRNO.rawValue) where systemError == 0: "the broker closed it"
    case Int32(MOSQ_ERR_KEEPALIVE.rawValue): "the broker does not answer pings"
    case Int32(MOSQ_ERR_PROTOCOL.rawValue), Int32(MOSQ_ERR_MALFORMED_PACKET.rawValue): "what arrives is no MQTT"
    case Int32(MOSQ_ERR_ERRNO.rawValue): String(cString: strerror(systemError))
    case Int32(MOSQ_ERR_NOMEM.rawValue): "no memory for what the broker sends"
    default: functions.text(ofError: returnCode)
    }
  }
}
