public import Foundation

extension Process {
  /// Starts the process, and kills it where it still runs after so long: no wait for its end, nor for that of its output,
  /// is one without an end.
  public func runOnLeash(seconds: Int = 300) throws {
    try run()
    DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds)) { [weak self] in
      if let self, self.isRunning { kill(self.processIdentifier, SIGKILL) }
    }
  }

  /// Runs the process to its end; what it said, both streams together.
  public func outputOnLeash() throws -> String {
    let pipe = Pipe()
    standardOutput = pipe
    standardError = pipe
    try runOnLeash()
    let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    waitUntilExit()
    return said
  }
}
