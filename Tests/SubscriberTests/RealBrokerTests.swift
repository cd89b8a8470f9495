import Foundation
import Subscriber
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: PrivateBroker.isInstalled, Comment(rawValue: PrivateBroker.notInstalled)))
struct RealBrokerTests {
  private let files: TemporaryDirectory

  init() throws { files = try TemporaryDirectory() }

  @Test func aHundredThousandMessagesPublishedAtOnceAllArrive() throws {
    let messageCount = 100_000 / FloodLength.divisor
    let broker = try PrivateBroker()
    let collector = try Collector(ConnectionOptions(port: broker.port))
    #expect(collector.collect { $0.isConnected })
    let lines = files.path + "/lines"
    let text = (0..<messageCount).map { #"{"Time":"2026-01-01T00:00:00","ENERGY":{"Total":\#($0),"Power":100}}"# }
    try Data((text.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: lines))
    let port = broker.port
    let thread = Thread { try? PrivateBroker.publishLines(of: lines, port: port, topic: "tele/plug/SENSOR") }
    thread.start()
    #expect(collector.collect(seconds: 60) { $0.count >= messageCount })
    #expect(collector.count == messageCount)
    #expect(collector.subscriber.status.drops.total == 0)
    #expect(collector.payloads == Array(text.prefix(1000)))
    #expect(!broker.log.contains("dropped"))
  }

  @Test func theRetainFlagIsSetForKeptMessagesOnly() throws {
    let broker = try PrivateBroker()
    try broker.publish(["-t", "tele/a/SENSOR", "-m", "kept", "-r"])
    let collector = try Collector(ConnectionOptions(port: broker.port))
    #expect(collector.collect { $0.isConnected && $0.count == 1 })
    try broker.publish(["-t", "tele/a/SENSOR", "-m", "live and kept", "-r"])
    try broker.publish(["-t", "tele/a/SENSOR", "-m", "live"])
    #expect(collector.collect { $0.count == 3 })
    #expect(collector.payloads == ["kept", "live and kept", "live"])
    #expect(collector.retained == [true, false, false])
  }

  @Test func aWrongPasswordIsSaidAndNotTriedAgainSoon() throws {
    let broker = try PrivateBroker(users: ["recorder": "right"])
    let options = ConnectionOptions(port: broker.port, user: "recorder")
    let wrong = try Collector(try options.withPassword("wrong-hunter2", in: files))
    #expect(wrong.collect { $0.firstFailure != nil })
    guard case .failed(.loginRefused(let code, let user), let wait) = wrong.changes.first else {
      Issue.record("\(wrong.changes)")
      return
    }
    #expect([5, 135].contains(code) && user == "recorder" && wait >= 30_000)
    #expect(wrong.firstFailure?.sentence.contains("hunter2") == false)
    #expect(wrong.firstFailure?.sentence.contains("recorder") == true)
    let right = try Collector(try options.withPassword("right", in: files))
    #expect(right.collect { $0.isConnected })
    let anonymous = try Collector(ConnectionOptions(port: broker.port))
    #expect(anonymous.collect { $0.firstFailure?.isRefusal == true })
  }

  @Test func aBrokerThatIsAwayIsSaidToBeUnreachable() throws {
    let port = try PrivateBroker.freePort()
    let collector = try Collector(ConnectionOptions(port: port))
    #expect(collector.collect { $0.firstFailure != nil })
    #expect(
      collector.firstFailure
        == .unreachable(endpoint: "127.0.0.1:\(port)", reason: "Connection refused"))
    let nowhere = try Collector(ConnectionOptions(port: port, host: "no-such-host.invalid"))
    #expect(nowhere.collect { $0.firstFailure != nil })
    guard case .unknownHost("no-such-host.invalid", _) = nowhere.firstFailure else {
      Issue.record("\(nowhere.changes)")
      return
    }
  }

  @Test func aNameWithTwoFamiliesIsTriedInBoth() throws {
    // `localhost` is ::1 first on most systems, while the broker listens on 127.0.0.1 only.
    let broker = try PrivateBroker()
    let collector = try Collector(ConnectionOptions(port: broker.port, host: "localhost"))
    #expect(collector.collect { $0.isConnected })
    #expect(collector.firstFailure == nil)
  }

  @Test func afterARestartOfTheBrokerTheSubscriptionsAreBack() throws {
    let broker = try PrivateBroker()
    let collector = try Collector(ConnectionOptions(port: broker.port))
    #expect(collector.collect { $0.isConnected })
    broker.stop()
    #expect(collector.collect { $0.firstFailure != nil })
    try broker.start()
    #expect(collector.collect { $0.connectionCount == 2 })
    try broker.publish(["-t", "tele/a/SENSOR", "-m", "after"])
    #expect(collector.collect { $0.count == 1 })
    #expect(collector.subscriber.status.connectionCount == 2)
  }

  @Test func aPayloadOf256MegabytesIsKeptAway() throws {
    let broker = try PrivateBroker()
    let collector = try Collector(ConnectionOptions(port: broker.port))
    #expect(collector.collect { $0.isConnected })
    let giant = files.path + "/giant"
    #expect(FileManager.default.createFile(atPath: giant, contents: nil))
    truncate(giant, 268_000_000)
    try broker.publish(["-t", "tele/a/SENSOR", "-f", giant])
    try broker.publish(["-t", "tele/a/SENSOR", "-m", String(repeating: "x", count: 10_000)])
    try broker.publish(["-t", "tele/a/SENSOR", "-m", "small"])
    #expect(collector.collect { $0.payloads.last == "small" })
    #expect(collector.count == 1)
    #expect(collector.subscriber.status.drops.payloadTooLong == 1)
    #expect(collector.subscriber.status.receivedCount == 2)
  }

  @Test func aSecondClientOfTheSameNameIsReported() throws {
    let broker = try PrivateBroker()
    let options = ConnectionOptions(port: broker.port)
    let first = try Collector(options)
    #expect(first.collect { $0.isConnected })
    let second = try Collector(options)
    #expect(second.collect { $0.isConnected })
    // Mosquitto 2.0.11 gives no reason, so it is known by its repetition only; 2.0.21 says it.
    let told: [ConnectionChange.Kind] = [
      .lost(.closedRepeatedly(clientID: options.clientID)), .lost(.sessionTakenOver(clientID: options.clientID)),
    ]
    #expect(
      first.collect(seconds: 60) { collector in told.contains { collector.changes.contains($0) } }, "\(first.changes)")
  }

  @Test func whatArrivedBeforeTheStopIsHandedOver() throws {
    let broker = try PrivateBroker()
    let collector = try Collector(ConnectionOptions(port: broker.port))
    #expect(collector.collect { $0.isConnected })
    let publisher = try Publisher(options: ConnectionOptions(port: broker.port))
    let payload = Array("12345678".utf8)
    for _ in 0..<5000 {
      try publisher.publish(topic: "tele/a/SENSOR", payload: payload, isRetained: false)
    }
    publisher.close()
    #expect(collector.collect { $0.subscriber.status.receivedCount == 5000 })
    collector.stop()
    #expect(collector.count == 5000)
    #expect(collector.subscriber.hasStopped)
  }

  @Test func stoppingDoesNotWaitForABrokerThatIsAway() throws {
    let collector = try Collector(ConnectionOptions(port: try PrivateBroker.freePort()))
    #expect(collector.collect { $0.firstFailure != nil })
    let began = Date()
    collector.stop()
    #expect(collector.subscriber.hasStopped)
    #expect(Date().timeIntervalSince(began) < 1)
  }
}

@Suite(
  .serialized,
  .enabled(
    if: PrivateBroker.isInstalled && TestCertificates.isInstalled, "mosquitto or openssl is not installed"))
struct EncryptedBrokerTests {
  private func failure(
    _ options: ConnectionOptions, ca: String?, certificate: (certificate: String, key: String)? = nil
  ) throws -> ConnectionFailure? {
    var options = options
    options.ca = ca
    options.certificate = certificate?.certificate
    options.key = certificate?.key
    let collector = try Collector(options)
    #expect(collector.collect { $0.isConnected || $0.firstFailure != nil })
    return collector.firstFailure
  }

  @Test func aTrustedCertificateConnectsAndAStrangeOneDoesNot() throws {
    let certificates = try TestCertificates()
    let stranger = try TestCertificates(name: "stranger")
    let broker = try PrivateBroker(tls: try certificates.issue("broker"))
    let options = ConnectionOptions(port: broker.port, isEncrypted: true)
    #expect(try failure(options, ca: certificates.authority) == nil)
    for ca in [stranger.authority, nil] {
      guard case .certificateUntrusted(let endpoint, _)? = try failure(options, ca: ca) else {
        Issue.record("\(String(describing: try failure(options, ca: ca)))")
        continue
      }
      #expect(endpoint == "127.0.0.1:\(broker.port)")
    }
  }

  @Test func messagesComeThroughTLS() throws {
    let certificates = try TestCertificates()
    let broker = try PrivateBroker(tls: try certificates.issue("broker"))
    var options = ConnectionOptions(port: broker.port, isEncrypted: true, host: "localhost")
    options.ca = certificates.authority
    let collector = try Collector(options)
    #expect(collector.collect { $0.isConnected })
    var publisherOptions = ConnectionOptions(port: broker.port, isEncrypted: true)
    publisherOptions.ca = certificates.authority
    let publisher = try Publisher(options: publisherOptions)
    for number in 0..<20_000 {
      let payload = Array("\(number)".utf8)
      try publisher.publish(topic: "tele/a/SENSOR", payload: payload, isRetained: false)
    }
    #expect(collector.collect { $0.count == 20_000 })
  }

  @Test func expiredEarlyAndForeignCertificatesAreToldApart() throws {
    let certificates = try TestCertificates()
    let expired = try PrivateBroker(tls: try certificates.issue("old", validFrom: -20, validTo: -2))
    let early = try PrivateBroker(tls: try certificates.issue("new", validFrom: 2, validTo: 20))
    let foreign = try PrivateBroker(tls: try certificates.issue("else", alternativeNames: "DNS:broker.example"))
    guard
      case .certificateExpired? = try failure(
        ConnectionOptions(port: expired.port, isEncrypted: true), ca: certificates.authority),
      case .certificateNotYetValid(_, let clock)? = try failure(
        ConnectionOptions(port: early.port, isEncrypted: true), ca: certificates.authority)
    else {
      Issue.record("not told apart")
      return
    }
    #expect(abs(Double(clock) / 1000 - Date().timeIntervalSince1970) < 60)
    #expect(
      try failure(ConnectionOptions(port: foreign.port, isEncrypted: true), ca: certificates.authority)
        == .certificateForOtherName(host: "127.0.0.1"))
  }

  @Test func aBrokerThatWantsAClientCertificateGetsIt() throws {
    let certificates = try TestCertificates()
    let broker = try PrivateBroker(
      tls: try certificates.issue("broker"),
      options: ["cafile \(certificates.authority)", "require_certificate true"])
    let options = ConnectionOptions(port: broker.port, isEncrypted: true)
    let client = try certificates.issue("client")
    #expect(try failure(options, ca: certificates.authority, certificate: client) == nil)
    let refusal = try #require(try failure(options, ca: certificates.authority))
    #expect(refusal.sentence.contains("client certificate"), "\(refusal)")
  }

  @Test func tlsToAPlainPortIsSaidSo() throws {
    let certificates = try TestCertificates()
    let broker = try PrivateBroker()
    let failure = try #require(
      try failure(ConnectionOptions(port: broker.port, isEncrypted: true), ca: certificates.authority))
    // Mosquitto hangs up on what is no CONNECT; others answer in plain text.
    #expect(failure.isUnreachable)
  }
}
