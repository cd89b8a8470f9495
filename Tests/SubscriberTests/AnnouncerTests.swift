import Foundation
import Subscriber
import Synchronization
import TestSupport
import Testing

/// What is published, and what is said of what the broker did not take.
@Suite(.serialized) struct AnnouncerTests {
  private static let presence = Announcer.Presence(topic: "wattlog/status", present: "online", absent: "offline")

  private func wait(seconds: Double = 60, _ isDone: () -> Bool) -> Bool {
    let deadline = Date().addingTimeInterval(seconds)
    while Date() < deadline {
      if isDone() { return true }
      usleep(5000)
    }
    return false
  }

  private func message(_ topic: String, _ text: String) -> OutgoingMessage {
    OutgoingMessage(topic: topic, payload: Array(text.utf8))
  }

  /// Publishes to a broker, and looks what another client finds there.
  private func checkKept(_ broker: PrivateBroker, _ options: ConnectionOptions) throws {
    let announcer = try Announcer(options: options, presence: Self.presence)
    try announcer.start()
    #expect(wait { announcer.isReady })
    announcer.publish([message("wattlog/a/energy", "1"), message("wattlog/b/energy", "2")])
    announcer.publish([message("wattlog/a/energy", "3"), message("wattlog/b/energy", "")])
    #expect(wait { announcer.isSettled })
    var others = options
    others.clientID += "-listener"
    let collector = try Collector(others, filters: ["wattlog/#"])
    #expect(collector.collect { $0.count == 2 })
    #expect(Set(collector.payloads) == ["online", "3"] && collector.retained == [true, true])
    announcer.stop()
    #expect(collector.collect { $0.count == 3 })
    #expect(collector.payloads.last == "offline")
    #expect(announcer.takeRefusal() == nil && announcer.status.state == .stopped)
  }

  @Test(.enabled(if: PrivateBroker.isInstalled)) func whatIsPublishedIsKeptAndAGoodbyeIsSaid() throws {
    let broker = try PrivateBroker()
    try checkKept(broker, ConnectionOptions(port: broker.port))
  }

  /// What is published at once goes out in few segments, and each acknowledgement comes by itself.
  @Test(.enabled(if: PrivateBroker.isInstalled)) func aBurstComesCompleteAndInItsOrder() throws {
    let broker = try PrivateBroker(options: ["max_inflight_messages 0", "max_queued_messages 0"])
    var options = ConnectionOptions(port: broker.port)
    options.clientID += "-listener"
    let collector = try Collector(options, filters: ["wattlog/burst/#"])
    let announcer = try Announcer(options: ConnectionOptions(port: broker.port), presence: Self.presence)
    try announcer.start()
    collector.keptCount = 4000
    #expect(collector.collect { $0.isConnected } && wait { announcer.isReady })
    let texts = (0..<3000).map { "\($0) " + String(repeating: "x", count: $0 % 200) }
    for from in stride(from: 0, to: texts.count, by: 600) {
      announcer.publish(texts[from..<(from + 600)].map { message("wattlog/burst/\($0.utf8.count % 7)", $0) })
    }
    #expect(wait { announcer.isSettled })
    #expect(collector.collect { $0.count == texts.count })
    #expect(collector.payloads == texts && announcer.takeRefusal() == nil)
    announcer.stop()
  }

  @Test(.enabled(if: PrivateBroker.isInstalled && TestCertificates.isInstalled)) func theSameOverTLS() throws {
    let certificates = try TestCertificates()
    let broker = try PrivateBroker(tls: try certificates.issue("broker"))
    var options = ConnectionOptions(port: broker.port, isEncrypted: true)
    options.ca = certificates.authority
    try checkKept(broker, options)
  }

  @Test(.enabled(if: PrivateBroker.isInstalled)) func aRefusalIsSaidWithItsTopicAndReason() throws {
    let files = try TemporaryDirectory()
    let rules = files.path + "/acl"
    try Data("topic readwrite wattlog/status\n".utf8).write(to: URL(fileURLWithPath: rules))
    chmod(rules, 0o644)
    let broker = try PrivateBroker(options: ["acl_file \(rules)"])
    let announcer = try Announcer(options: ConnectionOptions(port: broker.port), presence: Self.presence)
    try announcer.start()
    #expect(wait { announcer.isReady })
    announcer.publish([message("wattlog/a/energy", "1"), message("wattlog/b/energy", "2")])
    #expect(wait { announcer.isSettled })
    #expect(announcer.takeRefusal() == .refused(topic: "wattlog/a/energy", reason: "not authorized"))
    // The connection stands.
    #expect(announcer.isReady && announcer.takeRefusal() == nil)
    announcer.stop()
  }

  /// MQTT 3.1.1 has no reason codes, and a broker may refuse the subscription, too. What it kept from another time is no
  /// answer.
  @Test(arguments: [(true, UInt8(0), false), (false, 0, false), (false, 0x80, false), (false, 0, true)])
  func inMQTT311WhatDoesNotComeBackIsNotTakenForGranted(echoes: Bool, grant: UInt8, keepsOlder: Bool) throws {
    let broker = try FakeBroker { client in
      if client.version == 5 { return client.send([0x20, 2, 0, 1]) }
      client.acceptLogin()
      client.answerSubscription(codes: [grant])
      if keepsOlder { client.publish(topic: "wattlog/status", payload: Array("online".utf8), isRetained: true) }
      while let (type, body) = client.packet() {
        guard type == 3, body.count > 2 else { continue }
        let end = 2 + Int(body[0]) << 8 + Int(body[1])
        let topic = String(decoding: body[2..<end], as: UTF8.self)
        client.send([0x40, 2, body[end], body[end + 1]])
        if echoes { client.publish(topic: topic, payload: Array(body[(end + 2)...])) }
      }
    }
    let announcer = try Announcer(
      options: ConnectionOptions(port: broker.port), presence: Self.presence, echoPatienceMilliseconds: 300)
    try announcer.start()
    #expect(wait { announcer.isReady && announcer.isSettled })
    #expect(announcer.status.protocolVersion == 4)
    if echoes {
      announcer.publish([message("wattlog/a/energy", "1")])
      #expect(wait { announcer.isSettled })
    } else {
      var refusal: PublicationRefusal?
      #expect(
        wait {
          refusal = refusal ?? announcer.takeRefusal()
          return refusal != nil
        })
      #expect(refusal == .unconfirmed(topic: "wattlog/status"))
    }
    announcer.stop()
    #expect(announcer.takeRefusal() == nil)
  }

  /// A goodbye would make the broker forget the last will, which alone says then that the owner is gone.
  @Test(arguments: [true, false])
  func aGoodbyeIsSaidOnlyWhereEverythingGotThrough(acknowledges: Bool) throws {
    let heard = Mutex([UInt8]())
    let hasEnded = Mutex(false)
    let broker = try FakeBroker { client in
      client.acceptLogin()
      while let (type, body) = client.packet() {
        heard.withLock { $0.append(type) }
        guard type == 3, acknowledges, body.count > 2 else { continue }
        let end = 2 + Int(body[0]) << 8 + Int(body[1])
        client.send([0x40, 2, body[end], body[end + 1]])
      }
      hasEnded.withLock { $0 = true }
    }
    let announcer = try Announcer(options: ConnectionOptions(port: broker.port), presence: Self.presence)
    try announcer.start()
    #expect(wait { announcer.isReady })
    announcer.publish((0..<40).map { message("wattlog/a/\($0)", "1") })
    #expect(wait { heard.withLock { $0.contains(3) } })
    announcer.stop()
    #expect(wait { hasEnded.withLock { $0 } })
    #expect(heard.withLock { $0.contains(14) } == acknowledges)
  }
}
