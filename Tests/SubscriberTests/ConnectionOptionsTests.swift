import Foundation
import Subscriber
import TestSupport
import Testing

@Suite struct ConnectionOptionsTests {
  /// Writes a file of that mode and gives its path.
  private func file(_ text: String, mode: mode_t, in directory: TemporaryDirectory) throws -> String {
    let path = directory.path + "/file"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    chmod(path, mode)
    return path
  }

  private func failure(_ options: ConnectionOptions) -> ConnectionFailure? {
    do throws(ConnectionFailure) {
      try options.check()
      return nil
    } catch { return error }
  }

  private func options(password: PasswordSource, broker: String = "mqtt://me@localhost") throws -> ConnectionOptions {
    var options = ConnectionOptions(broker: try BrokerAddress(broker), clientID: "test")
    options.password = password
    return options
  }

  @Test(arguments: [0o604, 0o640, 0o660, 0o644] as [mode_t])
  func aPasswordFileThatOthersCanReadIsRefused(_ mode: mode_t) throws {
    let directory = try TemporaryDirectory()
    let path = try file("secret\n", mode: mode, in: directory)
    #expect(failure(try options(password: .file(path))) == .password(.exposed(path: path)))
  }

  @Test(arguments: ["secret", "secret\n", "secret\r\n", "secret\nsecond line"])
  func theFirstLineIsThePassword(_ text: String) throws {
    let directory = try TemporaryDirectory()
    let path = try file(text, mode: 0o600, in: directory)
    #expect(failure(try options(password: .file(path))) == nil)
  }

  @Test func brokenPasswordFilesAreNamed() throws {
    let directory = try TemporaryDirectory()
    let path = try file("", mode: 0o600, in: directory)
    #expect(failure(try options(password: .file(path))) == .password(.empty(path: path)))
    _ = try file("\nx", mode: 0o600, in: directory)
    #expect(failure(try options(password: .file(path))) == .password(.empty(path: path)))
    _ = try file("a\0b", mode: 0o600, in: directory)
    #expect(failure(try options(password: .file(path))) == .password(.malformed(path: path)))
    _ = try file(String(repeating: "x", count: 65_536), mode: 0o600, in: directory)
    #expect(failure(try options(password: .file(path))) == .password(.malformed(path: path)))
    _ = try file(String(repeating: "x", count: 65_535) + "\n", mode: 0o600, in: directory)
    #expect(failure(try options(password: .file(path))) == nil)
    #expect(
      failure(try options(password: .file(directory.path)))
        == .password(.unreadable(path: directory.path, reason: "not a regular file")))
    #expect(failure(try options(password: .environment("WATTLOG_NO_SUCH"))) != nil)
  }

  @Test func aPasswordWithoutAUserIsRefused() throws {
    let directory = try TemporaryDirectory()
    let path = try file("x", mode: 0o600, in: directory)
    #expect(failure(try options(password: .file(path), broker: "mqtt://localhost")) != nil)
  }

  @Test func certificatesNeedTLSAndBelongTogether() throws {
    let directory = try TemporaryDirectory()
    let path = try file("x", mode: 0o600, in: directory)
    var options = ConnectionOptions(broker: try BrokerAddress("mqtt://localhost"), clientID: "test")
    options.ca = path
    #expect(failure(options) != nil)
    options.broker.isEncrypted = true
    #expect(failure(options) == nil)
    options.certificate = path
    #expect(failure(options) != nil)
    options.key = path
    #expect(failure(options) == nil)
    options.ca = directory.path + "/absent"
    #expect(failure(options) != nil)
  }

  @Test(arguments: [
    ("mqtt://8.8.8.8", true), ("mqtt://me@8.8.8.8", true), ("mqtts://8.8.8.8", true), ("mqtts://me@8.8.8.8", false),
  ])
  func noOpenLoginLeavesAPrivateNetwork(_ address: String, isRefused: Bool) throws {
    var options = ConnectionOptions(broker: try BrokerAddress(address), clientID: "test")
    func isForbidden() -> Bool {
      do throws(ConnectionFailure) {
        try options.checkPolicy(isPrivate: false)
        return false
      } catch { return true }
    }
    #expect(isForbidden() == isRefused)
    options.allowsInsecure = true
    #expect(!isForbidden())
  }

  /// Which texts are filters is the decoder's to know; a subscriber asks for one at least.
  @Test func noFilterAtAllIsRefused() throws {
    let options = ConnectionOptions(broker: try BrokerAddress("mqtt://localhost"), clientID: "test")
    #expect(throws: ConnectionFailure.self) { try Subscriber(options: options, filters: []) }
  }
}
