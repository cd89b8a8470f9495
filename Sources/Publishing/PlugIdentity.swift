import Household
import Readings

/// What a plug's place in the house is called in topics and at Home Assistant.
struct PlugIdentity: Hashable {
  /// By the first plug that was there, its MAC where one is known, else its topic: it stays when the plug is renamed or
  /// replaced, and so do the statistics that Home Assistant keeps by it. Letters, digits, `_` and `-`.
  var id: String
  /// The name as one level of a topic.
  var level: String
  var name: String

  /// - Returns: in the order of the devices; no id and no level twice.
  static func all(of devices: [LogicalDevice]) -> [PlugIdentity] {
    var identities = devices.map { device in
      PlugIdentity(
        id: device.members.lazy.compactMap(\.device.mac).first ?? plain(device.members[0].device.topic),
        level: level(device.name), name: device.name)
    }
    // What was taken out of its place has the first one's MAC: who was there first has it.
    let order = devices.indices.sorted { (devices[$0].first, devices[$0].name) < (devices[$1].first, devices[$1].name) }
    var (ids, levels): (Set<String>, Set<String>) = ([], [])
    for index in order {
      identities[index].id = unique(identities[index].id, among: &ids)
      identities[index].level = unique(identities[index].level, among: &levels)
    }
    return identities
  }

  private static func unique(_ text: String, among taken: inout Set<String>) -> String {
    var (found, number) = (text, 2)
    while !taken.insert(found).inserted {
      found = "\(text)_\(number)"
      number += 1
    }
    return found
  }

  /// What Home Assistant allows in discovery topics.
  private static func plain(_ text: String) -> String {
    String(
      decoding: text.utf8.map { byte -> UInt8 in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"):
          byte
        default: UInt8(ascii: "_")
        }
      }, as: UTF8.self)
  }

  /// What parts or joins topics, and what a broker may refuse, stands as `%` and two digits.
  private static func level(_ name: String) -> String {
    var bytes: [UInt8] = []
    for byte in name.utf8 {
      switch byte {
      case UInt8(ascii: "/"), UInt8(ascii: "+"), UInt8(ascii: "#"), UInt8(ascii: "%"), 0..<0x20, 0x7F:
        let digits = Array("0123456789ABCDEF".utf8)
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
