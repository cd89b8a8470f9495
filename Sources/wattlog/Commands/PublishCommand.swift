import Clock
import Configuration
import Glibc
import Household
import Publishing
import Readings
import Subscriber
import Text

extension Command {
  private static let dryRun = Option("dry-run", "print the messages that a recorder would publish for this store")
  private static let remove = Option("remove", "take back from the broker everything that was ever published")

  static let publish = Command(
    name: "publish", summary: "what Home Assistant is told: print it, or take it back",
    description: """
      The messages of 'record --publish home-assistant'. --dry-run prints what would be sent for the store, a message a \
      line: 1 (the broker keeps it), topic, payload; nothing is sent. --remove asks the broker for what it keeps of \
      these messages, of earlier names and settings too, and takes it back; Home Assistant then removes the sensors. \
      A recorder that still publishes offers them again when it next connects: stop it first, or take publish.to out.
      """,
    options: Option.brokerOptions + [dryRun, remove],
    examples: [
      ("wattlog publish --dry-run", "see what Home Assistant would be told"),
      ("wattlog publish --remove", "remove all of Wattlog's sensors from Home Assistant"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    switch (arguments.isSet(dryRun), arguments.isSet(remove)) {
    case (true, false): return try print(arguments, settings, console)
    case (false, true): return try takeBack(arguments, settings, console)
    default: throw .usage("'publish' takes one of --dry-run and --remove", "'wattlog record --publish' publishes")
    }
  }

  private static func print(
    _ arguments: Arguments, _ settings: Settings, _ console: Console
  ) throws(Failure) -> ExitCode {
    let store = try HouseholdStore(settings)
    guard let now = store.lastReading else {
      throw Failure(.noData, "the store at '\(SafeText.printable(settings.store))' holds no reading yet")
    }
    var publication = try Publication(arguments, settings, console)
    publication.read(store, now: max(now, SystemClock.now))
    publication.hearLastWills(in: store)
    let output = try OutputFile(nil)
    let status = HomeAssistantFeed.presence.present
    try output.write("1 \(status.topic) \(String(decoding: status.payload, as: UTF8.self))\n")
    for message in publication.messages(at: 0, takingBack: false) {
      try output.write(
        "1 \(SafeText.printable(message.topic)) \(String(decoding: message.payload, as: UTF8.self))\n")
    }
    try output.finish()
    return .done
  }

  // MARK: Taking back

  /// What is kept comes at once after the subscription; a pause of so long ends it, in milliseconds.
  private static let pause: Int64 = 1000
  private static let patience: Int64 = 30_000

  private static func takeBack(
    _ arguments: Arguments, _ settings: Settings, _ console: Console
  ) throws(Failure) -> ExitCode {
    StopSignal.watch()
    let options = try BrokerSettings.options(arguments, settings, role: "publish")
    let prefix = settings.configuration.publish.discoveryPrefix
    let topics = try kept(options, prefix, console)
    guard !topics.isEmpty else {
      console.note("the broker keeps nothing of Wattlog's")
      return .done
    }
    if RecorderStatus(store: settings.store).isRunning {
      console.note("a recorder is running; if it publishes, it offers its sensors again when it next connects")
    }
    try send(topics.map { OutgoingMessage(topic: $0, payload: []) }, options)
    let output = try OutputFile(nil)
    for topic in topics { try output.write("took back \(SafeText.printable(topic))\n") }
    try output.finish()
    return .done
  }

  /// Publishes, and waits until the broker has said what it makes of it.
  private static func send(_ messages: [OutgoingMessage], _ options: ConnectionOptions) throws(Failure) {
    let announcer: Announcer
    do throws(ConnectionFailure) {
      announcer = try Announcer(options: options, presence: nil)
      try announcer.start()
    } catch {
      throw Failure(error)
    }
    defer { announcer.stop() }
    let deadline = SystemClock.monotonicMilliseconds() + patience
    var isSent = false
    while !isSent || !announcer.isSettled {
      guard SystemClock.monotonicMilliseconds() < deadline, !StopSignal.isReceived else {
        if let code = StopSignal.exitCode { throw Failure(code, "not everything was taken back") }
        throw Failure(.brokerUnreachable, "the broker at \(options.broker.endpoint) does not answer")
      }
      if !isSent, announcer.isReady {
        announcer.publish(messages)
        isSent = true
      }
      StopSignal.sleep(nanoseconds: 10_000_000)
    }
    if let refusal = announcer.takeRefusal() {
      throw Failure(.brokerRefused, HomeAssistantFeed.sentence(of: refusal))
    }
  }

  /// The topics on which the broker keeps something of Wattlog's, in order.
  private static func kept(
    _ options: ConnectionOptions, _ prefix: String, _ console: Console
  ) throws(Failure) -> [String] {
    let session = try BrokerSession(options, filters: ["\(prefix)/sensor/+/+/config", "wattlog/#"], console)
    var topics: Set<String> = []
    var connectedAt: Int64?
    var lastAt: Int64 = 0
    func now() -> Int64 { SystemClock.monotonicMilliseconds() }
    let deadline = SystemClock.monotonicNanoseconds + patience * 1_000_000
    try session.listen(until: deadline) { topic, payload, entry in
      guard entry.isRetained else { return }
      lastAt = now()
      let name = String(decoding: topic, as: UTF8.self)
      if !payload.isEmpty, RetainedMessage.isOurs(name, discoveryPrefix: prefix) { topics.insert(name) }
    } tick: {
    } connected: {
      connectedAt = now()
      lastAt = now()
    } isDone: {
      connectedAt != nil && now() - lastAt >= pause
    }
    guard connectedAt != nil else {
      if let code = StopSignal.exitCode { throw Failure(code, "nothing was taken back") }
      throw Failure(.brokerUnreachable, "the broker at \(options.broker.endpoint) does not answer")
    }
    return topics.sorted()
  }
}
