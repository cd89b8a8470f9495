import Foundation
import Readings
import Storage
import Subscriber
import TestSupport
import Testing

/// The built program: `WATTLOG_EXECUTABLE`, or what lies beside the test bundle.
private let executable: URL? = {
  let named = ProcessInfo.processInfo.environment["WATTLOG_EXECUTABLE"].map { URL(fileURLWithPath: $0) }
  let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  let found = named ?? URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("wattlog")
  return FileManager.default.isExecutableFile(atPath: found.path) ? found : nil
}()

@Suite(
  .serialized,
  .enabled(if: PrivateBroker.isInstalled && executable != nil, "mosquitto or the built program is missing"))
struct KilledRecorderTests {
  private func start(
    _ broker: PrivateBroker, store: String, in directory: TemporaryDirectory, environment: [String: String] = [:]
  ) throws -> Process {
    let process = Process()
    process.executableURL = executable
    process.arguments = ["record", "--broker", "mqtt://127.0.0.1:\(broker.port)", "--store", store]
    process.environment = ["HOME": directory.path, "PATH": "/usr/bin:/bin", "SWIFT_BACKTRACE": "enable=no"]
      .merging(environment) { $1 }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.runOnLeash()
    return process
  }

  /// Publishes numbered readings, the next one every few milliseconds, until `end`; gives when each one left.
  private func publish(
    from first: Int, to broker: PrivateBroker, while goesOn: (Int) -> Bool
  ) throws -> [(total: Int, at: Date)] {
    let publisher = try Publisher(
      options: ConnectionOptions(
        broker: BrokerAddress(isEncrypted: false, host: "127.0.0.1", port: broker.port),
        clientID: "test-\(UInt32.random(in: 0 ... .max))"))
    var sent: [(Int, Date)] = []
    while goesOn(sent.count) {
      let total = first + sent.count
      try publisher.publish(topic: "tele/plug/SENSOR", payload: Array(sensor(total: total).utf8), isRetained: false)
      sent.append((total, Date()))
      try publisher.wait(milliseconds: 5)
    }
    publisher.close()
    return sent
  }

  private func stored(_ store: String) throws -> Set<Int64> {
    let reader = try StoreReader(directory: store)
    var totals: Set<Int64> = []
    for device in reader.devices {
      let all = Timestamp(milliseconds: 0)..<Timestamp(milliseconds: .max)
      try reader.readings(of: device.device, in: all) { rows in
        totals.formUnion(rows.column(.total)?.values ?? [])
      }
    }
    return totals
  }

  private func waits(seconds: Double = 30, for condition: () -> Bool) -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while !condition() {
      if Date() >= deadline { return false }
      usleep(5000)
    }
    return true
  }

  private func isListening(_ broker: PrivateBroker, times: Int) -> Bool {
    broker.log.components(separatedBy: "Sending SUBACK").count > times
  }

  @Test func aKillLosesAtMostTheLastSecond() throws {
    let broker = try PrivateBroker()
    let directory = try TemporaryDirectory()
    let store = directory.path + "/store"
    var sent: [(total: Int, at: Date)] = []
    var kills: [Date] = []
    for round in 0..<2 {
      let recorder = try start(broker, store: store, in: directory)
      #expect(waits { isListening(broker, times: round + 1) })
      let end = Date(timeIntervalSinceNow: 1.6 + Double(round) * 0.3)
      sent += try publish(from: sent.count, to: broker) { _ in Date() < end }
      kill(recorder.processIdentifier, SIGKILL)
      kills.append(Date())
      recorder.waitUntilExit()
    }
    // The next start needs no help.
    let last = try start(broker, store: store, in: directory)
    #expect(waits { isListening(broker, times: 3) })
    kill(last.processIdentifier, SIGTERM)
    last.waitUntilExit()
    #expect(last.terminationStatus == 143)
    let totals = try stored(store)
    // A second, and what a loaded machine needs to pass a message on.
    let missing = sent.filter { message in
      !totals.contains(Int64(message.total)) && !kills.contains { (0..<1.5).contains($0.timeIntervalSince(message.at)) }
    }
    #expect(missing.isEmpty, "\(missing.count) of \(sent.count): \(missing.prefix(5))")
    #expect(totals.isSubset(of: Set(sent.map { Int64($0.total) })))
  }

  @Test func aTerminatedRecorderKeepsEverythingAndTellsSystemd() throws {
    let broker = try PrivateBroker()
    let directory = try TemporaryDirectory()
    let store = directory.path + "/store"
    let notices = try NoticeSocket(directory.path + "/notify")
    let recorder = try start(broker, store: store, in: directory, environment: ["NOTIFY_SOCKET": notices.path])
    #expect(waits { isListening(broker, times: 1) })
    let sent = try publish(from: 0, to: broker) { $0 < 100 }
    // What the broker has passed on is received; the log says so.
    #expect(waits { broker.log.components(separatedBy: "Sending PUBLISH to wattlog").count > 100 })
    kill(recorder.processIdentifier, SIGTERM)
    recorder.waitUntilExit()
    #expect(recorder.terminationStatus == 143)
    #expect(try stored(store) == Set(sent.map { Int64($0.total) }))
    let said = notices.received()
    #expect(said.first?.hasPrefix("READY=1\n") == true)
    #expect(said.contains { $0.hasPrefix("STATUS=recording from mqtt://") })
    #expect(said.last == "STOPPING=1")
  }

  @Test func aServiceGoesOnTryingAfterARefusedLoginButNotSoon() throws {
    let broker = try PrivateBroker(users: ["somebody": "else"])
    let directory = try TemporaryDirectory()
    let notices = try NoticeSocket(directory.path + "/notify")
    let recorder = try start(
      broker, store: directory.path + "/store", in: directory, environment: ["NOTIFY_SOCKET": notices.path])
    #expect(waits { broker.log.contains("not authorised") || broker.log.contains("Sending CONNACK") })
    #expect(!waits(seconds: 3) { !recorder.isRunning })
    #expect(broker.log.components(separatedBy: "Sending CONNACK").count == 2)
    kill(recorder.processIdentifier, SIGINT)
    recorder.waitUntilExit()
    #expect(recorder.terminationStatus == 130)
  }
}

/// A datagram socket in the place of systemd's.
private final class NoticeSocket {
  let path: String
  private let descriptor: Int32

  init(_ path: String) throws {
    self.path = path
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
  }

  deinit { close(descriptor) }

  func received() -> [String] {
    var texts: [String] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return texts }
      texts.append(String(decoding: buffer[..<count], as: UTF8.self))
    }
  }
}
