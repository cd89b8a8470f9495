import Configuration
import Household
import Readings
import Testing

@Suite struct DeviceNamesTests {
  @Test func aRuleForTheMACWinsOverOneForTheTopic() {
    let names = DeviceNames([
      .init(match: "a0:b7:65:11:22:33", name: "fridge"), .init(match: "kitchen", name: "kitchen socket"),
    ])
    #expect(names.name(of: Device(topic: "kitchen", mac: "A0B765112233")) == "fridge")
    #expect(names.name(of: Device(topic: "kitchen", mac: nil)) == "kitchen socket")
    #expect(names.name(of: Device(topic: "tv", mac: nil)) == "tv")
  }

  @Test func theSameTopicOrTheSameMACIsOneDevice() {
    let devices = [
      Device(topic: "tv"), Device(topic: "tv", mac: "AAAAAAAAAAAA"), Device(topic: "lamp", mac: "BBBBBBBBBBBB"),
      Device(topic: "tv", mac: "CCCCCCCCCCCC"), Device(topic: "old-lamp", mac: "BBBBBBBBBBBB"),
    ]
    let groups = DeviceNames().groups(of: devices)
    #expect(groups.map(\.name) == ["old-lamp", "tv"])
    #expect(groups.map(\.members) == [[2, 4], [0, 1, 3]])
  }
}
