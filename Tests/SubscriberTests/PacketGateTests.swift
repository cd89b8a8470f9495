import Foundation
import Glibc
import Subscriber
import TestSupport
import Testing

/// The gate by itself: what comes out of it is whole packets, whatever the pieces that come in.
@Suite struct PacketGateTests {
  /// Gives out what has arrived in the pieces in which it did; an empty one: one would have to wait.
  private final class Pieces {
    private var pieces: ArraySlice<[UInt8]>
    private var place = 0
    /// What is answered behind the last one.
    let atEnd: Int
    private(set) var readCount = 0

    init(_ pieces: [[UInt8]], atEnd: Int = -1) {
      self.pieces = pieces[...]
      self.atEnd = atEnd
    }

    func read(_ target: UnsafeMutableRawPointer, _ count: Int) -> Int {
      readCount += 1
      guard let first = pieces.first, !first.isEmpty else {
        if !pieces.isEmpty { pieces.removeFirst() }
        errno = EAGAIN
        return pieces.isEmpty ? atEnd : -1
      }
      let given = min(count, first.count - place)
      first.withUnsafeBytes { target.copyMemory(from: $0.baseAddress! + place, byteCount: given) }
      place += given
      if place == first.count {
        pieces.removeFirst()
        place = 0
      }
      return given
    }
  }

  /// Everything that comes out, asked for in the way of libmosquitto: a byte, a byte of length, the rest.
  private func drain(_ gate: PacketGate, _ pieces: Pieces, patience: Int = 12) -> (bytes: [UInt8], last: Int) {
    var out: [UInt8] = []
    var patience = patience
    var last = 0
    while patience > 0 {
      var bytes = [UInt8](repeating: 0, count: 50)
      last = bytes.withUnsafeMutableBytes {
        gate.read(into: $0.baseAddress!, count: out.count % 3 == 0 ? 1 : 50, from: pieces.read)
      }
      if last > 0 { out += bytes.prefix(last) } else { patience -= 1 }
    }
    return (out, last)
  }

  private func message(_ payload: [UInt8]) -> [UInt8] {
    let body = [0, 1, 65, 0] + payload
    return [0x30] + FakeBroker.length(body.count) + body
  }

  private func message(_ payloadByteCount: Int) -> [UInt8] { message([UInt8](repeating: 66, count: payloadByteCount)) }

  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func whateverThePiecesTheSamePacketsComeOut(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let packets = (0..<200).map { _ in message(Int.random(in: 0...900, using: &generator)) }
    let whole = packets.flatMap { $0 }
    var rest = whole[...]
    var pieces: [[UInt8]] = []
    while !rest.isEmpty {
      let count = min(rest.count, Int.random(in: 1...(seed % 2 == 0 ? 2000 : 90_000), using: &generator))
      pieces.append(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
      if Bool.random(using: &generator), pieces.count < 8 { pieces.append([]) }
    }
    let gate = PacketGate(hasProperties: true, isEncrypted: seed % 3 == 0)
    #expect(drain(gate, Pieces(pieces)).bytes == whole, "seed \(seed)")
    #expect(!gate.isHarmful && !gate.holdsMore)
  }

  @Test(arguments: [0, 1, 10, 200, 16_000])
  func aPacketThatComesInTwoIsServedWhenItIsWholeAndNotBefore(payloadByteCount: Int) {
    let packet = message(payloadByteCount)
    for cut in Set([1, 2, 3, 4, packet.count / 2, packet.count - 1]) where cut < packet.count {
      let gate = PacketGate(hasProperties: true, isEncrypted: false)
      let first = drain(gate, Pieces([Array(packet[..<cut])]))
      #expect(first.bytes.isEmpty && first.last == -1, "cut at \(cut)")
      #expect(drain(gate, Pieces([Array(packet[cut...])])).bytes == packet, "cut at \(cut)")
    }
  }

  @Test func manyPacketsCostOneRead() {
    let packets = (0..<1000).flatMap { message($0 % 40) }
    let pieces = Pieces([packets])
    let gate = PacketGate(hasProperties: true, isEncrypted: false)
    var byte: UInt8 = 0
    for _ in packets { #expect(gate.read(into: &byte, count: 1, from: pieces.read) == 1) }
    #expect(pieces.readCount == (packets.count + 65_535) / 65_536)
  }

  @Test func theEndIsSeenBehindWholePacketsAndWithinOne() {
    for rest in [[], Array(message(50).prefix(1)), Array(message(50).dropLast())] {
      let gate = PacketGate(hasProperties: true, isEncrypted: false)
      let out = drain(gate, Pieces([message(5) + rest], atEnd: 0))
      #expect(out.bytes == message(5) && out.last == 0, "behind \(rest.count) bytes")
    }
  }

  @Test func nothingOfAHarmfulPacketComesOut() {
    let unknownProperty: [UInt8] = [0x30, 6, 0, 1, 65, 2, 0x7F, 0]
    let others: [[UInt8]] = [
      [0x30, 0xFF, 0xFF, 0xFF, 0xFF, 1], [0x32, 6, 0, 1, 65, 0, 1, 0], [0x34, 0xFF, 0xFF, 0x7F, 0],
      [0x40, 0xFF, 0xFF, 0x7F, 0],
    ]
    for isEncrypted in [false, true] {
      for bytes in [unknownProperty] + others {
        let gate = PacketGate(hasProperties: true, isEncrypted: isEncrypted)
        let out = drain(gate, Pieces([message([1]) + message([2]) + bytes + message([3])]))
        #expect(out.bytes == message([1]) + message([2]) && out.last == -1, "\(bytes)")
        #expect(gate.isHarmful)
      }
    }
  }

  @Test func theLongestMessageIsServedAndOneByteMoreIsPassedOver() {
    let longest = message(16_384 - 3 - 4)
    #expect(longest.count == 16_384)
    let tooLong = message(16_384 - 3 - 4 + 1)
    for cut in [5, 10, 9000, 16_385] {
      let gate = PacketGate(hasProperties: true, isEncrypted: false)
      let pieces = Pieces([longest + tooLong[..<cut], [], tooLong[cut...] + message([7])])
      #expect(drain(gate, pieces).bytes == longest + message([7]), "cut at \(cut)")
      #expect(gate.tooLongCount == 1 && !gate.isHarmful)
    }
  }

  @Test func aGiantIsPassedOverInTurnsAndCountedOnce() {
    let giant = message(20 << 20)
    let gate = PacketGate(hasProperties: true, isEncrypted: false)
    let pieces = Pieces([message([1]) + giant + message([2])])
    var turns = 0
    var out: [UInt8] = []
    while out.count < 2 * message([1]).count, turns < 100 {
      out += drain(gate, pieces, patience: 1).bytes
      if gate.holdsMore { turns += 1 }
    }
    #expect(out == message([1]) + message([2]))
    // 4 MiB at a time.
    #expect(turns == 4 && gate.tooLongCount == 1)
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
    try server.runOnLeash()
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
