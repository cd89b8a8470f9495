import CMosquitto
import Glibc

/// libmosquitto's side of one connection: what it is told before it connects, and its calls. Belongs to one thread.
final class MosquittoClient {
  let functions: mosquitto_functions
  let handle: OpaquePointer
  private let options: ConnectionOptions

  /// - Parameters:
  ///   - version: 5, or 4 for MQTT 3.1.1.
  ///   - will: what the broker keeps and tells once this client is gone without a goodbye.
  init(options: ConnectionOptions, version: Int32, will: OutgoingMessage? = nil) throws(ConnectionFailure) {
    functions = try MosquittoLibrary.functions()
    self.options = options
    guard let handle = functions.new(options.clientID, true, nil) else {
      throw .resources("no memory for an MQTT client")
    }
    self.handle = handle
    _ = functions.int_option(handle, MOSQ_OPT_PROTOCOL_VERSION, version)
    _ = functions.int_option(handle, MOSQ_OPT_TCP_NODELAY, 1)
    if options.broker.isEncrypted { try prepareTLS() }
    try login()
    if let will { try leave(will) }
    if version == MQTT_PROTOCOL_V5 { limitPacketSize() }
  }

  deinit { functions.destroy(handle) }

  /// Its socket; -1 when it has none.
  var socket: Int32 { functions.socket(handle) }
  var wantsWrite: Bool { functions.want_write(handle) }

  /// Speaks MQTT, and TLS before it, over a connection that stands: sends CONNECT.
  ///
  /// Where libmosquitto cannot be made to take `socket`, which is closed then, it connects by itself.
  ///
  /// - Returns: libmosquitto's code; it may have ended already.
  func connect(over socket: Int32, to address: HostAddress) -> Int32 {
    // With TLS the certificate is held against the name.
    let host = options.broker.isEncrypted ? options.broker.host : address.text
    return OfferedSocket(socket).whileOffered {
      functions.connect_bind_async(handle, host, Int32(options.broker.port), Int32(options.keepAlive), nil)
    }
  }

  func subscribe(to filters: [String]) -> Int32 {
    var pointers: [UnsafeMutablePointer<CChar>?] = filters.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
      functions.subscribe_multiple(handle, nil, Int32(filters.count), buffer.baseAddress, 0, 0, nil)
    }
  }

  /// Publishes at QoS 1, to be kept by the broker.
  ///
  /// - Returns: libmosquitto's code, and the number by which the acknowledgement is known.
  func publish(_ message: OutgoingMessage) -> (code: Int32, number: Int32) {
    var number: Int32 = 0
    let code = message.payload.withUnsafeBytes {
      functions.publish(handle, &number, message.topic, Int32(clamping: $0.count), $0.baseAddress, 1, true)
    }
    return (code, number)
  }

  private func leave(_ will: OutgoingMessage) throws(ConnectionFailure) {
    let code = will.payload.withUnsafeBytes {
      functions.will_set(handle, will.topic, Int32(clamping: $0.count), $0.baseAddress, 1, true)
    }
    guard code == 0 else {
      throw .settings("cannot leave a last will on \(will.topic): \(functions.text(ofError: code))")
    }
  }

  private func prepareTLS() throws(ConnectionFailure) {
    var caFile = options.ca
    var caDirectory: String?
    var attributes = stat()
    if let ca = options.ca, stat(ca, &attributes) == 0, attributes.st_mode & S_IFMT == S_IFDIR {
      (caFile, caDirectory) = (nil, ca)
    }
    if options.ca == nil {
      _ = functions.int_option(handle, MOSQ_OPT_TLS_USE_OS_CERTS, 1)
      // libmosquitto takes a client certificate only together with some CA.
      caDirectory = "/etc/ssl/certs"
    }
    // Without this callback OpenSSL would ask the terminal for the password of an encrypted key.
    let result = functions.tls_set(handle, caFile, caDirectory, options.certificate, options.key, answerNoKeyPassword)
    guard result == 0 else {
      throw .settings("cannot use the CA, certificate or key: \(functions.text(ofError: result))")
    }
  }

  private func login() throws(ConnectionFailure) {
    guard let user = options.login else { return }
    guard let source = options.password else {
      _ = functions.username_pw_set(handle, user, nil)
      return
    }
    do throws(PasswordError) {
      // Read at each attempt: a password that was corrected takes effect without a restart.
      let password = try Password.read(from: source)
      _ = password.withCString { functions.username_pw_set(handle, user, $0) }
    } catch {
      throw .password(error)
    }
  }

  /// Asks the broker never to send a packet over 16 KiB.
  private func limitPacketSize() {
    var properties: OpaquePointer?
    defer { functions.property_free_all(&properties) }
    let identifier = Int32(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue)
    guard
      functions.property_add_int32(&properties, identifier, UInt32(BrokerConnection.maximumPacketByteCount)) == 0
    else { return }
    // Only the call that blocks takes properties, and it stores them before it looks at the host: without one it
    // goes no further, and the call that does not block uses what was stored.
    _ = functions.connect_bind_v5(handle, nil, 0, Int32(options.keepAlive), nil, properties)
  }
}
