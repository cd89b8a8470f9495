import Foundation
import Glibc

/// A terminal of its own, as a person's window is one.
struct PseudoTerminal {
  /// The program's end.
  let end: FileHandle
  private let window: Int32

  struct Silence: Error { var shown: String }

  init() throws {
    window = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var (lock, number): (Int32, UInt32) = (0, 0)
    // TIOCSPTLCK and TIOCGPTN of <asm-generic/ioctls.h>, which are too elaborate to be imported.
    guard window >= 0, ioctl(window, 0x4004_5431, &lock) == 0, ioctl(window, 0x8004_5430, &number) == 0 else {
      throw POSIXError(.ENODEV)
    }
    let name = "/dev/pts/\(number)"
    let other = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard other >= 0 else { throw POSIXError(.ENODEV) }
    end = FileHandle(fileDescriptor: other, closeOnDealloc: true)
  }

  func type(_ text: String) throws {
    let bytes = Array(text.utf8)
    guard write(window, bytes, bytes.count) == bytes.count else { throw POSIXError(.EIO) }
  }

  /// What is shown up to and with a text.
  func read(until text: String) throws -> String {
    var bytes: [UInt8] = []
    let deadline = Date().addingTimeInterval(60)
    while true {
      let shown = String(decoding: bytes, as: UTF8.self)
      if shown.contains(text) { return shown }
      var poller = pollfd(fd: window, events: Int16(POLLIN), revents: 0)
      guard Date() < deadline, poll(&poller, 1, 1000) >= 0 else { throw Silence(shown: shown) }
      guard poller.revents & Int16(POLLIN) != 0 else { continue }
      var byte: UInt8 = 0
      if Glibc.read(window, &byte, 1) == 1 { bytes.append(byte) }
    }
  }
}
