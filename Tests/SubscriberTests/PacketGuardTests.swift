import Foundation
import Glibc
import Subscriber
import Testing

/// The guard of plain connections, on a TCP connection of its own.
@Suite struct PacketGuardTests {
  /// Both ends of a TCP connection on the loopback device.
  private final class Pair {
    let sender: Int32
    let receiver: Int32

    init() throws {
      let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(listener) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      sender = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      let isConnected = withUnsafeMutablePointer(to: &address) { [sender] pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0 && listen(listener, 1) == 0
            && connect(sender, $0, length) == 0
        }
      }
      guard isConnected else { throw POSIXError(.EADDRNOTAVAIL) }
      receiver = accept(listener, nil, nil)
      var isOn: Int32 = 1
      setsockopt(sender, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit {
      close(sender)
      close(receiver)
    }

    func send(_ bytes: [UInt8]) {
      var place = 0
      while place < bytes.count {
        let count = bytes[place...].withUnsafeBytes {
          Glibc.send(sender, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return }
        place += count
      }
      // On the loopback device what was sent has arrived.
    }

    /// Takes as many bytes as libmosquitto would for one packet.
    func take(_ count: Int) -> Int {
      var bytes = [UInt8](repeating: 0, count: count)
      return recv(receiver, &bytes, count, Int32(MSG_DONTWAIT))
    }

    /// Whether poll wakes for reading.
    func wakes(milliseconds: Int32 = 0) -> Bool {
      var descriptor = pollfd(fd: receiver, events: Int16(POLLIN), revents: 0)
      return poll(&descriptor, 1, milliseconds) > 0
    }
  }

  private func message(_ payloadByteCount: Int) -> [UInt8] {
    let body = [0, 1, 65, 0] + [UInt8](repeating: 66, count: payloadByteCount)
    return [0x30] + FakeBroker.length(body.count) + body
  }

  @Test(arguments: [0, 1, 10, 200, 16_000])
  func aPacketThatComesInTwoIsAllowedWhenItIsWholeAndNotBefore(payloadByteCount: Int) throws {
    let packet = message(payloadByteCount)
    for cut in Set([1, 2, 3, 4, packet.count / 2, packet.count - 1]) where cut < packet.count {
      let pair = try Pair()
      let packetGuard = PacketGuard(hasProperties: true)
      packetGuard.prepare(pair.receiver)
      #expect(packetGuard.next(on: pair.receiver) == .awaited)
      pair.send(Array(packet[..<cut]))
      // A length that is cut off asks for a byte at a time.
      for _ in 0..<3 { #expect(packetGuard.next(on: pair.receiver) == .awaited, "cut at \(cut)") }
      #expect(!pair.wakes(), "a part keeps poll awake, cut at \(cut)")
      pair.send(Array(packet[cut...]))
      #expect(pair.wakes(milliseconds: 1000))
      #expect(packetGuard.next(on: pair.receiver) == .allowed, "cut at \(cut)")
      #expect(pair.take(packet.count) == packet.count)
      #expect(packetGuard.next(on: pair.receiver) == .awaited)
    }
  }

  @Test func aSmallPacketBehindALongOneIsNotHeldBack() throws {
    let pair = try Pair()
    let packetGuard = PacketGuard(hasProperties: true)
    let long = message(10_000)
    pair.send(Array(long.dropLast()))
    #expect(packetGuard.next(on: pair.receiver) == .awaited)
    pair.send([long[long.count - 1]])
    #expect(packetGuard.next(on: pair.receiver) == .allowed)
    #expect(pair.take(long.count) == long.count)
    #expect(packetGuard.next(on: pair.receiver) == .awaited)
    pair.send([0xD0, 0])
    #expect(pair.wakes(milliseconds: 1000))
    #expect(packetGuard.next(on: pair.receiver) == .allowed)
  }

  @Test func morePacketsThanABufferHoldsAreAllowedOneByOne() throws {
    let pair = try Pair()
    let packetGuard = PacketGuard(hasProperties: true)
    packetGuard.prepare(pair.receiver)
    let packets = (0..<3000).map { message($0 % 60) }
    pair.send(packets.flatMap { $0 })
    var allowed = 0
    for packet in packets {
      guard packetGuard.next(on: pair.receiver) == .allowed else { break }
      allowed += 1
      #expect(pair.take(packet.count) == packet.count)
    }
    #expect(allowed == packets.count)
    #expect(packetGuard.next(on: pair.receiver) == .awaited)
  }

  @Test func theEndIsSeenBehindWholePacketsAndWithinOne() throws {
    for rest in [[], Array(message(50).prefix(1)), Array(message(50).dropLast())] {
      let pair = try Pair()
      let packetGuard = PacketGuard(hasProperties: true)
      let packet = message(5)
      pair.send(packet + rest)
      shutdown(pair.sender, Int32(SHUT_WR))
      #expect(packetGuard.next(on: pair.receiver) == .allowed)
      #expect(pair.take(packet.count) == packet.count)
      #expect(pair.wakes(milliseconds: 1000))
      #expect(packetGuard.next(on: pair.receiver) == .ended, "behind \(rest.count) bytes")
    }
  }

  @Test func theEndWakesWhomAPartHasLeftWaiting() throws {
    let pair = try Pair()
    let packetGuard = PacketGuard(hasProperties: true)
    pair.send([0x30, 100, 0])
    #expect(packetGuard.next(on: pair.receiver) == .awaited)
    #expect(!pair.wakes())
    shutdown(pair.sender, Int32(SHUT_WR))
    #expect(pair.wakes(milliseconds: 1000))
    #expect(packetGuard.next(on: pair.receiver) == .ended)
  }

  @Test func soundPacketsBeforeAHarmfulOneAreAllowed() throws {
    let pair = try Pair()
    let packetGuard = PacketGuard(hasProperties: true)
    let unknownProperty: [UInt8] = [0x30, 6, 0, 1, 65, 2, 0x7F, 0]
    let packet = message(7)
    pair.send(packet + packet + unknownProperty + packet)
    for _ in 0..<2 {
      #expect(packetGuard.next(on: pair.receiver) == .allowed)
      #expect(pair.take(packet.count) == packet.count)
    }
    #expect(packetGuard.next(on: pair.receiver) == .harmful)
    #expect(packetGuard.next(on: pair.receiver) == .harmful)
  }

  @Test func theLongestMessageIsAllowedAndOneByteMoreIsPassedOver() throws {
    let pair = try Pair()
    let packetGuard = PacketGuard(hasProperties: true)
    packetGuard.prepare(pair.receiver)
    let longest = message(16_384 - 3 - 4)
    #expect(longest.count == 16_384)
    pair.send(longest)
    #expect(packetGuard.next(on: pair.receiver) == .allowed)
    #expect(pair.take(longest.count) == longest.count)
    let tooLong = message(16_384 - 3 - 4 + 1)
    let after = message(3)
    // Its beginning is enough to know; then the rest, with another packet right behind it.
    pair.send(Array(tooLong[..<10]))
    #expect(packetGuard.next(on: pair.receiver) == .tooLong)
    #expect(packetGuard.next(on: pair.receiver) == .awaited)
    pair.send(Array(tooLong[10...]) + after)
    #expect(packetGuard.next(on: pair.receiver) == .allowed)
    #expect(pair.take(after.count) == after.count)
  }

  @Test(
    arguments: [[0x30, 0xFF, 0xFF, 0xFF, 0xFF], [0x34, 0xFF, 0xFF, 0x7F, 0], [0x40, 0xFF, 0xFF, 0x7F, 0]] as [[UInt8]])
  func aLengthThatDoesNotEndAndALongPacketThatIsNoMessageAreHarmful(bytes: [UInt8]) throws {
    let pair = try Pair()
    pair.send(bytes)
    #expect(PacketGuard(hasProperties: true).next(on: pair.receiver) == .harmful)
  }
}
