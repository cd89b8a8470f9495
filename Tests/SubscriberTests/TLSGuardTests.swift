import Foundation
import Subscriber
import TestSupport
import Testing

/// The guard of connections with TLS: by itself, and between OpenSSL and libmosquitto.
@Suite struct TLSGuardTests {
  /// Gives out what "OpenSSL" has, in the pieces of its records, and answers -1 where one would have to wait.
  private final class Records {
    var pieces: [[UInt8]]
    init(_ pieces: [[UInt8]]) { self.pieces = pieces }

    func read(_ target: UnsafeMutableRawPointer, _ count: Int) -> Int32 {
      guard let first = pieces.first else { return -1 }
      if first.isEmpty {
        pieces.removeFirst()
        return -1
      }
      let given = min(count, first.count)
      first.withUnsafeBytes { target.copyMemory(from: $0.baseAddress!, byteCount: given) }
      if given == first.count { pieces.removeFirst() } else { pieces[0].removeFirst(given) }
      return Int32(given)
    }
  }

  /// Everything that comes out, asked for in the way of libmosquitto: a byte, a byte of length, the rest.
  private func drain(_ tlsGuard: TLSGuard, _ records: Records) -> [UInt8] {
    var out: [UInt8] = []
    var patience = 10
    while patience > 0 {
      var bytes = [UInt8](repeating: 0, count: 50)
      let count = bytes.withUnsafeMutableBytes {
        tlsGuard.read(into: $0.baseAddress!, count: out.count % 3 == 0 ? 1 : 50, from: records.read)
      }
      if count > 0 { out += bytes.prefix(Int(count)) } else { patience -= 1 }
    }
    return out
  }

  private func message(_ payload: [UInt8]) -> [UInt8] {
    let body = [0, 1, 65, 0] + payload
    return [0x30] + FakeBroker.length(body.count) + body
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func whateverTheRecordsTheSamePacketsComeOut(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let packets = (0..<200).map {
      message([UInt8](repeating: UInt8($0), count: Int.random(in: 0...900, using: &generator)))
    }
    let whole = packets.flatMap { $0 }
    var rest = whole[...]
    var pieces: [[UInt8]] = []
    while !rest.isEmpty {
      let count = min(rest.count, Int.random(in: 1...2000, using: &generator))
      pieces.append(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
      if Bool.random(using: &generator), pieces.count < 8 { pieces.append([]) }
    }
    #expect(drain(TLSGuard(hasProperties: true), Records(pieces)) == whole, "seed \(seed)")
  }

  @Test func nothingOfAHarmfulPacketComesOut() {
    let unknownProperty: [UInt8] = [0x30, 6, 0, 1, 65, 2, 0x7F, 0]
    for bytes in [unknownProperty, [0x30, 0xFF, 0xFF, 0xFF, 0xFF, 1], [0x32, 6, 0, 1, 65, 0, 1, 0]] {
      let tlsGuard = TLSGuard(hasProperties: true)
      #expect(drain(tlsGuard, Records([message([1]) + bytes + message([2])])) == message([1]))
      #expect(tlsGuard.isHarmful)
    }
  }

  @Test func aMessageThatIsTooLongIsPassedOverAndCounted() {
    let tlsGuard = TLSGuard(hasProperties: true)
    let tooLong = message([UInt8](repeating: 1, count: 50_000))
    let records = Records([message([1]) + tooLong.prefix(9), [], Array(tooLong.dropFirst(9)), message([2])])
    #expect(drain(tlsGuard, records) == message([1]) + message([2]))
    #expect(tlsGuard.tooLongCount == 1 && !tlsGuard.isHarmful)
  }

  /// `openssl s_server`, which hands whatever it is given to the first client.
  @Test(.enabled(if: TestCertificates.isInstalled))
  func libmosquittoBehindTLSSeesNothingHarmful() throws {
    let certificates = try TestCertificates()
    let (certificate, key) = try certificates.issue("broker")
    let port = try PrivateBroker.freePort()
    let server = Process()
    server.executableURL = URL(fileURLWithPath: try #require(Programs.path(of: "openssl")))
    server.arguments = [
      "s_server", "-accept", "127.0.0.1:\(port)", "-naccept", "1", "-cert", certificate, "-key", key,
    ]
    let input = Pipe()
    server.standardInput = input
    let output = Pipe()
    server.standardOutput = output
    server.standardError = FileHandle.nullDevice
    // CONNACK and SUBACK, a message, one that is far too long, a message, and a property that libmosquitto dies of.
    let greeting: [UInt8] = [0x20, 3, 0, 0, 0, 0x90, 4, 0, 1, 0, 0]
    let giant = message([UInt8](repeating: 65, count: 3 << 20))
    let bytes = greeting + message(Array("before".utf8)) + giant + message(Array("after".utf8))
    try server.run()
    defer {
      if server.isRunning { server.terminate() }
      server.waitUntilExit()
    }
    // It says so when it listens.
    var said = ""
    while !said.contains("ACCEPT") {
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else { break }
      said += String(decoding: more, as: UTF8.self)
    }
    Thread { while !output.fileHandleForReading.availableData.isEmpty {} }.start()
    Thread { try? input.fileHandleForWriting.write(contentsOf: Data(bytes + [0x30, 6, 0, 1, 65, 2, 0x7F, 0])) }.start()
    var options = ConnectionOptions(port: port, isEncrypted: true, host: "localhost")
    options.ca = certificates.authority
    let collector = try Collector(options)
    #expect(collector.collect { $0.lossCount > 0 }, "\(collector.changes)")
    #expect(collector.payloads == ["before", "after"])
    #expect(collector.subscriber.status.drops.packetTooLong == 1)
  }
}
