public import Foundation
import Glibc
import Synchronization

/// A real Mosquitto on a free loopback port, for one test: started, awaited, and killed at the end.
public final class PrivateBroker {
  /// Where mosquitto and its clients are; tests are skipped where they are not.
  public static let isInstalled =
    ["mosquitto", "mosquitto_pub", "mosquitto_passwd"].allSatisfy { Programs.path(of: $0) != nil }
  public static let notInstalled = "mosquitto or its clients are not installed"

  public let port: Int
  /// Configuration, passwords and log; removed at the end.
  public let directory: TemporaryDirectory
  private var process: Process?

  /// - Parameter users: names and passwords; anonymous clients are let in when there are none.
  /// - Parameter tls: certificate and key of the broker, PEM.
  /// - Parameter options: further lines of mosquitto.conf.
  public init(
    users: [String: String] = [:], tls: (certificate: String, key: String)? = nil, options: [String] = []
  ) throws {
    directory = try TemporaryDirectory()
    // What the broker has logged as sent is to be there: without the option a small packet behind another one waits for
    // the client's delayed acknowledgement (RFC 1122 4.2.3.4), 40 ms.
    var lines = [
      "persistence false", "set_tcp_nodelay true", "log_dest file \(directory.path)/mosquitto.log", "log_type all",
    ]
    if getuid() == 0 { lines.append("user root") }
    if users.isEmpty {
      lines.append("allow_anonymous true")
    } else {
      let passwords = directory.path + "/passwords"
      for (index, (user, password)) in users.sorted(by: { $0.key < $1.key }).enumerated() {
        let created = index == 0 ? ["-c"] : []
        try PrivateBroker.run("mosquitto_passwd", ["-b"] + created + [passwords, user, password])
      }
      lines += ["allow_anonymous false", "password_file \(passwords)"]
    }
    var listenerLines: [String] = []
    if let tls { listenerLines += ["certfile \(tls.certificate)", "keyfile \(tls.key)"] }
    listenerLines += options

    // Another process may take the port between our finding it free and mosquitto's binding it.
    (port, process) = try PrivateBroker.launchOnFreePort(directory: directory.path) { port in
      lines + ["listener \(port) 127.0.0.1"] + listenerLines
    }
  }

  deinit { stop() }

  /// Kills the broker; ``start()`` brings it back on the same port.
  public func stop() {
    guard let process else { return }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    self.process = nil
  }

  public func start() throws {
    guard process == nil else { return }
    process = try PrivateBroker.launch(directory: directory.path, port: port)
  }

  /// What mosquitto has logged so far.
  public var log: String { (try? String(contentsOfFile: directory.path + "/mosquitto.log", encoding: .utf8)) ?? "" }

  /// Runs `mosquitto_pub` against this broker and waits for its end.
  public func publish(_ arguments: [String], standardInput: String? = nil) throws {
    try PrivateBroker.run(
      "mosquitto_pub", ["-h", "127.0.0.1", "-p", String(port)] + arguments, standardInput: standardInput)
  }

  /// Publishes each line of a file to a broker on this machine, as fast as the broker takes them.
  public static func publishLines(of file: String, port: Int, topic: String, arguments: [String] = []) throws {
    let input = FileHandle(forReadingAtPath: file)
    try run("mosquitto_pub", ["-h", "127.0.0.1", "-p", String(port), "-t", topic, "-l"] + arguments, input: input)
  }

  public struct BrokerDidNotStart: Error { package let log: String }
  public struct CommandFailed: Error { package let command: String, status: Int32, output: String }

  /// Runs a program of the system to its end; throws when it fails.
  @discardableResult
  public static func run(
    _ name: String, _ arguments: [String], standardInput: String? = nil, input: FileHandle? = nil,
    directory: String? = nil
  ) throws -> String {
    guard let path = Programs.path(of: name) else {
      throw CommandFailed(command: name, status: -1, output: "not installed")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    let pipe = standardInput.map { _ in Pipe() }
    process.standardInput = pipe ?? input ?? FileHandle.nullDevice
    try process.runOnLeash()
    if let pipe, let standardInput {
      try pipe.fileHandleForWriting.write(contentsOf: Data(standardInput.utf8))
      try pipe.fileHandleForWriting.close()
    }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw CommandFailed(command: name, status: process.terminationStatus, output: text)
    }
    return text
  }

  /// Ports that were handed out: tests run side by side, and the kernel may name a port again before its broker is up.
  private static let takenPorts = Mutex<Set<Int>>([])

  /// A loopback TCP port that nobody listens on at this moment, another at each call.
  public static func freePort() throws -> Int {
    for _ in 0..<1000 {
      let port = try portOfTheKernel()
      if takenPorts.withLock({ $0.insert(port).inserted }) { return port }
    }
    throw POSIXError(.EADDRINUSE)
  }

  private static func portOfTheKernel() throws -> Int {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(socket, address, length) == 0 && getsockname(socket, address, &length) == 0
      }
    }
    guard result else { throw POSIXError(.EADDRNOTAVAIL) }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  private static func launchOnFreePort(
    directory: String, configuration: (Int) -> [String]
  ) throws -> (Int, Process) {
    var failure: any Error = BrokerDidNotStart(log: "")
    for _ in 0..<5 {
      let port = try freePort()
      let text = configuration(port).joined(separator: "\n") + "\n"
      try Data(text.utf8).write(to: URL(fileURLWithPath: directory + "/conf"))
      do { return (port, try launch(directory: directory, port: port)) } catch { failure = error }
    }
    throw failure
  }

  private static func launch(directory: String, port: Int) throws -> Process {
    guard let path = Programs.path(of: "mosquitto") else { throw BrokerDidNotStart(log: "not installed") }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = ["-c", directory + "/conf"]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.runOnLeash(seconds: 1800)
    let deadline = DispatchTime.now() + .seconds(20)
    while DispatchTime.now() < deadline {
      if canConnect(to: port) { return process }
      guard process.isRunning else { break }
      usleep(5000)
    }
    if process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    throw BrokerDidNotStart(log: (try? String(contentsOfFile: directory + "/mosquitto.log", encoding: .utf8)) ?? "")
  }

  private static func canConnect(to port: Int) -> Bool {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
