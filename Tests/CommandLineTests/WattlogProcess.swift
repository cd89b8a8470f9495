import Foundation
import TestSupport

/// One run of the built program, as a shell would see it.
struct Transcript: Equatable, CustomStringConvertible {
  var stdout: String
  var stderr: String
  var exit: Int32

  var description: String { "exit \(exit)\n--- stdout\n\(stdout)--- stderr\n\(stderr)" }
}

/// The program that the same build made, in an environment of its own: no configuration, store or zone of this
/// machine's user.
struct WattlogProcess {
  let home: String
  var environment: [String: String]

  /// - Parameter timeZone: of the site; nil leaves it to the machine's, which is UTC here.
  init(home: String, timeZone: String? = nil) {
    self.home = home
    environment = [
      "HOME": home, "XDG_CONFIG_HOME": home + "/config", "XDG_DATA_HOME": home + "/data",
      "STATE_DIRECTORY": home + "/service", "TZ": "UTC",
      "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no",
    ]
    environment["WATTLOG_TIMEZONE"] = timeZone
  }

  /// Beside the test bundle, whose executable this process is.
  static let executable: URL = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("wattlog")
  }()

  /// Runs the program to its end.
  func run(_ arguments: String..., input: Data? = nil, environment more: [String: String] = [:]) throws -> Transcript {
    try run(arguments, input: input, environment: more)
  }

  func run(_ arguments: [String], input: Data? = nil, environment more: [String: String] = [:]) throws -> Transcript {
    let (process, output, errors) = try start(arguments, input: input, environment: more)
    process.waitUntilExit()
    return Transcript(
      stdout: try String(decoding: Data(contentsOf: output), as: UTF8.self),
      stderr: try String(decoding: Data(contentsOf: errors), as: UTF8.self),
      exit: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus)
  }

  /// Starts the program; its output goes to files, so that no pipe can fill.
  func start(
    _ arguments: [String], input: Data? = nil, environment more: [String: String] = [:]
  ) throws -> (process: Process, stdout: URL, stderr: URL) {
    let stem = URL(fileURLWithPath: home).appendingPathComponent("run-" + UUID().uuidString)
    let output = stem.appendingPathExtension("out")
    let errors = stem.appendingPathExtension("err")
    try Data().write(to: output)
    try Data().write(to: errors)
    let process = Process()
    process.executableURL = WattlogProcess.executable
    process.arguments = arguments
    process.environment = environment.merging(more) { $1 }
    process.currentDirectoryURL = URL(fileURLWithPath: home)
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    if let input {
      let file = stem.appendingPathExtension("in")
      try input.write(to: file)
      process.standardInput = try FileHandle(forReadingFrom: file)
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    try process.runOnLeash()
    return (process, output, errors)
  }
}
