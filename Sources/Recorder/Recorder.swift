import Clock
import Glibc
import Readings
import Storage
import Subscriber
import Tasmota

/// Broker → decoder → store, until it is told to stop. Owned by one thread.
///
/// What arrives is decoded in batches and written to the journal at most a second later; a kill loses no more than
/// that. A disk that is full keeps the recorder running: rows wait in memory, bounded, and go to the disk when it takes
/// them again.
public final class Recorder {
  private let options: RecorderOptions
  private let say: (RecorderNotice) -> Void
  private let listener: (any RecordingListener)?
  private var intake: Intake
  /// Topics that were not taken in, as far as they were named.
  private var refusedTopics: Set<String> = []
  private var store: StoreWriter?
  private var capture: CaptureFile?
  private var clock = ClockSteps()
  private var summary = RecorderSummary()
  private var wasConnected = false
  private var isDiskFull = false
  private var news = ConnectionNews()
  private let service = ServiceNotice()
  /// What the queue had dropped when it was last looked at.
  private var drops = DropCounts()
  /// Messages were taken in since the last commit, the last sync.
  private var isCommitDue = false
  private var isSyncDue = false

  /// - Parameter listener: told of everything that is stored; nil where nobody passes it on.
  public init(
    _ options: RecorderOptions, listener: (any RecordingListener)? = nil, say: @escaping (RecorderNotice) -> Void
  ) {
    self.options = options
    self.listener = listener
    self.say = say
    intake = Intake(Decoder(maximumDevices: options.maximumDevices, reserved: options.reservedPlugs))
  }

  /// Records until `goesOn` says no; it is asked at least every second, and at once when a signal comes.
  public func run(while goesOn: () -> Bool) throws(RecorderFailure) -> RecorderSummary {
    // A core file would hold the broker's password. (A service has LimitCORE, and may not call this.)
    var noCore = rlimit(rlim_cur: 0, rlim_max: 0)
    if !service.isService { setrlimit(__rlimit_resource_t(UInt32(RLIMIT_CORE.rawValue)), &noCore) }
    if !options.isDryRun { try open() }
    intake.listener = listener
    if let path = options.capturePath { capture = try CaptureFile(path) }
    let subscriber: Subscriber
    do throws(ConnectionFailure) {
      subscriber = try Subscriber(
        options: options.connection, filters: options.filters.isEmpty ? DefaultTopics.filters : options.filters)
      try subscriber.start()
    } catch {
      try? close()
      throw .connection(error)
    }
    let socket = options.isDryRun ? nil : StatusSocket(store: options.store)
    service.send("READY=1\nSTATUS=recording from \(options.connection.broker)")
    do throws(RecorderFailure) {
      try append(Event(at: SystemClock.now, device: nil, kind: .recorder, detail: "started"))
      try loop(subscriber, socket, goesOn)
    } catch {
      subscriber.requestStop()
      // What can still be stored is stored; the first failure is the one to tell.
      try? close()
      throw error
    }
    service.send("STOPPING=1")
    try subscriber.stop { batch throws(RecorderFailure) in try take(batch) }
    takeDrops(subscriber.status.drops)
    try append(Event(at: SystemClock.now, device: nil, kind: .recorder, detail: "stopped"))
    try close()
    summary.taken = intake.counts
    return summary
  }

  // MARK: The store

  private func open() throws(RecorderFailure) {
    do throws(StorageError) {
      // The plugs that the store knows keep their MACs until discovery speaks.
      if let known = try? StoreReader(directory: options.store).devices.map(\.device) {
        intake = Intake(
          Decoder(
            maximumDevices: options.maximumDevices, knownDevices: known, reserved: options.reservedPlugs))
      }
      let store = try StoreWriter(directory: options.store, options: options.storeOptions, mode: .live)
      let recovery = store.recovery
      if recovery.recoveredReadingCount > 0 {
        say(.detail("\(recovery.recoveredReadingCount) readings of the run before were taken from the journal"))
      }
      for damage in recovery.damage where !damage.isNormal {
        say(.note("\(damage.file) is damaged at byte \(damage.offset): \(damage.cause); see 'wattlog verify'"))
      }
      self.store = store
    } catch {
      throw .storage(error)
    }
  }

  private func close() throws(RecorderFailure) {
    guard let store else { return }
    self.store = nil
    do throws(StorageError) {
      try store.seal()
    } catch {
      guard Recorder.passes(error) else { throw .storage(error) }
    }
    do throws(StorageError) {
      try store.close()
    } catch {
      guard Recorder.passes(error) else { throw .storage(error) }
    }
    summary.lost += store.unwrittenReadingCount
  }

  // MARK: The loop

  /// Milliseconds.
  private static let releaseInterval: Int64 = 3_600_000

  private func loop(
    _ subscriber: Subscriber, _ socket: StatusSocket?, _ goesOn: () -> Bool
  ) throws(RecorderFailure) {
    var batch = MessageBatch()
    var committed = SystemClock.monotonicMilliseconds()
    var synced = committed
    var watched = committed
    var counted = committed
    var paused = committed
    // After the start; and again each hour, because a seal or a lost connection brings other pages in.
    var released = committed - Recorder.releaseInterval + 3000
    while goesOn() {
      let isAsked = wait(subscriber, socket)
      subscriber.receive(into: &batch)
      try take(batch)
      let now = SystemClock.monotonicMilliseconds()
      var isPauseDue = now - paused >= 1000
      if isCommitDue, now - committed >= 1000 {
        committed = now
        isPauseDue = true
        try write { store throws(StorageError) in try store.commit() }
        isCommitDue = false
      }
      if let listener, isPauseDue {
        paused = now
        listener.rest(isReadable: !isCommitDue && !isDiskFull && store?.unwrittenReadingCount == 0)
      }
      if isSyncDue, now - synced >= options.commitIntervalMilliseconds {
        synced = now
        try write { store throws(StorageError) in
          try store.sync()
          say(.detail("synced: \(intake.counts.readings) readings, \(intake.counts.events) events"))
        }
        isSyncDue = isDiskFull
      }
      if now - watched >= 20_000 {
        watched = now
        service.send("WATCHDOG=1")
      }
      if now - counted >= 1000 {
        counted = now
        takeDrops(subscriber.status.drops)
        if news.hasSettled(at: now) { say(.note("connected to \(options.connection.broker)")) }
      }
      if now - released >= Recorder.releaseInterval {
        released = now
        ResidentMemory.release()
      }
      // A try to accept nobody costs the kernel a socket.
      if isAsked, let socket, let store {
        socket.answer(state(subscriber.status, unwritten: store.unwrittenReadingCount))
      }
    }
  }

  /// Waits for messages, for somebody who asks for the state, for a signal, or a second. Does somebody ask?
  private func wait(_ subscriber: Subscriber, _ socket: StatusSocket?) -> Bool {
    // poll(2) passes over a negative descriptor.
    var sources = [
      pollfd(fd: subscriber.fileDescriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: socket?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
    ]
    return poll(&sources, nfds_t(sources.count), 1000) > 0 && sources[1].revents != 0
  }

  /// Does something with the disk; a full one is noted and forgiven.
  private func write(_ body: (StoreWriter) throws(StorageError) -> Void) throws(RecorderFailure) {
    guard let store else { return }
    do throws(StorageError) {
      try body(store)
      if isDiskFull { say(.note("the disk takes data again; nothing that was held in memory is lost")) }
      isDiskFull = false
    } catch {
      try forgive(error)
    }
  }

  private func forgive(_ error: StorageError) throws(RecorderFailure) {
    let problem: String
    switch error.code {
    case .noSpace, .memoryFull:
      problem = "the disk is full (\(error.path)); readings are held in memory, free some space"
    // A card that wears out is often set to read-only by the kernel; what is on it can still be read.
    case .readOnly: problem = "the disk has become read-only (\(error.path)); readings are held in memory"
    case .exhausted: problem = "\(error); readings are held in memory"
    default: throw .storage(error)
    }
    if !isDiskFull { say(.note(problem)) }
    isDiskFull = true
  }

  /// Whether it may take data again some time.
  private static func passes(_ error: StorageError) -> Bool {
    [.noSpace, .memoryFull, .readOnly, .exhausted].contains(error.code)
  }

  private func state(_ status: ConnectionStatus, unwritten: Int) -> RecorderState {
    RecorderState(
      pid: getpid(), broker: options.connection.broker.description, isConnected: status.state == .connected,
      since: Timestamp(milliseconds: status.since), queue: status.queuedCount,
      dropped: summary.dropped + Int64(clamping: status.drops.queueFull &- drops.queueFull), isDiskFull: isDiskFull,
      failure: status.lastFailure?.sentence, tallies: store?.tallies ?? Tallies())
  }

  // MARK: Messages

  private func take(_ batch: borrowing MessageBatch) throws(RecorderFailure) {
    for change in batch.changes { try take(change) }
    try batch.forEachMessage { topic, payload, entry throws(RecorderFailure) in
      try take(topic, payload, entry)
    }
    guard let capture else { return }
    capture.flush()
    if let failure = capture.takeFailure() {
      say(.note("cannot write the capture \(capture.path): \(failure); recording goes on without it"))
    }
  }

  /// Counts what never came out of the queue: what was too long is refused, as a replay would refuse it.
  private func takeDrops(_ now: DropCounts) {
    for (reason, count) in [
      (RefusalReason.payloadTooLong, (now.payloadTooLong &- drops.payloadTooLong)),
      (.topicTooLong, now.topicTooLong &- drops.topicTooLong),
      (.payloadTooLong, now.packetTooLong &- drops.packetTooLong),
    ] where count > 0 {
      intake.refuse(reason.rawValue, cause: reason.rawValue, times: Int64(clamping: count), store)
    }
    let lost = now.queueFull &- drops.queueFull
    if lost > 0 {
      summary.dropped += Int64(clamping: lost)
      say(.note("\(lost) messages came faster than they could be stored and were dropped"))
    }
    drops = now
  }

  private func take(_ change: ConnectionChange) throws(RecorderFailure) {
    let at = Timestamp(milliseconds: change.at)
    switch change.kind {
    case .connected:
      wasConnected = true
      tell("connected to \(options.connection.broker)", isNews: news.connected(at: SystemClock.monotonicMilliseconds()))
      service.send("STATUS=recording from \(options.connection.broker)")
      try append(Event(at: at, device: nil, kind: .broker, detail: "connected"))
    case .lost(let failure):
      tell(
        "\(failure.sentence); connecting again", isNews: news.failed(failure, at: SystemClock.monotonicMilliseconds()))
      service.send("STATUS=\(failure.sentence)")
      let detail = String(
        decoding: "lost: \(failure.sentence)".utf8.prefix(Event.maximumDetailBytes - 3), as: UTF8.self)
      try append(Event(at: at, device: nil, kind: .broker, detail: detail))
    case .failed(.versionRefused(5), _): say(.detail("the broker does not speak MQTT 5; going on with 3.1.1"))
    case .failed(let failure, _):
      // At the first connection a person is watching, and no waiting mends these.
      // A service has nobody watching and would only be started again, sooner than the next attempt is due.
      if !wasConnected, !service.isService || failure.isPermanent,
        failure.isRefusal || Recorder.isHopeless(failure)
      {
        throw .connection(failure)
      }
      tell("\(failure.sentence); trying again", isNews: news.failed(failure, at: SystemClock.monotonicMilliseconds()))
      service.send("STATUS=\(failure.sentence)")
    case .filtersRefused(let filters):
      say(.note("the broker refused the subscription to \(ConnectionFailure.list(filters))"))
    }
  }

  private func tell(_ text: String, isNews: Bool) { say(isNews ? .note(text) : .detail(text)) }

  private static func isHopeless(_ failure: ConnectionFailure) -> Bool {
    switch failure {
    case .certificateUntrusted, .certificateForOtherName: true
    default: failure.isPermanent
    }
  }

  private func take(
    _ topic: UnsafeRawBufferPointer, _ payload: UnsafeRawBufferPointer, _ entry: MessageBatch.Entry
  ) throws(RecorderFailure) {
    let receivedAt = Timestamp(milliseconds: entry.receivedAt)
    if let step = clock.step(realtime: entry.receivedAt, monotonic: entry.monotonic) {
      say(.note("this machine's clock stepped by \(step) ms"))
      try append(Event(at: receivedAt, device: nil, kind: .clockStep, detail: String(step)))
    }
    capture?.append(topic: topic, payload: payload, retained: entry.isRetained, receivedAt: receivedAt)
    // What is passed on never comes back as a message of a plug.
    if listener != nil, OwnTopics.holds(topic) { return intake.ignore(store) }
    let isDryRun = options.isDryRun
    // Events are few; what a full memory does not take is nearly always a reading.
    try append(isReading: true) { intake, store throws(StorageError) in
      guard isDryRun || (listener != nil && OwnTopics.isLastWill(topic)) else {
        return try intake.take(
          topic: topic, payload: payload, retained: entry.isRetained, receivedAt: receivedAt, to: store)
      }
      var outcome: Outcome?
      let taken = try intake.take(
        topic: topic, payload: payload, retained: entry.isRetained, receivedAt: receivedAt, to: store,
        told: { outcome = $0 })
      if case .event(let event)? = outcome, event.kind == .availability, let device = event.device {
        listener?.takeLastWill(
          of: device, topic: String(decoding: topic, as: UTF8.self), text: String(decoding: payload, as: UTF8.self),
          isOnline: event.detail == "online")
      }
      if let outcome, isDryRun { say(.decoded(Recorder.line(topic, outcome, intake.decoder))) }
      return taken
    } refused: { reason in
      if reason == RefusalReason.tooManyDevices.rawValue { noteRefusal(topic) }
    }
  }

  /// The first plugs that are not taken in are named, each once.
  private func noteRefusal(_ topic: UnsafeRawBufferPointer) {
    guard refusedTopics.count < Recorder.namedRefusalCount else { return }
    let name = String(decoding: topic, as: UTF8.self)
    guard refusedTopics.insert(name).inserted else { return }
    say(
      .note(
        "no place for another plug: what \(name) says is not stored; \(options.maximumDevices) have one, "
          + "more with record.maximumDevices"))
  }

  private static let namedRefusalCount = 16

  private func append(_ event: Event) throws(RecorderFailure) {
    try append { intake, store throws(StorageError) in
      try intake.take(event, to: store)
    } refused: { _ in
    }
  }

  private func append(
    isReading: Bool = false, _ body: (inout Intake, StoreWriter?) throws(StorageError) -> Taken,
    refused: (String) -> Void
  ) throws(RecorderFailure) {
    guard store != nil || options.isDryRun else { return }
    do throws(StorageError) {
      switch try body(&intake, store) {
      case .stored, .duplicate:
        isCommitDue = true
        isSyncDue = true
      case .refused(let reason, _): refused(reason)
      case .retained, .ignored: break
      }
    } catch {
      // It was not stored and never will be.
      summary.dropped += 1
      if isReading { summary.lost += 1 }
      try forgive(error)
    }
  }

  private static func line(_ topic: UnsafeRawBufferPointer, _ outcome: Outcome, _ decoder: Decoder) -> String {
    let name = String(decoding: topic, as: UTF8.self)
    return switch outcome {
    case .reading(let index): "\(name): a reading of \(decoder.devices[index].topic)"
    case .event(let event): "\(name): an event, \(event.kind): \(event.detail)"
    case .retained: "\(name): retained, never a measurement"
    case .ignored(let reason): "\(name): ignored, \(reason.rawValue)"
    case .refused(let reason): "\(name): refused, \(reason.rawValue)"
    }
  }
}
