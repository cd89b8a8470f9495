import Foundation
import Subscriber
import TestSupport

/// Receives from a subscriber until a condition holds or a deadline has passed.
final class Collector {
  let subscriber: Subscriber
  private(set) var topics: [String] = []
  private(set) var payloads: [String] = []
  private(set) var retained: [Bool] = []
  private(set) var changes: [ConnectionChange.Kind] = []
  private(set) var count = 0
  /// Keeps texts of at most so many messages.
  var keptCount = 1000
  private var batch = MessageBatch()

  init(_ options: ConnectionOptions, filters: [String] = ["tele/+/SENSOR"]) throws {
    subscriber = try Subscriber(options: options, filters: filters)
    try subscriber.start()
  }

  deinit { subscriber.requestStop() }

  /// - Returns: whether the condition came to hold.
  func collect(seconds: Double = 30, until condition: (Collector) -> Bool) -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while !condition(self) {
      if Date() >= deadline { return false }
      subscriber.wait(milliseconds: 100)
      subscriber.receive(into: &batch)
      take(batch)
    }
    return true
  }

  /// Stops and takes what is left.
  func stop() { subscriber.stop { take($0) } }

  private func take(_ batch: borrowing MessageBatch) {
    changes += batch.changes.map(\.kind)
    count += batch.count
    batch.forEachMessage { topic, payload, entry in
      guard topics.count < keptCount else { return }
      topics.append(String(decoding: topic, as: UTF8.self))
      payloads.append(String(decoding: payload, as: UTF8.self))
      retained.append(entry.isRetained)
    }
  }

  var isConnected: Bool { changes.contains(.connected) }
  var connectionCount: Int { changes.count { $0 == .connected } }
  var lossCount: Int { changes.count { if case .lost = $0 { true } else { false } } }
  var firstFailure: ConnectionFailure? {
    for change in changes {
      switch change {
      case .failed(let failure, _), .lost(let failure): return failure
      default: continue
      }
    }
    return nil
  }
}

extension ConnectionOptions {
  /// Options for a broker on this machine.
  init(port: Int, user: String? = nil, isEncrypted: Bool = false, host: String = "127.0.0.1") {
    self.init(
      broker: BrokerAddress(isEncrypted: isEncrypted, user: user, host: host, port: port),
      clientID: "test-\(UInt32.random(in: 0 ... .max))")
  }

  /// Adds a password by way of a file in `directory`.
  func withPassword(_ password: String, in directory: TemporaryDirectory) throws -> ConnectionOptions {
    let path = directory.path + "/secret-\(UInt32.random(in: 0 ... .max))"
    try Data(password.utf8).write(to: URL(fileURLWithPath: path))
    chmod(path, 0o600)
    var options = self
    options.password = .file(path)
    return options
  }
}
