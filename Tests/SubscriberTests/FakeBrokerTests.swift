import Foundation
import Subscriber
import Synchronization
import TestSupport
import Testing

@Suite struct FakeBrokerTests {
  @Test(arguments: [[0x20, 2, 0, 1], [0x20, 3, 0, 132, 0]] as [[UInt8]])
  func aBrokerWithoutMQTT5IsSpokenToIn311(_ refusal: [UInt8]) throws {
    let broker = try FakeBroker { client in
      if client.version == 5 { return client.send(refusal) }
      client.acceptLogin()
      client.answerSubscription(codes: [0])
      client.publish(topic: "tele/a/SENSOR", payload: Array("x".utf8))
      client.waitForEnd()
    }
    let collector = try Collector(ConnectionOptions(port: broker.port))
    #expect(collector.collect { $0.count == 1 })
    #expect(broker.versions == [5, 4])
    #expect(collector.subscriber.status.protocolVersion == 4)
    // It has told us: nothing is waited for.
    #expect(collector.changes == [.failed(.versionRefused(5), retryAfterMilliseconds: 0), .connected])
  }

  /// MQTT 5, 3.2.2.3.14.
  @Test func theBrokersKeepAliveIsUsedInThePlaceOfOurs() throws {
    let broker = try FakeBroker { client in
      client.send([0x20, 6, 0, 0, 3, 0x13, 0, 1])
      client.answerSubscription(codes: [0])
      for number in 0..<3 {
        guard client.packet()?.type == 12 else { return }
        client.send([0xD0, 0])
        client.publish(topic: "tele/a/SENSOR", payload: Array("ping \(number)".utf8))
      }
      client.waitForEnd()
    }
    // Ours is far longer than the test.
    var options = ConnectionOptions(port: broker.port)
    options.keepAlive = 3600
    let collector = try Collector(options)
    #expect(collector.collect { $0.count == 3 })
    #expect(collector.payloads == ["ping 0", "ping 1", "ping 2"] && collector.lossCount == 0)
  }

  @Test func aBrokerThatHangsUpOnMQTT5IsSpokenToIn311() throws {
    let broker = try FakeBroker { client in
      if client.version == 5 { return }
      client.acceptLogin()
      client.answerSubscription(codes: [0])
      client.waitForEnd()
    }
    let collector = try Collector(ConnectionOptions(port: broker.port))
    #expect(collector.collect { $0.isConnected })
    #expect(broker.versions == [5, 4])
  }

  @Test(
    arguments: [
      Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), [0x20, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x20, 2],
      [0x90, 3, 0, 1, 0], [0x30, 5, 0, 9, 65, 66, 67], [UInt8](repeating: 0, count: 1000), [0xF0, 0], [0xE0, 0],
      [0x20, 0],
    ] as [[UInt8]])
  func garbageIsNoBroker(_ answer: [UInt8]) throws {
    let broker = try FakeBroker { $0.send(answer) }
    let collector = try Collector(ConnectionOptions(port: broker.port))
    #expect(collector.collect { $0.firstFailure != nil })
    let failure = try #require(collector.firstFailure)
    #expect(failure.isUnreachable && !collector.isConnected, "\(failure)")
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
  func randomBytesAfterTheLoginDoNoHarm(seed: UInt64) throws {
    let broker = try FakeBroker { client in
      // Half of them in MQTT 3.1.1.
      if client.version == 5, seed % 2 == 0 { return client.send([0x20, 2, 0, 1]) }
      var generator = SeededGenerator(seed: seed)
      client.acceptLogin()
      client.answerSubscription(codes: [0])
      client.publish(topic: "tele/a/SENSOR", payload: Array("before".utf8))
      client.send((0..<2000).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
    let collector = try Collector(ConnectionOptions(port: broker.port))
    #expect(collector.collect(seconds: 10) { $0.lossCount > 0 }, "seed \(seed) \(collector.changes) \(broker.versions)")
    #expect(collector.payloads.first == "before", "seed \(seed)")
  }

  /// libmosquitto 2.0.11 aborts the process on a property that it does not know.
  @Test(
    arguments: [
      // CONNACK; and behind the login: PUBLISH, PUBLISH of QoS 1, PUBACK, DISCONNECT, AUTH, UNSUBACK, a property cut off.
      (true, [0x20, 5, 0, 0, 2, 0x7F, 0]), (false, [0x30, 6, 0, 1, 65, 2, 0x7F, 0]),
      (false, [0x32, 8, 0, 1, 65, 0, 1, 2, 0x7F, 0]), (false, [0x40, 6, 0, 1, 0, 2, 0x7F, 0]),
      (false, [0xE0, 4, 0, 2, 0x7F, 0]), (false, [0xF0, 4, 0, 2, 0x7F, 0]), (false, [0xB0, 6, 0, 1, 2, 0x7F, 0, 0]),
      (false, [0x30, 6, 0, 1, 65, 2, 38, 0]),
    ] as [(Bool, [UInt8])])
  func aPropertyThatNobodyKnowsEndsTheConnectionAndNotTheProcess(isFirst: Bool, packet: [UInt8]) throws {
    for isSlow in [false, true] {
      let broker = try FakeBroker { client in
        if client.version == 5 {
          if !isFirst {
            client.acceptLogin()
            client.answerSubscription(codes: [0])
          }
          for byte in packet {
            client.send([byte])
            if isSlow { usleep(1000) }
          }
          if !isFirst { client.waitForEnd() }
          return
        }
        client.acceptLogin()
        client.answerSubscription(codes: [0])
        client.waitForEnd()
      }
      let collector = try Collector(ConnectionOptions(port: broker.port))
      // A first packet that is no MQTT 5 is answered by trying 3.1.1.
      #expect(
        collector.collect { isFirst ? $0.isConnected : $0.firstFailure != nil },
        "\(packet) \(collector.changes) \(broker.versions)")
      if isFirst { #expect(broker.versions.prefix(2) == [5, 4]) }
    }
  }

  @Test(arguments: [4, 5] as [UInt8])
  func aMessageBeyondAllLimitsIsCountedAndPassedOver(version: UInt8) throws {
    let broker = try FakeBroker { client in
      if client.version != version { return client.send([0x20, 2, 0, 1]) }
      client.acceptLogin()
      client.answerSubscription(codes: [0])
      client.publish(topic: "tele/a/SENSOR", payload: Array("before".utf8))
      let megabyte = [UInt8](repeating: 65, count: 1 << 20)
      client.send([0x30] + FakeBroker.length(30 << 20) + [0, 1, 65, 0])
      for _ in 0..<29 { client.send(megabyte) }
      client.send(Array(megabyte.dropLast(4)))
      client.publish(topic: "tele/a/SENSOR", payload: Array("after".utf8))
      client.waitForEnd()
    }
    let collector = try Collector(ConnectionOptions(port: broker.port))
    #expect(collector.collect(seconds: 10) { $0.count == 2 }, "\(collector.changes)")
    #expect(collector.payloads == ["before", "after"] && collector.connectionCount == 1)
    #expect(collector.subscriber.status.drops.packetTooLong == 1)
  }

  @Test func messagesThatComeByteByByteAreWhole() throws {
    let broker = try FakeBroker { client in
      client.acceptLogin()
      client.answerSubscription(codes: [0])
      let body: [UInt8] = [0, 1, 65] + (client.version == 5 ? [0] : []) + Array("payload".utf8)
      for byte in [0x30, UInt8(body.count)] + body {
        client.send([byte])
        usleep(2000)
      }
      client.waitForEnd()
    }
    let collector = try Collector(ConnectionOptions(port: broker.port))
    #expect(collector.collect { $0.count == 1 })
    #expect(collector.payloads == ["payload"])
  }

  @Test func refusedFiltersAreNamed() throws {
    let broker = try FakeBroker { client in
      client.acceptLogin()
      client.answerSubscription(codes: [0, 135])
      client.waitForEnd()
    }
    let collector = try Collector(ConnectionOptions(port: broker.port), filters: ["a/+", "b/+"])
    #expect(collector.collect { $0.changes.contains(.filtersRefused(["b/+"])) })
    #expect(collector.isConnected)
  }

  @Test func aSubscriptionOfWhichNothingIsGrantedIsARefusal() throws {
    let broker = try FakeBroker { client in
      client.acceptLogin()
      client.answerSubscription(codes: [135, 128])
      client.waitForEnd()
    }
    let collector = try Collector(ConnectionOptions(port: broker.port), filters: ["a/+", "b/+"])
    #expect(collector.collect { $0.firstFailure != nil })
    #expect(collector.firstFailure == .subscriptionRefused(["a/+", "b/+"]))
    #expect(!collector.isConnected)
  }

  @Test func aTakenOverSessionIsSaidSo() throws {
    let broker = try FakeBroker { client in
      client.acceptLogin()
      client.answerSubscription(codes: [0])
      client.send([0xE0, 2, 142, 0])
      client.waitForEnd()
    }
    let options = ConnectionOptions(port: broker.port)
    let collector = try Collector(options)
    #expect(collector.collect { $0.firstFailure != nil })
    #expect(collector.firstFailure == .sessionTakenOver(clientID: options.clientID))
  }

  @Test(arguments: [3, 136, 133, 138] as [UInt8])
  func otherRefusalsKeepTheirCode(_ code: UInt8) throws {
    let broker = try FakeBroker { client in
      client.send(client.version == 5 ? [0x20, 3, 0, code, 0] : [0x20, 2, 0, code])
    }
    let collector = try Collector(ConnectionOptions(port: broker.port))
    #expect(collector.collect { $0.firstFailure != nil })
    #expect(collector.firstFailure == .connectionRefused(code: Int(code)))
  }

  @Test func aSilentConnectionIsRenewed() throws {
    let broker = try FakeBroker { client in
      client.acceptLogin()
      client.answerSubscription(codes: [0])
      client.waitForEnd()
    }
    var options = ConnectionOptions(port: broker.port)
    options.silenceLimitSeconds = 0
    let collector = try Collector(options)
    #expect(collector.collect { $0.connectionCount >= 2 })
    guard case .silent? = collector.firstFailure else {
      Issue.record("\(collector.changes)")
      return
    }
  }
}
