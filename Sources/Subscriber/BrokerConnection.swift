import CMosquitto
import Glibc

/// One connection to a broker, from the first SYN to its end: libmosquitto driven by an own poll loop.
///
/// Made anew for every attempt. Belongs to one thread. libmosquitto's own loops cost a `pselect` for each packet and
/// block while they connect; here reads are repeated until one delivers nothing, and connecting is one more state.
final class BrokerConnection {
  enum Phase: Equatable {
    /// The TCP connection is on its way.
    case reaching
    /// TLS, CONNECT and, for a subscriber, SUBSCRIBE are under way.
    case negotiating
    case ready
    case closed(ConnectionFailure?)
  }

  static let maximumPacketByteCount: Int32 = 16_384
  /// TCP, TLS, CONNACK and SUBACK together.
  static let negotiationLimitMilliseconds: Int64 = 15_000
  /// How long after a ping something must have come, at most; libmosquitto by itself would wait another keepalive.
  static let answerLimitMilliseconds: Int64 = 20_000

  private(set) var phase = Phase.reaching {
    didSet { if phase == .ready { wasReady = true } }
  }
  /// It stood once, be it only within one step.
  private(set) var wasReady = false
  /// Filters that the broker refused while it granted others.
  private(set) var refusedFilters: [String] = []
  private(set) var receivedCount: UInt64 = 0
  private(set) var publishedCount: UInt64 = 0
  /// When the last message arrived, on the steady clock.
  private(set) var lastMessageAt: Int64

  private let options: ConnectionOptions
  private let version: Int32
  private let filters: [String]
  private let queue: MessageQueue?
  let mosquitto: mosquitto_functions
  let handle: OpaquePointer
  private let descriptors: UnsafeMutablePointer<pollfd>
  private let openedAt: Int64
  private var lastUpkeepAt: Int64
  private var families: ArraySlice<Int32> = []
  private var tlsLog: [String] = []
  private var verifyCode: Int?
  private var connectCode: Int?
  private var disconnectCode: Int?
  /// Bytes that TCP had delivered when the last message was complete.
  private var bytesAtLastMessage: UInt64 = 0
  private var receivedAtLastCheck: UInt64 = 0
  /// For plain connections, and for those with TLS.
  private let packetGuard: PacketGuard?
  private let tlsGuard: TLSGuard?

  /// Looks up the host and begins to connect. The lookup may take long; everything else does not wait.
  ///
  /// - Parameter version: 5, or 4 for MQTT 3.1.1.
  /// - Parameter queue: where messages go; nil for a connection that only publishes.
  init(options: ConnectionOptions, version: Int32, filters: [String], queue: MessageQueue?) throws(ConnectionFailure) {
    mosquitto = try MosquittoLibrary.functions()
    self.options = options
    self.version = version
    self.filters = filters
    self.queue = queue
    let hasProperties = version == MQTT_PROTOCOL_V5
    packetGuard = options.broker.isEncrypted ? nil : PacketGuard(hasProperties: hasProperties)
    tlsGuard = options.broker.isEncrypted ? TLSGuard(hasProperties: hasProperties) : nil
    let now = SystemClock.monotonicMilliseconds()
    openedAt = now
    lastUpkeepAt = now
    lastMessageAt = now

    let lookup = try HostLookup.find(options.broker.host)
    try options.checkPolicy(isPrivate: lookup.isPrivate)
    families = lookup.families[...]

    guard let handle = mosquitto.new(options.clientID, true, nil) else {
      throw .resources("no memory for an MQTT client")
    }
    self.handle = handle
    descriptors = .allocate(capacity: 2)
    descriptors.initialize(repeating: pollfd(), count: 2)

    mosquitto.user_data_set(handle, Unmanaged.passUnretained(self).toOpaque())
    installCallbacks(of: mosquitto, on: handle)
    _ = mosquitto.int_option(handle, MOSQ_OPT_PROTOCOL_VERSION, version)
    _ = mosquitto.int_option(handle, MOSQ_OPT_TCP_NODELAY, 1)
    if options.broker.isEncrypted { try prepareTLS() }
    try login()
    if version == MQTT_PROTOCOL_V5 { limitPacketSize() }
    try reachNextFamily()
  }

  deinit {
    mosquitto.destroy(handle)
    descriptors.deallocate()
  }

  // MARK: Preparing

  private func prepareTLS() throws(ConnectionFailure) {
    var caFile = options.ca
    var caDirectory: String?
    var attributes = stat()
    if let ca = options.ca, stat(ca, &attributes) == 0, attributes.st_mode & S_IFMT == S_IFDIR {
      (caFile, caDirectory) = (nil, ca)
    }
    if options.ca == nil {
      _ = mosquitto.int_option(handle, MOSQ_OPT_TLS_USE_OS_CERTS, 1)
      // libmosquitto takes a client certificate only together with some CA.
      caDirectory = "/etc/ssl/certs"
    }
    // Without this callback OpenSSL would ask the terminal for the password of an encrypted key.
    let result = mosquitto.tls_set(
      handle, caFile, caDirectory, options.certificate, options.key, answerNoKeyPassword)
    guard result == 0 else {
      throw .settings("cannot use the CA, certificate or key: \(mosquitto.text(ofError: result))")
    }
  }

  private func login() throws(ConnectionFailure) {
    guard let user = options.login else { return }
    guard let source = options.password else {
      _ = mosquitto.username_pw_set(handle, user, nil)
      return
    }
    do throws(PasswordError) {
      // Read at each attempt: a password that was corrected takes effect without a restart.
      let password = try Password.read(from: source)
      _ = password.withCString { mosquitto.username_pw_set(handle, user, $0) }
    } catch {
      throw .password(error)
    }
  }

  /// Asks the broker never to send a packet over 16 KiB.
  private func limitPacketSize() {
    var properties: OpaquePointer?
    defer { mosquitto.property_free_all(&properties) }
    let identifier = Int32(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue)
    guard
      mosquitto.property_add_int32(&properties, identifier, UInt32(BrokerConnection.maximumPacketByteCount)) == 0
    else { return }
    // Only the call that blocks takes properties, and it stores them before it looks at the host: without one it
    // goes no further, and the call that does not block uses what was stored.
    _ = mosquitto.connect_bind_v5(handle, nil, 0, Int32(options.keepAlive), nil, properties)
  }

  /// Begins a TCP connection to the first address of the next family.
  ///
  /// A connect that does not block tries one address only; a bind address of one family makes it choose from that.
  private func reachNextFamily() throws(ConnectionFailure) {
    var reason = "no address"
    while let family = families.popFirst() {
      let bindAddress = family == AF_INET ? "0.0.0.0" : "::"
      let result = mosquitto.connect_bind_async(
        handle, options.broker.host, Int32(options.broker.port), Int32(options.keepAlive), bindAddress)
      if result == 0 || mosquitto.socket(handle) >= 0 {
        phase = .reaching
        return
      }
      let systemError = errno
      let isTLSError = result == Int32(MOSQ_ERR_TLS.rawValue) || systemError == EPROTO
      if options.broker.isEncrypted && isTLSError {
        // On a machine under load the whole handshake can be over by now.
        phase = .negotiating
        throw failure(returnCode: result, systemError: systemError)
      }
      reason = self.reason(returnCode: result, systemError: systemError)
    }
    throw .unreachable(endpoint: options.broker.endpoint, reason: reason)
  }

  // MARK: Driving

  /// Waits for the network at most so long, and does what is to do.
  ///
  /// - Parameter wake: ends the wait when it is raised.
  func step(milliseconds: Int32, wake: WakeUp?) {
    let socket = mosquitto.socket(handle)
    guard socket >= 0 else { return close(returnCode: Int32(MOSQ_ERR_CONN_LOST.rawValue)) }
    let wantsWrite = phase == .reaching || mosquitto.want_write(handle)
    descriptors[0] = pollfd(fd: socket, events: Int16(wantsWrite ? POLLIN | POLLOUT : POLLIN), revents: 0)
    descriptors[1] = pollfd(fd: wake?.fileDescriptor ?? -1, events: Int16(POLLIN), revents: 0)
    let count = poll(descriptors, 2, milliseconds)
    let events = Int32(descriptors[0].revents)

    if count > 0 && events != 0 {
      if phase == .reaching {
        guard finishReaching(socket) else { return }
        if options.broker.isEncrypted {
          drain()
        } else {
          write()
        }
      } else {
        if events & (POLLIN | POLLHUP | POLLERR) != 0 { drain() }
        if isOpen && events & POLLOUT != 0 { write() }
        // While OpenSSL connects, libmosquitto takes a dead socket for one that is not ready yet.
        if phase == .negotiating && events & (POLLHUP | POLLERR) != 0 {
          close(returnCode: Int32(MOSQ_ERR_CONN_LOST.rawValue))
        }
      }
    }
    if isOpen { upkeep() }
  }

  var isOpen: Bool {
    if case .closed = phase { return false }
    return true
  }

  private func finishReaching(_ socket: Int32) -> Bool {
    var error: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length)
    if error != 0 {
      let failure = ConnectionFailure.unreachable(
        endpoint: options.broker.endpoint, reason: String(cString: strerror(error)))
      do throws(ConnectionFailure) {
        guard !families.isEmpty else { throw failure }
        try reachNextFamily()
      } catch {
        finish(failure)
      }
      return false
    }
    // A dead peer is found when a ping stays unacknowledged: 30 s until the ping, 20 s until this strikes.
    var limit: UInt32 = 20_000
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &limit, socklen_t(MemoryLayout<UInt32>.size))
    packetGuard?.prepare(socket)
    phase = .negotiating
    return true
  }

  /// Reads until a read delivers nothing.
  private func drain() {
    let began = receivedCount
    var fruitless = 0
    var tooLongCount = 0
    while fruitless < 2 {
      if let verdict = packetGuard?.next(on: mosquitto.socket(handle)), verdict != .allowed {
        if verdict == .tooLong {
          queue?.countOversizedPacket()
          tooLongCount += 1
          if tooLongCount < 64 { continue }
          break
        }
        end(on: verdict)
        break
      }
      let before = receivedCount
      errno = 0
      let result = tlsGuard?.whileReading { mosquitto.loop_read(handle, 1) } ?? mosquitto.loop_read(handle, 1)
      let isDry = errno == EAGAIN
      if let tlsGuard, tlsGuard.tooLongCount > 0 {
        for _ in 0..<tlsGuard.tooLongCount { queue?.countOversizedPacket() }
        tlsGuard.tooLongCount = 0
      }
      if result != 0 || mosquitto.socket(handle) < 0 {
        close(returnCode: result)
        break
      }
      if receivedCount != before {
        fruitless = 0
        // A flood must not keep the loop from its other duties; what is left is there at the next poll.
        if receivedCount &- began >= 16_384 { break }
      } else {
        // A packet that is no message also delivers nothing, hence the second chance.
        if isDry { break }
        fruitless += 1
      }
    }
    if receivedCount != began {
      lastMessageAt = SystemClock.monotonicMilliseconds()
      queue?.announce()
    }
  }

  private func end(on verdict: PacketGuard.Verdict) {
    switch verdict {
    case .allowed, .awaited, .tooLong: break
    case .ended:
      errno = 0
      close(returnCode: Int32(MOSQ_ERR_CONN_LOST.rawValue))
    case .harmful: close(returnCode: Int32(MOSQ_ERR_MALFORMED_PACKET.rawValue))
    }
  }

  private func write() {
    let result = mosquitto.loop_write(handle, 1)
    if result != 0 || mosquitto.socket(handle) < 0 { close(returnCode: result) }
  }

  private func upkeep() {
    let now = SystemClock.monotonicMilliseconds()
    if phase != .ready && now - openedAt > BrokerConnection.negotiationLimitMilliseconds {
      let endpoint = options.broker.endpoint
      return finish(
        phase == .reaching
          ? .unreachable(endpoint: endpoint, reason: "no answer (timed out)")
          : .noBroker(endpoint: endpoint, reason: "connected, but no answer (timed out)"))
    }
    guard now - lastUpkeepAt >= 500 else { return }
    lastUpkeepAt = now
    let result = mosquitto.loop_misc(handle)
    if result != 0 || mosquitto.socket(handle) < 0 { return close(returnCode: result) }
    let keepAlive = Int64(options.keepAlive) * 1000
    if phase == .ready, let silence = TransportState(of: mosquitto.socket(handle))?.millisecondsSinceData,
      silence > keepAlive + min(keepAlive, BrokerConnection.answerLimitMilliseconds)
    {
      return close(returnCode: Int32(MOSQ_ERR_KEEPALIVE.rawValue))
    }
    if phase == .ready && tlsGuard?.isInUse == false && version != MQTT_PROTOCOL_V5 && isReceivingGiant() {
      queue?.countOversizedPacket()
      finish(.packetTooLong)
    }
  }

  /// True when over a megabyte has arrived since the last message: MQTT 3.1.1 has no limit of its own, and
  /// libmosquitto gathers a packet of 256 MB in memory.
  private func isReceivingGiant() -> Bool {
    guard let bytes = TransportState(of: mosquitto.socket(handle))?.deliveredByteCount else { return false }
    defer { receivedAtLastCheck = receivedCount }
    if receivedCount != receivedAtLastCheck {
      bytesAtLastMessage = bytes
      return false
    }
    return bytes &- bytesAtLastMessage > 1 << 20
  }

  // MARK: Ending

  /// Reads what has arrived already, says goodbye and closes.
  func disconnect() {
    guard isOpen else { return }
    // The broker's answer to the subscription may be among it, with messages behind it.
    if phase != .reaching { drain() }
    if phase == .ready {
      _ = mosquitto.disconnect(handle)
      var rounds = 0
      while mosquitto.socket(handle) >= 0 && mosquitto.want_write(handle) && rounds < 10 {
        descriptors[0] = pollfd(fd: mosquitto.socket(handle), events: Int16(POLLOUT), revents: 0)
        poll(descriptors, 1, 20)
        _ = mosquitto.loop_write(handle, 1)
        rounds += 1
      }
    }
    finish(nil)
  }

  func fail(_ failure: ConnectionFailure) { finish(failure) }

  private func finish(_ failure: ConnectionFailure?) {
    guard isOpen else { return }
    phase = .closed(failure)
  }

  private func close(returnCode: Int32) {
    let systemError = errno
    guard isOpen else { return }
    finish(failure(returnCode: returnCode, systemError: systemError))
  }

  private func failure(returnCode: Int32, systemError: Int32) -> ConnectionFailure {
    let endpoint = options.broker.endpoint
    if let code = connectCode, code != 0 {
      if code == 132 || (code == 1 && version == MQTT_PROTOCOL_V311) { return .versionRefused(Int(version)) }
      if code == 1 { return .versionRefused(Int(version)) }
      if ConnectionFailure.isLoginCode(code) { return .loginRefused(code: code, user: options.login) }
      return .connectionRefused(code: code)
    }
    if options.broker.isEncrypted && connectCode == nil && tlsGuard?.isHarmful != true {
      if returnCode == Int32(MOSQ_ERR_TLS.rawValue) || !tlsLog.isEmpty {
        return CertificateVerdict.failure(code: verifyCode, log: tlsLog, address: options.broker)
      }
    }
    let reason =
      tlsGuard?.isHarmful == true
      ? "what arrives is no MQTT" : self.reason(returnCode: returnCode, systemError: systemError)
    guard phase == .ready || connectCode == 0 else {
      // The broker's complaint is often lost with the connection that it resets.
      let mayWantCertificate = options.broker.isEncrypted && options.certificate == nil
      return .noBroker(
        endpoint: endpoint, reason: mayWantCertificate ? reason + "; does it want a client certificate?" : reason)
    }
    switch disconnectCode {
    case 142: return .sessionTakenOver(clientID: options.clientID)
    case 139: return .lost(reason: "the broker is shutting down")
    case 135: return .loginRefused(code: 135, user: options.login)
    case 152: return .lost(reason: "the broker's administrator ended it")
    case .some(let code) where code >= 128: return .lost(reason: "the broker ended it (code \(code))")
    default: return .lost(reason: reason)
    }
  }

  private func reason(returnCode: Int32, systemError: Int32) -> String {
    switch returnCode {
    case 0, Int32(MOSQ_ERR_CONN_LOST.rawValue), Int32(MOSQ_ERR_NO_CONN.rawValue): "the broker closed it"
    // The end of the connection inside a packet.
    case Int32(MOSQ_ERR_ERRNO.rawValue) where systemError == 0: "the broker closed it"
    case Int32(MOSQ_ERR_KEEPALIVE.rawValue): "the broker does not answer pings"
    case Int32(MOSQ_ERR_PROTOCOL.rawValue), Int32(MOSQ_ERR_MALFORMED_PACKET.rawValue):
      "what arrives is no MQTT"
    case Int32(MOSQ_ERR_ERRNO.rawValue): String(cString: strerror(systemError))
    case Int32(MOSQ_ERR_NOMEM.rawValue): "no memory for what the broker sends"
    default: mosquitto.text(ofError: returnCode)
    }
  }

  // MARK: Called back by libmosquitto, on this thread

  func didConnect(code: Int32) {
    connectCode = Int(code)
    guard code == 0 else { return }
    // From here on each log line would cost an allocation per message.
    mosquitto.log_callback_set(handle, nil)
    guard !filters.isEmpty else {
      phase = .ready
      return
    }
    var pointers: [UnsafeMutablePointer<CChar>?] = filters.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    let result = pointers.withUnsafeMutableBufferPointer { buffer in
      buffer.withMemoryRebound(to: UnsafeMutablePointer<CChar>?.self) { rebound in
        mosquitto.subscribe_multiple(handle, nil, Int32(filters.count), rebound.baseAddress, 0, 0, nil)
      }
    }
    if result != 0 { finish(.settings("cannot subscribe: \(mosquitto.text(ofError: result))")) }
  }

  func didSubscribe(grants: UnsafeBufferPointer<Int32>) {
    guard phase == .negotiating else { return }
    guard grants.count == filters.count else { return close(returnCode: Int32(MOSQ_ERR_MALFORMED_PACKET.rawValue)) }
    refusedFilters = zip(filters, grants).filter { $0.1 >= 128 }.map { $0.0 }
    if refusedFilters.count == filters.count {
      finish(.subscriptionRefused(filters))
    } else {
      phase = .ready
      lastMessageAt = SystemClock.monotonicMilliseconds()
    }
  }

  func didDisconnect(code: Int32) { disconnectCode = Int(code) }

  func didReceive(_ message: mosquitto_message) {
    receivedCount &+= 1
    guard let queue, let topic = message.topic else { return }
    queue.append(
      topic: UnsafeRawBufferPointer(start: topic, count: strlen(topic)),
      payload: UnsafeRawBufferPointer(start: message.payload, count: max(0, Int(message.payloadlen))),
      isRetained: message.retain)
  }

  func didPublish() { publishedCount &+= 1 }

  func didLog(_ line: UnsafePointer<CChar>) {
    // Kept for the TLS failure that may follow. OpenSSL's session may be gone by then; now it is still there.
    guard tlsLog.count < 16 else { return }
    tlsLog.append(String(cString: line))
    if options.broker.isEncrypted { verifyCode = CertificateVerdict.code(of: mosquitto.ssl_get(handle)) ?? verifyCode }
  }
}
