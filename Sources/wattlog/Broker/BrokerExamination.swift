import Clock
import Household
import Readings
import Reporting
import Subscriber
import Tasmota
import Text

/// What a short visit to the broker tells: subscribes, listens, publishes nothing.
struct BrokerExamination {
  let options: ConnectionOptions
  let filters: [String]
  let console: Console
  /// How long to listen, in milliseconds.
  let duration: Int64

  /// Of topics beyond it, nothing is said.
  private static let maximumTopicCount = 256

  func findings() -> [Finding] {
    let broker = options.broker
    var findings: [Finding] = []
    var retained: Set<String> = []
    var refused: [String] = []
    var heard = 0
    do throws(Failure) {
      var quiet = console
      quiet.isQuiet = true
      let session = try BrokerSession(options, filters: filters, quiet)
      let deadline = SystemClock.monotonicNanoseconds + duration * 1_000_000
      try session.listen(until: deadline) { topic, _, entry in
        heard += 1
        let name = String(decoding: topic, as: UTF8.self)
        if entry.isRetained, name.hasSuffix("/SENSOR") || name.hasSuffix("/ENERGY"),
          retained.count < BrokerExamination.maximumTopicCount
        {
          retained.insert(name)
        }
      } tick: {
      } refusedFilters: {
        refused += $0
      }
      findings.append(
        Finding(
          .broker, .note, "\(broker) answers; \(CountText.text(heard, "message")) in \(duration / 1000) s"))
    } catch {
      findings.append(Finding(.broker, .problem, error.cause, advice: error.advice))
    }
    if !refused.isEmpty {
      findings.append(
        Finding(
          .broker, .problem, "it refuses the subscription to \(SafeText.neutralised(refused.joined(separator: ", ")))",
          advice: "let this user read these topics"))
    }
    for topic in retained.sorted() {
      findings.append(
        Finding(
          .broker, .problem,
          "it keeps a retained \(SafeText.neutralised(topic)), an old message that looks like a new one",
          advice: "wattlog leaves it out; clear it, and switch SensorRetain off on the plug",
          commands: [
            "mosquitto_pub -h \(ShellWord.quoted(broker.host)) -p \(broker.port)"
              + (options.login.map { " -u \(ShellWord.quoted($0)) -P PASSWORD" } ?? "")
              + " -r -n -t \(ShellWord.quoted(SafeText.neutralised(topic)))"
          ]))
    }
    return findings + BrokerExamination.library(LibraryVersion.loaded) + exposure()
  }

  /// Says where libmosquitto is of a version that Wattlog was never tried with.
  static func library(_ loaded: LibraryVersion?) -> [Finding] {
    guard let loaded, !LibraryVersion.tried.contains(loaded) else { return [] }
    let tried = LibraryVersion.tried.map(\.description).joined(separator: " and ")
    return [
      Finding(
        .broker, .hint, "libmosquitto is of version \(loaded); Wattlog was tried with \(tried)",
        advice: "watch the recorder's log and 'wattlog status' for a day, and report what differs")
    ]
  }

  /// Who else may listen, and what can be read on the way.
  private func exposure() -> [Finding] {
    var findings: [Finding] = []
    let broker = options.broker
    if admitsAnonymous() {
      findings.append(
        Finding(
          .broker, .problem, "it lets everyone in without a password",
          advice: "whoever reaches it can read when you are at home and switch your plugs; in mosquitto.conf",
          commands: ["allow_anonymous false", "password_file /etc/mosquitto/passwd"]))
    }
    if !broker.isEncrypted, !BrokerExamination.isLoopback(broker.host) {
      findings.append(
        Finding(
          .broker, options.login == nil ? .hint : .problem,
          options.login == nil
            ? "everything travels in plain text" : "the password travels in plain text on every connection",
          advice: "let the broker speak TLS and connect with mqtts://"))
    }
    return findings
  }

  private static func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }

  /// Whether the broker lets a stranger in: one attempt without user and password, given up after three seconds.
  private func admitsAnonymous() -> Bool {
    var stranger = ConnectionOptions(broker: options.broker, clientID: options.clientID + "-anonymous")
    stranger.broker.user = nil
    stranger.ca = options.ca
    stranger.allowsInsecure = true
    guard let subscriber = try? Subscriber(options: stranger, filters: ["tele/+/LWT"]),
      (try? subscriber.start()) != nil
    else { return false }
    defer { subscriber.requestStop() }
    var batch = MessageBatch()
    let deadline = SystemClock.monotonicNanoseconds + 3_000_000_000
    var failures = 0
    while SystemClock.monotonicNanoseconds < deadline, !StopSignal.isReceived {
      subscriber.wait(milliseconds: 500)
      subscriber.receive(into: &batch)
      for change in batch.changes {
        switch change.kind {
        case .connected, .filtersRefused, .failed(.subscriptionRefused, _): return true
        case .failed(.loginRefused, _): return false
        case .failed: failures += 1
        case .lost: return true
        }
      }
      // The second attempt speaks the older version.
      if failures > 1 { return false }
    }
    return false
  }
}
