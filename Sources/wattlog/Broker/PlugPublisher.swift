import Clock
import Simulation
import Subscriber

/// Publishes what simulated plugs say, over as many connections as it takes.
///
/// What is published while the broker is away is lost, as QoS 0 is; what a broker keeps is told again when it is back.
struct PlugPublisher {
  private let options: ConnectionOptions
  private let console: Console
  private var publisher: Publisher?
  /// Retained payloads by topic, and the topics in the order in which they first came.
  private var kept: [[UInt8]: [UInt8]] = [:]
  private var topics: [[UInt8]] = []
  /// Milliseconds to the next attempt, and when that is, of ``SystemClock/monotonicNanoseconds``.
  private var delay: Int64 = 0
  private var nextAttempt: Int64 = 0

  /// Connects; a first connection that fails ends the command.
  init(_ options: ConnectionOptions, _ console: Console) throws(Failure) {
    self.options = options
    self.console = console
    do throws(ConnectionFailure) {
      publisher = try Publisher(options: options)
    } catch {
      throw Failure(error)
    }
  }

  /// Takes note of a message that was said before anybody listened.
  mutating func keep(_ message: SimulatedMessage) {
    guard message.publishRetained else { return }
    if kept.updateValue(message.payload, forKey: message.topic) == nil { topics.append(message.topic) }
  }

  mutating func publish(_ message: SimulatedMessage) {
    keep(message)
    send(message.topic, message.payload, isRetained: message.publishRetained)
  }

  /// Tells the broker everything that it shall keep.
  mutating func publishKept() {
    for topic in topics where publisher != nil { send(topic, kept[topic] ?? [], isRetained: true) }
  }

  /// Serves the connection for so long, or makes another.
  mutating func wait(milliseconds: Int64) {
    guard let publisher else {
      if SystemClock.monotonicNanoseconds >= nextAttempt { connectAgain() }
      if self.publisher == nil { StopSignal.sleep(nanoseconds: min(milliseconds, 200) * 1_000_000) }
      return
    }
    do throws(ConnectionFailure) {
      try publisher.wait(milliseconds: milliseconds)
    } catch {
      lose(error)
    }
  }

  /// Says for each plug what the broker would say when it is gone, and goodbye.
  mutating func close(_ names: [String]) {
    for name in names {
      send(Array("tele/\(name)/LWT".utf8), Array("Offline".utf8), isRetained: true)
    }
    if publisher != nil { wait(milliseconds: 200) }
    publisher?.close()
  }

  private mutating func send(_ topic: [UInt8], _ payload: [UInt8], isRetained: Bool) {
    guard let publisher else { return }
    do throws(ConnectionFailure) {
      try publisher.publish(topic: String(decoding: topic, as: UTF8.self), payload: payload, isRetained: isRetained)
    } catch {
      lose(error)
    }
  }

  private mutating func lose(_ failure: ConnectionFailure) {
    console.note("\(failure.sentence); connecting again")
    publisher = nil
    delay = 500
    nextAttempt = SystemClock.monotonicNanoseconds + delay * 1_000_000
  }

  private mutating func connectAgain() {
    publisher = try? Publisher(options: options, milliseconds: 5000)
    if publisher == nil {
      delay = min(delay * 2, 30_000)
      nextAttempt = SystemClock.monotonicNanoseconds + delay * 1_000_000
    } else {
      publishKept()
    }
  }
}
