import CMosquitto
import Clock
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

  /// The messages that came.
  struct Received {
    var count: UInt64 = 0
    /// Of topics and payloads.
    var byteCount: UInt64 = 0
    /// One was published while this connection stood, and not kept by the broker from before.
    var hasLive = false
  }

  static let maximumPacketByteCount: Int32 = 16_384
  /// Packets that are taken in a row before the loop looks after its other duties.
  private static let drainLimit = 16_384
  /// How long what has arrived is read before a goodbye, in milliseconds: a flood has no end.
  private static let farewellTime: Int64 = 1000

  private(set) var phase = Phase.reaching {
    didSet { if phase == .ready { wasReady = true } }
  }
  /// It stood once, be it only within one step.
  private(set) var wasReady = false
  /// The address that was reached, and how many the broker's name has.
  private(set) var peer: HostAddress?
  let addressCount: Int
  /// Filters that the broker refused while it granted others.
  private(set) var refusedFilters: [String] = []
  private(set) var received = Received()
  /// When the last message arrived, on the steady clock.
  private(set) var lastMessageAt: Int64

  let client: MosquittoClient
  private let filters: [String]
  private let queue: MessageQueue?
  private let outbox: Outbox?
  private let connector: TCPConnector
  private let gate: PacketGate
  private var clues: ConnectionClues
  private var upkeep: ConnectionUpkeep

  /// Looks up the host and begins to connect. The lookup may take long; everything else does not wait.
  ///
  /// - Parameter version: 5, or 4 for MQTT 3.1.1.
  /// - Parameter queue: where messages go; nil for a connection that only publishes.
  /// - Parameter outbox: what is published, and the last will; subscriptions that are refused do not matter then.
  /// - Parameter avoided: an address at which nobody spoke MQTT before: others are tried first.
  init(
    options: ConnectionOptions, version: Int32, filters: [String], queue: MessageQueue?, outbox: Outbox? = nil,
    avoiding avoided: HostAddress?
  ) throws(ConnectionFailure) {
    self.filters = filters
    self.queue = queue
    self.outbox = outbox
    client = try MosquittoClient(options: options, version: version, will: outbox?.presence?.absent)
    clues = ConnectionClues(options: options, version: version)
    gate = PacketGate(hasProperties: version == MQTT_PROTOCOL_V5, isEncrypted: options.broker.isEncrypted)
    let lookup = try HostLookup.find(options.broker.host, port: options.broker.port)
    try options.checkPolicy(isPrivate: lookup.isPrivate)
    addressCount = lookup.addresses.count
    connector = TCPConnector(lookup.addresses(avoiding: avoided))
    let now = SystemClock.monotonicMilliseconds()
    upkeep = ConnectionUpkeep(keepAlive: options.keepAlive, listens: outbox == nil, now: now)
    lastMessageAt = now
    client.functions.user_data_set(client.handle, Unmanaged.passUnretained(self).toOpaque())
    installCallbacks(of: client.functions, on: client.handle)
  }

  private var broker: BrokerAddress { clues.options.broker }

  var isOpen: Bool {
    if case .closed = phase { return false }
    return true
  }

  /// Something was taken from the network that libmosquitto has not read yet.
  var holdsMore: Bool { gate.holdsMore }

  // MARK: Driving

  /// Waits for the network at most so long, and does what is to do.
  ///
  /// - Parameter wake: ends the wait when it is raised.
  func drive(milliseconds: Int32, wake: WakeUp?) {
    if phase == .reaching {
      reach(milliseconds: min(milliseconds, upkeep.longestWait), wake: wake)
    } else {
      exchange(milliseconds: gate.holdsMore ? 0 : min(milliseconds, upkeep.longestWait), wake: wake)
    }
    if isOpen { lookAfter() }
  }

  private func reach(milliseconds: Int32, wake: WakeUp?) {
    switch connector.drive(milliseconds: milliseconds, wake: wake) {
    case .awaited: break
    case .unreachable: finish(unreachable)
    case .connected(let socket, let address):
      peer = address
      ConnectionUpkeep.watch(socket)
      phase = .negotiating
      let result = client.connect(over: socket, to: address)
      let systemError = errno
      // With TLS it is OpenSSL that reads there.
      if !broker.isEncrypted { gate.socket = client.socket }
      // On a machine under load the whole handshake of TLS can be over by now. (Below 0: on its way.)
      if result > 0 || client.socket < 0 { close(returnCode: result, systemError: systemError) }
    }
  }

  private var unreachable: ConnectionFailure {
    .unreachable(endpoint: broker.endpoint, reason: connector.reason(host: broker.host))
  }

  private func exchange(milliseconds: Int32, wake: WakeUp?) {
    let socket = client.socket
    guard socket >= 0 else { return close(returnCode: Int32(MOSQ_ERR_CONN_LOST.rawValue), systemError: 0) }
    let wanted = Int16(client.wantsWrite ? POLLIN | POLLOUT : POLLIN)
    let events = BrokerConnection.wait(for: wanted, on: socket, milliseconds: milliseconds, wake: wake)
    if gate.holdsMore || events & (POLLIN | POLLHUP | POLLERR) != 0 { drain() }
    if isOpen && events & POLLOUT != 0 { write() }
    // While OpenSSL connects, libmosquitto takes a dead socket for one that is not ready yet.
    if phase == .negotiating && events & (POLLHUP | POLLERR) != 0 {
      close(returnCode: Int32(MOSQ_ERR_CONN_LOST.rawValue), systemError: 0)
    }
  }

  /// - Returns: poll's events for the socket.
  private static func wait(for events: Int16, on socket: Int32, milliseconds: Int32, wake: WakeUp?) -> Int32 {
    withUnsafeTemporaryAllocation(of: pollfd.self, capacity: 2) { descriptors in
      descriptors.initializeElement(at: 0, to: pollfd(fd: socket, events: events, revents: 0))
      descriptors.initializeElement(
        at: 1, to: pollfd(fd: wake?.fileDescriptor ?? -1, events: Int16(POLLIN), revents: 0))
      guard let first = descriptors.baseAddress, poll(first, 2, milliseconds) > 0 else { return 0 }
      return Int32(descriptors[0].revents)
    }
  }

  /// Hands what waits in the outbox to libmosquitto.
  ///
  /// - Returns: whether there was anything.
  @discardableResult
  func publishWaiting() -> Bool {
    guard phase == .ready, let outbox else { return false }
    let messages = outbox.takeWaiting()
    // Each would be a segment of its own, and the broker would be woken by each.
    let isCorked = messages.count > 1
    if isCorked { ConnectionUpkeep.cork(client.socket, true) }
    defer { if isCorked, client.socket >= 0 { ConnectionUpkeep.cork(client.socket, false) } }
    for message in messages {
      let (code, number) = client.publish(message)
      guard code != 0 else {
        outbox.sent(message.topic, as: number)
        continue
      }
      if client.socket < 0 {
        close(returnCode: code, systemError: errno)
        return true
      }
      outbox.refuse(message.topic, client.functions.text(ofError: code))
    }
    return !messages.isEmpty
  }

  /// Publishes what waits and is acknowledged within so many milliseconds.
  func finishPublishing(milliseconds: Int64) {
    let deadline = SystemClock.monotonicMilliseconds() + milliseconds
    publishWaiting()
    while phase == .ready, outbox?.isSettled == false, SystemClock.monotonicMilliseconds() < deadline {
      drive(milliseconds: 50, wake: nil)
    }
  }

  /// Reads until a read delivers nothing.
  ///
  /// - Returns: false where it stopped before that, for its other duties.
  @discardableResult
  private func drain() -> Bool {
    let began = received.count
    var fruitless = 0
    var isEmptied = false
    for _ in 0..<BrokerConnection.drainLimit {
      let before = received.count
      errno = 0
      let result = gate.whileServing { client.functions.loop_read(client.handle, 1) }
      let systemError = errno
      for _ in 0..<gate.tooLongCount { queue?.countOversizedPacket() }
      gate.tooLongCount = 0
      if result != 0 || client.socket < 0 {
        clues.isNoMQTT = gate.isHarmful
        clues.connectCode = clues.connectCode ?? gate.oldRefusal
        close(returnCode: result, systemError: systemError)
        isEmptied = true
        break
      }
      // Unguarded, libmosquitto does not say whether a read brought nothing or a packet that is no message.
      fruitless = received.count != before || gate.isInUse ? 0 : fruitless + 1
      isEmptied = systemError == EAGAIN || fruitless == 2
      if isEmptied { break }
    }
    if received.count != began {
      lastMessageAt = SystemClock.monotonicMilliseconds()
      queue?.announce()
    }
    return isEmptied && !gate.holdsMore
  }

  private func write() {
    errno = 0
    let result = client.functions.loop_write(client.handle, 1)
    if result != 0 || client.socket < 0 { close(returnCode: result, systemError: errno) }
  }

  private func lookAfter() {
    let now = SystemClock.monotonicMilliseconds()
    if phase != .ready && upkeep.isNegotiatingTooLong(now: now) {
      return finish(
        phase == .reaching
          ? unreachable : .noBroker(endpoint: broker.endpoint, reason: "connected, but no answer (timed out)"))
    }
    guard phase != .reaching, upkeep.isDue(now: now) else { return }
    errno = 0
    let result = client.functions.loop_misc(client.handle)
    if result != 0 || client.socket < 0 { return close(returnCode: result, systemError: errno) }
    guard phase == .ready else { return }
    if upkeep.isSilent(client.socket) {
      return close(returnCode: Int32(MOSQ_ERR_KEEPALIVE.rawValue), systemError: 0)
    }
    if !gate.isInUse, clues.version != MQTT_PROTOCOL_V5,
      upkeep.isReceivingGiant(client.socket, receivedCount: received.count)
    {
      queue?.countOversizedPacket()
      finish(.packetTooLong)
    }
  }

  // MARK: Ending

  /// Reads what has arrived already, says goodbye and closes.
  func disconnect() {
    guard isOpen else { return }
    // The broker's answer to the subscription may be among it, with messages behind it.
    let deadline = SystemClock.monotonicMilliseconds() + BrokerConnection.farewellTime
    while phase != .reaching, isOpen, !drain(), SystemClock.monotonicMilliseconds() < deadline {}
    if phase == .ready {
      _ = client.functions.disconnect(client.handle)
      var rounds = 0
      while client.socket >= 0 && client.wantsWrite && rounds < 10 {
        _ = BrokerConnection.wait(for: Int16(POLLOUT), on: client.socket, milliseconds: 20, wake: nil)
        _ = client.functions.loop_write(client.handle, 1)
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

  private func close(returnCode: Int32, systemError: Int32) {
    finish(
      clues.failure(
        returnCode: returnCode, systemError: systemError, wasReady: phase == .ready, functions: client.functions))
  }

  // MARK: Called back by libmosquitto, on this thread

  /// - Parameter keepAlive: the broker's, in seconds, in the place of ours.
  func didConnect(code: Int32, keepAlive: UInt16?) {
    clues.connectCode = Int(code)
    guard code == 0 else { return }
    if let keepAlive { upkeep.keepAlive = Int(keepAlive) }
    // From here on each log line would cost an allocation per message.
    client.functions.log_callback_set(client.handle, nil)
    guard !filters.isEmpty else {
      phase = .ready
      return
    }
    let result = client.subscribe(to: filters)
    if result != 0 { finish(.settings("cannot subscribe: \(client.functions.text(ofError: result))")) }
  }

  func didSubscribe(grants: UnsafeBufferPointer<Int32>) {
    guard phase == .negotiating else { return }
    guard grants.count == filters.count else {
      return close(returnCode: Int32(MOSQ_ERR_MALFORMED_PACKET.rawValue), systemError: 0)
    }
    refusedFilters = zip(filters, grants).filter { $0.1 >= 128 }.map { $0.0 }
    if refusedFilters.count == filters.count, outbox == nil {
      finish(.subscriptionRefused(filters))
    } else {
      phase = .ready
      lastMessageAt = SystemClock.monotonicMilliseconds()
    }
  }

  func didDisconnect(code: Int32) { clues.disconnectCode = Int(code) }

  func didReceive(_ message: mosquitto_message) {
    received.count &+= 1
    received.hasLive = received.hasLive || !message.retain
    guard let queue, let name = message.topic else { return }
    let topic = UnsafeRawBufferPointer(start: name, count: strlen(name))
    let payload = UnsafeRawBufferPointer(start: message.payload, count: max(0, Int(message.payloadlen)))
    received.byteCount &+= UInt64(topic.count + payload.count)
    queue.append(topic: topic, payload: payload, isRetained: message.retain)
  }

  /// - Parameter reason: of MQTT 5, 128 and more for a refusal; 0 with MQTT 3.1.1, which knows none.
  func didPublish(_ number: Int32, reason: Int32) { outbox?.acknowledged(number, reason: reason) }

  func didLog(_ line: UnsafePointer<CChar>) {
    clues.note(String(cString: line), session: client.functions.ssl_get(client.handle))
  }
}
