import Foundation
import Readings
import Recorder
import Storage
import Subscriber
import Synchronization
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: PrivateBroker.isInstalled, Comment(rawValue: PrivateBroker.notInstalled)))
struct RecorderTests {
  #if DEBUG
    private static let floodCount = 20_000 / FloodLength.divisor
  #else
    private static let floodCount = 100_000 / FloodLength.divisor
  #endif

  @Test func everyMessageOfAFloodIsInTheStore() throws {
    let count = RecorderTests.floodCount
    let broker = try PrivateBroker()
    let run = try RecorderRun(port: broker.port)
    #expect(run.waits { $0.isConnected })
    let lines = run.directory.path + "/lines"
    let text = (0..<count).map { sensor(total: $0) }.joined(separator: "\n") + "\n"
    try Data(text.utf8).write(to: URL(fileURLWithPath: lines))
    try PrivateBroker.publishLines(of: lines, port: broker.port, topic: "tele/plug/SENSOR")
    #expect(run.waits { (try? StoreReader(directory: $0.store).messageCount) == count })
    let summary = try run.stop()
    #expect(summary.taken.readings == Int64(count))
    #expect(summary.dropped == 0 && summary.taken.duplicates == 0 && summary.lost == 0)
    let store = try StoreReader(directory: run.store)
    #expect(store.messageCount == count)
    var seen: [Int64] = []
    for device in store.devices {
      let all = Timestamp(milliseconds: 0)..<Timestamp(milliseconds: .max)
      store.readings(of: device.device, in: all) { rows in seen += rows.column(.total)?.values ?? [] }
    }
    #expect(seen == (0..<count).map { Int64($0) })
  }

  @Test func theRecordersAndTheBrokersComingAndGoingAreEvents() throws {
    let broker = try PrivateBroker()
    let run = try RecorderRun(port: broker.port)
    #expect(run.waits { $0.isConnected })
    #expect(run.state?.isConnected == true)
    #expect(run.state?.broker == "mqtt://127.0.0.1:\(broker.port)")
    broker.stop()
    #expect(run.waits { $0.state?.isConnected == false })
    #expect(run.state?.failure?.isEmpty == false)
    try broker.start()
    #expect(run.waits { $0.state?.isConnected == true })
    _ = try run.stop()
    #expect(run.state == nil)
    let all = Timestamp(milliseconds: 0)..<Timestamp(milliseconds: .max)
    let events = try StoreReader(directory: run.store).events(in: all)
    #expect(
      events.map { "\($0.kind) \($0.detail.prefix(9))" } == [
        "recorder started", "broker connected", "broker lost: the", "broker connected", "recorder stopped",
      ])
  }

  @Test func retainedAndBrokenMessagesAreCountedAndNeverMeasurements() throws {
    let broker = try PrivateBroker()
    try broker.publish(["-t", "tele/plug/SENSOR", "-m", sensor(total: 1), "-r"])
    let run = try RecorderRun(port: broker.port)
    #expect(run.waits { $0.isConnected })
    try run.publish([
      #"{"Time":"2026-01-01T00:00:00","ENERGY":{"Total":"#, String(repeating: "x", count: 10_000), sensor(total: 2),
    ])
    #expect(run.waits { $0.tail("tele/plug/LWT") })
    let summary = try run.stop()
    #expect(
      summary.taken.readings == 1 && summary.taken.retained == 1 && summary.taken.refused.values.reduce(0, +) == 2)
    let tallies = try StoreReader(directory: run.store).tallies
    #expect(tallies.retained == 1)
    #expect(tallies.refused["payload-too-long"] == 1 && tallies.refused.values.reduce(0, +) == 2)
  }

  @Test func aCaptureReplaysToTheSameReadings() throws {
    let broker = try PrivateBroker()
    let run = try RecorderRun(port: broker.port)
    #expect(run.waits { $0.isConnected })
    try run.publish((0..<50).map { sensor(total: $0) })
    #expect(run.waits { $0.tail("tele/plug/LWT") })
    _ = try run.stop()
    let copy = run.directory.path + "/copy"
    let writer = try StoreWriter(directory: copy, mode: .bulk)
    var replay = Replay()
    let bytes = try Data(contentsOf: URL(fileURLWithPath: run.capture))
    try bytes.withUnsafeBytes { try replay.feed($0, to: writer) }
    try replay.endFile(to: writer)
    try writer.seal()
    try writer.close()
    #expect(replay.counts.readings == 50 && replay.lineCount == 51)
    #expect(try rows(in: copy) == rows(in: run.store))
  }

  @Test func aCaptureThatCannotBeWrittenDoesNotStopTheRecording() throws {
    try #require(access("/dev/full", W_OK) == 0)
    let broker = try PrivateBroker()
    let run = try RecorderRun(port: broker.port) { $0.capturePath = "/dev/full" }
    #expect(run.waits { $0.isConnected })
    try broker.publish(["-t", "tele/plug/SENSOR", "-m", sensor(total: 1)])
    #expect(run.waits { $0.notes.contains { $0.contains("/dev/full") } })
    try run.publish([sensor(total: 2), sensor(total: 3)])
    #expect(run.waits { (try? StoreReader(directory: $0.store).messageCount) == 3 })
    #expect(try run.stop().taken.readings == 3)
  }

  @Test func aRefusedFirstLoginEndsTheRecorder() throws {
    let broker = try PrivateBroker(users: ["somebody": "else"])
    let run = try RecorderRun(port: broker.port)
    #expect(run.waits { $0.isOver })
    #expect(throws: RecorderFailure.self) { try run.stop() }
  }

  private func rows(in store: String) throws -> [String] {
    let reader = try StoreReader(directory: store)
    var lines: [String] = []
    for device in reader.devices {
      let all = Timestamp(milliseconds: 0)..<Timestamp(milliseconds: .max)
      reader.readings(of: device.device, in: all) { rows in
        lines += zip(rows.times, rows.column(.total)?.values ?? []).map { "\(device.device.topic) \($0) \($1)" }
      }
    }
    return lines
  }
}

func sensor(total: Int) -> String {
  #"{"Time":"2026-01-01T00:00:00","ENERGY":{"TotalStartTime":"2025-01-01T00:00:00","Total":\#(total),"Power":100}}"#
}

/// A recorder on a thread of its own, with a capture to watch it by.
final class RecorderRun: Sendable {
  let directory: TemporaryDirectory
  let store: String
  let capture: String
  private let port: Int
  private let goesOn = Atomic<Bool>(true)
  private struct Progress {
    var notes: [String] = []
    var result: Result<RecorderSummary, RecorderFailure>?
  }
  private let progress = Mutex(Progress())

  init(port: Int, adjust: (inout RecorderOptions) -> Void = { _ in }) throws {
    directory = try TemporaryDirectory()
    self.port = port
    store = directory.path + "/store"
    capture = directory.path + "/capture"
    var options = RecorderOptions(
      connection: ConnectionOptions(
        broker: BrokerAddress(isEncrypted: false, host: "127.0.0.1", port: port),
        clientID: "test-\(UInt32.random(in: 0 ... .max))"),
      store: store)
    options.capturePath = capture
    adjust(&options)
    let final = options
    Thread { [self] in
      let recorder = Recorder(final) { notice in
        if case .note(let text) = notice { self.progress.withLock { $0.notes.append(text) } }
      }
      let result: Result<RecorderSummary, RecorderFailure>
      do throws(RecorderFailure) {
        result = .success(try recorder.run { self.goesOn.load(ordering: .relaxed) })
      } catch {
        result = .failure(error)
      }
      self.progress.withLock { $0.result = result }
    }.start()
  }

  deinit { goesOn.store(false, ordering: .relaxed) }

  var notes: [String] { progress.withLock { $0.notes } }
  var isOver: Bool { progress.withLock { $0.result != nil } }
  var isConnected: Bool { notes.contains { $0.hasPrefix("connected") } }
  var state: RecorderState? { StatusSocket.ask(store: store) }

  /// Publishes SENSOR messages, and then that the plug is offline, in this order: from one client.
  func publish(_ payloads: [String]) throws {
    let publisher = try Publisher(
      options: ConnectionOptions(
        broker: BrokerAddress(isEncrypted: false, host: "127.0.0.1", port: port),
        clientID: "test-\(UInt32.random(in: 0 ... .max))"))
    for payload in payloads {
      try publisher.publish(topic: "tele/plug/SENSOR", payload: Array(payload.utf8), isRetained: false)
    }
    try publisher.publish(topic: "tele/plug/LWT", payload: Array("Offline".utf8), isRetained: false)
    publisher.close()
  }

  /// The last captured line is of that topic.
  func tail(_ topic: String) -> Bool {
    guard let file = FileHandle(forReadingAtPath: capture) else { return false }
    defer { try? file.close() }
    let size = (try? file.seekToEnd()) ?? 0
    try? file.seek(toOffset: size > 200 ? size - 200 : 0)
    let text = String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
    return text.split(separator: "\n").last?.contains(topic) == true
  }

  /// Whether the condition came to hold within half a minute.
  func waits(for condition: (RecorderRun) -> Bool) -> Bool {
    let deadline = Date(timeIntervalSinceNow: 30)
    while !condition(self) {
      if Date() >= deadline { return false }
      usleep(5000)
    }
    return true
  }

  func stop() throws -> RecorderSummary {
    goesOn.store(false, ordering: .relaxed)
    _ = waits { $0.isOver }
    guard let result = progress.withLock({ $0.result }) else { throw POSIXError(.ETIMEDOUT) }
    return try result.get()
  }
}
