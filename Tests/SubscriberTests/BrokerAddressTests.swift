import Subscriber
import Testing

@Suite struct BrokerAddressTests {
  @Test(
    arguments: [
      ("mqtt://broker", false, nil, "broker", 1883),
      ("mqtts://broker", true, nil, "broker", 8883),
      ("MQTT://homeassistant.local:1884/", false, nil, "homeassistant.local", 1884),
      ("mqtt://me@192.168.1.2", false, "me", "192.168.1.2", 1883),
      ("mqtts://me%40home@host:1", true, "me@home", "host", 1),
      ("mqtts://a@b@host", true, "a@b", "host", 8883),
      ("mqtt://[fd00::5]:1885", false, nil, "fd00::5", 1885),
      ("mqtt://[fe80::1%eth0]", false, nil, "fe80::1%eth0", 1883),
      ("broker", false, nil, "broker", 1883),
      ("10.0.0.1:1999", false, nil, "10.0.0.1", 1999),
    ] as [(String, Bool, String?, String, Int)])
  func anAddressIsReadInItsParts(
    _ text: String, isEncrypted: Bool, user: String?, host: String, port: Int
  ) throws {
    let address = try BrokerAddress(text)
    #expect(address == BrokerAddress(isEncrypted: isEncrypted, user: user, host: host, port: port))
  }

  @Test(arguments: [
    "", "mqtt://", "mqtt://:1883", "http://broker", "ws://broker", "mqtt://me:secret@broker", "mqtt://@broker",
    "mqtt://broker:0", "mqtt://broker:65536", "mqtt://broker:", "mqtt://broker:1x", "mqtt://fd00::5", "mqtt://[fd00::5",
    "mqtt://[fd00::5]x", "mqtt://[nonsense]", "mqtt://bro ker", "mqtt://bro\u{7}ker", "mqtt://käse",
    "mqtt://a%00@broker",
    "mqtt://a%4@broker", "mqtt://a/b", "mqtt://broker:+5", "mqtt://[::1%a b]",
  ])
  func whatIsNoAddressIsRefused(_ text: String) {
    #expect(throws: BrokerAddress.SyntaxError.self) { try BrokerAddress(text) }
  }

  @Test func aPasswordInTheAddressIsNotRepeated() {
    do {
      _ = try BrokerAddress("mqtt://me:hunter2@broker")
      Issue.record("accepted")
    } catch {
      #expect(!error.reason.contains("hunter2"))
    }
  }

  @Test func anAddressPrintsWithoutTheUser() throws {
    #expect(try BrokerAddress("mqtts://me@[fd00::5]").description == "mqtts://[fd00::5]:8883")
  }

  @Test(
    arguments: [
      ([127, 0, 0, 1], true), ([10, 1, 2, 3], true), ([172, 16, 0, 1], true), ([172, 32, 0, 1], false),
      ([192, 168, 1, 1], true), ([192, 169, 1, 1], false), ([169, 254, 1, 1], true), ([100, 64, 0, 1], true),
      ([8, 8, 8, 8], false), ([0, 0, 0, 0], false),
    ] as [([UInt8], Bool)])
  func privateNetworksAreKnown(_ address: [UInt8], isPrivate: Bool) {
    #expect(HostLookup.isPrivate(address) == isPrivate)
    let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + address
    #expect(HostLookup.isPrivate(mapped) == isPrivate)
  }

  @Test func privateIPv6NetworksAreKnown() {
    func address(_ head: [UInt8], _ tail: [UInt8] = []) -> [UInt8] {
      head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }
    #expect(HostLookup.isPrivate(address([], [1])))
    #expect(HostLookup.isPrivate(address([0xFD, 0x12])))
    #expect(HostLookup.isPrivate(address([0xFE, 0x80], [7])))
    #expect(!HostLookup.isPrivate(address([0x20, 0x01, 0x0D, 0xB8])))
    #expect(!HostLookup.isPrivate(address([])))
  }
}
