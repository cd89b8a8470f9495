import Foundation
import Subscriber
import TestSupport
import Testing

/// Messages that are taken past libmosquitto, and what is left for it.
@Suite struct PublishReaderTests {
  private static func publish(_ topic: String, _ payload: [UInt8], first: UInt8 = 0x30, properties: [UInt8]?) -> [UInt8]
  {
    let name = Array(topic.utf8)
    let body = [UInt8(name.count >> 8), UInt8(name.count & 255)] + name + (properties ?? []) + payload
    return [first] + FakeBroker.length(body.count) + body
  }

  private func front(_ bytes: [UInt8], hasProperties: Bool = true) -> PacketFront {
    bytes.withUnsafeBytes { PacketFront($0, hasProperties: hasProperties) }
  }

  @Test func aMessageOfQualityZeroWithoutPropertiesIsTaken() {
    for count in [0, 1, 100, 200, 9000] {
      let payload = [UInt8](repeating: 7, count: count)
      for (first, isRetained) in [(0x30, false), (0x31, true)] as [(UInt8, Bool)] {
        for properties in [[0], nil] as [[UInt8]?] {
          let bytes = PublishReaderTests.publish("tele/a/SENSOR", payload, first: first, properties: properties)
          let start = bytes.count - count
          let topic = start - 13 - (properties?.count ?? 0)
          #expect(
            front(bytes + [0x30], hasProperties: properties != nil)
              == .publish(topic: topic..<topic + 13, payload: start..<bytes.count, isRetained: isRetained))
        }
      }
    }
  }

  @Test func everythingElseIsLeftInPlace() {
    // PINGRESP; DISCONNECT; QoS 1; a duplicate; properties; no topic; a topic beyond the end; an endless length.
    #expect(front([0xD0, 0, 0x30]) == .other(byteCount: 2))
    #expect(front([0xE0, 2, 142, 0]) == .other(byteCount: 4))
    for first in [0x32, 0x34, 0x38, 0x20, 0x00, 0xFF] as [UInt8] {
      let bytes = PublishReaderTests.publish("a", [1], first: first, properties: [0])
      #expect(front(bytes) == .other(byteCount: bytes.count))
    }
    #expect(front(PublishReaderTests.publish("a", [1], properties: [2, 1, 1])) == .other(byteCount: 9))
    #expect(front(PublishReaderTests.publish("", [1], properties: [0])) == .other(byteCount: 6))
    #expect(front([0x30, 4, 0, 9, 65, 0]) == .other(byteCount: 6))
    #expect(front([0x30, 3, 0, 1, 65]) == .other(byteCount: 5))
    #expect(front([0x30, 1, 0]) == .other(byteCount: 3))
    #expect(front([0x30, 0x80, 0x80, 0x80, 0x80, 0]) == .other(byteCount: nil))
  }

  @Test func everyPrefixOfAPacketIsIncomplete() {
    let bytes = PublishReaderTests.publish("tele/a/SENSOR", [UInt8](repeating: 1, count: 300), properties: [0])
    for count in 0..<bytes.count {
      let awaited = count < 2 ? 2 : count < 3 ? 3 : bytes.count
      #expect(front(Array(bytes[..<count])) == .incomplete(byteCount: awaited), "\(count) bytes")
    }
  }

  @Test func randomBytesGiveNoPlaceOutsideThem() {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<50_000 {
      var bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      if Bool.random(using: &random), bytes.count > 4 {
        bytes.replaceSubrange(0..<4, with: [0x30, UInt8.random(in: 0...44, using: &random), 0, bytes[3] & 31])
      }
      if case .publish(let topic, let payload, _) = front(bytes, hasProperties: bytes.count % 2 == 0) {
        #expect(topic.lowerBound >= 4 && topic.upperBound <= payload.lowerBound && payload.upperBound <= bytes.count)
      }
    }
  }

  /// What is sent in pieces of any size, between packets of other kinds, comes out whole and in order.
  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func piecesOfAnySizeBecomeTheMessagesThatWereSent(seed: UInt64) throws {
    let sent: @Sendable () -> (bytes: [(UInt8) -> [UInt8]], payloads: [String]) = {
      var random = SeededGenerator(seed: seed)
      var packets: [(UInt8) -> [UInt8]] = []
      var payloads: [String] = []
      for index in 0..<300 {
        let size = index % 50 == 7 ? 12_000 : Int.random(in: 0...400, using: &random)
        let payload = "\(index)" + String(repeating: "x", count: size)
        let first: UInt8 = index % 9 == 4 ? 0x31 : 0x30
        // Properties go through libmosquitto, and so does what is larger than any message that is kept.
        let properties: [UInt8] = index % 20 == 3 ? [2, 1, 1] : [0]
        packets.append { version in
          PublishReaderTests.publish(
            "tele/a/SENSOR", Array(payload.utf8), first: first, properties: version == 5 ? properties : nil)
        }
        if payload.utf8.count <= 8192 { payloads.append(payload) }
        if index % 25 == 0 { packets.append { _ in [0xD0, 0] } }
      }
      return (packets, payloads)
    }
    let broker = try FakeBroker { client in
      // Half of the seeds speak MQTT 3.1.1.
      if seed % 2 == 0, client.version == 5 { return client.send([0x20, 2, 0, 1]) }
      client.acceptLogin()
      client.answerSubscription(codes: [0])
      var random = SeededGenerator(seed: seed &+ 100)
      let bytes = sent().bytes.flatMap { $0(client.version) }
      var start = 0
      while start < bytes.count {
        let end = min(bytes.count, start + Int.random(in: 1...(seed < 3 ? 300 : 40_000), using: &random))
        client.send(Array(bytes[start..<end]))
        start = end
      }
      client.waitForEnd()
    }
    let collector = try Collector(ConnectionOptions(port: broker.port))
    let expected = sent().payloads
    #expect(
      collector.collect { $0.count == expected.count }, "\(collector.count) of \(expected.count) \(collector.changes)")
    #expect(collector.payloads == expected)
    #expect(collector.retained.contains(true) && collector.lossCount == 0)
    #expect(collector.subscriber.status.drops.payloadTooLong == 6)
  }

  /// The end of the connection within a packet is found at once, however long poll was told to wait for the rest.
  @Test(arguments: [1, 2, 5, 30]) func anEndWithinAPacketIsALoss(count: Int) throws {
    let broker = try FakeBroker { client in
      client.acceptLogin()
      client.answerSubscription(codes: [0])
      client.publish(topic: "tele/a/SENSOR", payload: Array("whole".utf8))
      let rest = PublishReaderTests.publish("tele/a/SENSOR", Array("never whole".utf8), properties: [0])
      client.send(Array(rest.prefix(min(count, rest.count - 1))))
      usleep(20_000)
    }
    let collector = try Collector(ConnectionOptions(port: broker.port))
    let began = Date()
    #expect(collector.collect { $0.lossCount > 0 })
    #expect(Date().timeIntervalSince(began) < 10)
    #expect(collector.payloads.first == "whole" && !collector.payloads.contains { $0.hasPrefix("never") })
  }
}
