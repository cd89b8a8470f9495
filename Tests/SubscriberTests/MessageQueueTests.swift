import Foundation
import Subscriber
import TestSupport
import Testing

@Suite struct MessageQueueTests {
  private func append(_ topic: [UInt8], _ payload: [UInt8], retained: Bool = false, to queue: MessageQueue) {
    topic.withUnsafeBytes { topic in
      payload.withUnsafeBytes { payload in queue.append(topic: topic, payload: payload, isRetained: retained) }
    }
  }

  private func contents(_ batch: MessageBatch) -> [String] {
    var lines: [String] = []
    batch.forEachMessage { topic, payload, entry in
      lines.append(
        "\(String(decoding: topic, as: UTF8.self)) \(entry.isRetained) \(String(decoding: payload, as: UTF8.self))")
    }
    return lines
  }

  @Test func messagesComeOutAsTheyWentIn() throws {
    let queue = try #require(MessageQueue())
    append(Array("tele/a/SENSOR".utf8), Array("{}".utf8), to: queue)
    append(Array("tele/a/LWT".utf8), Array("Online".utf8), retained: true, to: queue)
    append(Array("t".utf8), [], to: queue)
    var batch = MessageBatch()
    queue.drain(into: &batch)
    #expect(contents(batch) == ["tele/a/SENSOR false {}", "tele/a/LWT true Online", "t false "])
    #expect(batch.entries.allSatisfy { $0.receivedAt > 1_600_000_000_000 })
    queue.drain(into: &batch)
    #expect(batch.isEmpty)
  }

  @Test func whatIsTooLongIsCountedByReason() throws {
    let queue = try #require(MessageQueue())
    append([UInt8](repeating: 65, count: 1024), [UInt8](repeating: 66, count: 8192), to: queue)
    append([UInt8](repeating: 65, count: 1025), [], to: queue)
    append([65], [UInt8](repeating: 66, count: 8193), to: queue)
    #expect(queue.counts.waiting == 1)
    #expect(queue.counts.received == 3)
    #expect(queue.counts.drops.topicTooLong == 1)
    #expect(queue.counts.drops.payloadTooLong == 1)
  }

  @Test func aFullQueueDropsTheNewestAndCountsThem() throws {
    let queue = try #require(MessageQueue(maximumMessageCount: 4, patienceMilliseconds: 1))
    for number in 0..<7 { append([UInt8(48 + number)], [], to: queue) }
    var batch = MessageBatch()
    queue.drain(into: &batch)
    #expect(contents(batch).joined() == "0 false 1 false 2 false 3 false ")
    #expect(queue.counts.drops.queueFull == 3)
    append([65], [], to: queue)
    #expect(queue.counts.waiting == 1)
  }

  @Test func theBytesAreBoundedToo() throws {
    let queue = try #require(MessageQueue(maximumByteCount: 16_384, patienceMilliseconds: 1))
    for _ in 0..<20 { append([65], [UInt8](repeating: 66, count: 4095), to: queue) }
    #expect(queue.counts.waiting == 4)
    #expect(queue.counts.drops.queueFull == 16)
  }

  @Test func aConsumerThatComesBackInTimeLosesNothing() async throws {
    let queue = try #require(MessageQueue(maximumMessageCount: 16, patienceMilliseconds: 20_000))
    let total = 20_000
    let producer = Thread {
      for number in 0..<total { self.append([65], Array(String(number).utf8), to: queue) }
      queue.announce()
    }
    producer.start()
    var batch = MessageBatch()
    var next = 0
    let deadline = Date(timeIntervalSinceNow: 60)
    while next < total && Date() < deadline {
      queue.filled.wait(milliseconds: 100)
      queue.drain(into: &batch)
      batch.forEachMessage { _, payload, _ in
        #expect(String(decoding: payload, as: UTF8.self) == String(next))
        next += 1
      }
    }
    #expect(next == total)
    #expect(queue.counts.drops.total == 0)
  }
}
