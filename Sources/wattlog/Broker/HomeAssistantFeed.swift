import Clock
import Configuration
import Household
import Publishing
import Readings
import Recorder
import Storage
import Subscriber
import Text

/// Tells Home Assistant what a recorder counts: readings in, messages out, over a connection of its own.
///
/// A broker that does not take them, or hangs up for it, ends no connection that records. All of it belongs to the
/// recorder's thread; a thread of the connection's own does the network.
final class HomeAssistantFeed: RecordingListener {
  private let settings: Settings
  private let console: Console
  private let announcer: Announcer
  private var publication: Publication
  private var news = ConnectionNews()
  private var isRefusalTold = false
  private var isStoreFailureTold = false
  /// Of the steady clock, in milliseconds: when what was refused is tried again.
  private var retryAt: Int64?
  private var readingPause = ReadingPause()
  /// Told and not yet counted.
  private var untold = HeldReadings()
  /// Between two looks at what is due, once something was published.
  private let lookInterval: Int64
  private var hasPublished = false
  private var lookedAt: Int64 = 0
  private var examinedAt: Int64 = 0
  private var corrections: CorrectionWatch
  /// Days since 1970, UTC, when everything was last read.
  private var day: Int64 = 0

  /// What came in ten seconds is counted together: one by one, each second, nearly all of the time goes into bringing code
  /// and figures back into the processor's caches. A person who corrected something sees it so soon, too.
  private static let longestLookInterval: Int64 = 10_000
  /// But never more at a time.
  private static let untoldLimit = 1024

  /// A user whose rights were corrected is noticed so soon.
  private static let retryInterval: Int64 = 600_000
  /// A store that could not be read is read again.
  private static let storeInterval: Int64 = 60_000

  /// - Parameter connection: the recorder's; its client id with `-publish` behind it is this one's.
  init(
    _ publication: Publication, _ connection: ConnectionOptions, _ settings: Settings, _ console: Console
  ) throws(Failure) {
    self.publication = publication
    // An interval of states is kept to a sixth of it.
    lookInterval = min(HomeAssistantFeed.longestLookInterval, max(1000, publication.interval / 6))
    self.settings = settings
    self.console = console
    corrections = CorrectionWatch(store: settings.store)
    do throws(ConnectionFailure) {
      announcer = try Announcer(options: HomeAssistantFeed.options(connection), presence: HomeAssistantFeed.presence)
      try announcer.start()
    } catch {
      throw Failure(error)
    }
  }

  /// What says that a recorder is there, and its last will.
  static let presence = Announcer.Presence(
    topic: RetainedMessage.statusTopic, present: RetainedMessage.present, absent: RetainedMessage.absent)

  /// Beside the recorder's connection, not in its place, and woken half as often: it hears nothing, and states go out
  /// once a minute.
  static func options(_ connection: ConnectionOptions) -> ConnectionOptions {
    var options = connection
    options.clientID += "-publish"
    options.keepAlive = 2 * connection.keepAlive
    return options
  }

  func take(_ reading: Reading, of device: Device) {
    untold.append(reading, of: device)
    if untold.count >= HomeAssistantFeed.untoldLimit { count() }
  }

  /// Readings that were held before it are none the worse: an event marks plugs that the store is to tell of anew.
  func take(_ event: Event) { publication.add(event) }

  func takeLastWill(of device: Device, topic: String, text: String, isOnline: Bool) {
    publication.hearLastWill(of: device, topic: topic, text: text, isOnline: isOnline)
  }

  private func count() { untold.takeAll { publication.add($0, of: $1) } }

  /// Says that the recorder goes.
  func close() { announcer.stop() }

  func rest(isReadable: Bool) {
    let now = SystemClock.monotonicMilliseconds()
    let interval = hasPublished ? lookInterval : 1000
    if now - lookedAt >= interval {
      lookedAt = now
      count()
      for change in announcer.takeChanges() { take(change, at: now) }
      takeRefusal(at: now)
      send(at: now)
    }
    guard isReadable, now - examinedAt >= interval else { return }
    examinedAt = now
    count()
    if corrections.findsOthers() { publication.markStale() }
    let wall = SystemClock.now
    let today = wall.milliseconds.flooringQuotient(86_400_000)
    // The recorder has sealed the day.
    if day != today {
      day = today
      publication.markStale()
    }
    if publication.needsReading(at: wall), readingPause.isOver(at: now) { read(at: now, wall) }
  }

  private func send(at now: Int64) {
    guard announcer.isReady else { return }
    let messages = publication.messages(at: now)
    guard !messages.isEmpty else { return }
    hasPublished = true
    announcer.publish(messages.map { OutgoingMessage(topic: $0.topic, payload: $0.payload) })
  }

  private func read(at now: Int64, _ wall: Timestamp) {
    defer {
      let end = SystemClock.monotonicMilliseconds()
      readingPause.begin(afterReadingFrom: now, to: end)
      console.detail("publishing: the store was read in \(end - now) ms")
    }
    do throws(StorageError) {
      publication.read(
        try HouseholdStore(directory: settings.store, rules: settings.configuration.devices), now: wall)
      isStoreFailureTold = false
    } catch {
      readingPause.last(until: now + HomeAssistantFeed.storeInterval)
      if !isStoreFailureTold { console.note("cannot read the store for publishing: \(error); recording goes on") }
      isStoreFailureTold = true
    }
  }

  // MARK: The connection

  private func take(_ change: ConnectionChange, at now: Int64) {
    switch change.kind {
    case .connected:
      _ = news.connected(at: now)
      publication.forgetSent()
    case .lost(let failure), .failed(let failure, _):
      // Of a broker that is away the recorder itself speaks.
      let isNews = news.failed(failure, at: now)
      guard failure.isRefusal || failure.isPermanent, isNews else {
        return console.detail("publishing: \(failure.sentence)")
      }
      console.note("publishing: \(failure.sentence); recording goes on")
    case .filtersRefused: break
    }
  }

  private func takeRefusal(at now: Int64) {
    if let retryAt, now >= retryAt {
      self.retryAt = nil
      publication.forgetSent()
    }
    guard let refusal = announcer.takeRefusal() else { return }
    retryAt = retryAt ?? now + HomeAssistantFeed.retryInterval
    guard !isRefusalTold else { return }
    isRefusalTold = true
    console.note(HomeAssistantFeed.sentence(of: refusal) + "; recording goes on")
  }

  static func sentence(of refusal: PublicationRefusal) -> String {
    switch refusal {
    case .refused(let topic, let reason):
      "the broker does not let this user publish on \(SafeText.printable(topic)) (\(SafeText.printable(reason))); "
        + "Reports/home-assistant.md has the lines that allow it"
    case .unconfirmed(let topic):
      "what was published on \(SafeText.printable(topic)) did not come back: this broker speaks MQTT 3.1.1, which does "
        + "not say whether the user may publish; Reports/home-assistant.md has the lines that allow it"
    }
  }
}
