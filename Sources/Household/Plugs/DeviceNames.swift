public import Configuration
public import Readings

/// What plugs are called: the configured name where a rule matches the MAC or the topic, else the topic.
///
/// A rule for the MAC wins over one for the topic: the MAC is the plug, the topic only its address.
public struct DeviceNames: Sendable {
  private var rules: [String: Configuration.DeviceRule] = [:]

  public init(_ rules: [Configuration.DeviceRule] = []) {
    for rule in rules { self.rules[rule.matchKey] = rule }
  }

  /// The MAC or topic of the rule that gives a name; nil where none does.
  public func key(named name: String) -> String? {
    rules.filter { $0.value.name == name }.keys.min()
  }

  public func rule(for device: Device) -> Configuration.DeviceRule? {
    if let target = device.imported?.target { return rules[key(named: target) ?? target] }
    return device.mac.flatMap { rules[$0] } ?? rules[device.topic]
  }

  public func name(of device: Device) -> String {
    rule(for: device)?.name ?? device.imported?.target ?? device.topic
  }

  /// The devices that are one plug's place in the house: same MAC, same topic or same configured name, in any chain of
  /// these. Another plug under the same topic continues the same name, but where the one before was moved to another
  /// topic, or either has a configured name of its own: those are two plugs that live on. A history from before belongs
  /// to the plug whose MAC, topic or configured name it was imported for.
  ///
  /// - Parameter devices: in the order in which they were first heard.
  /// - Returns: the groups as indices into `devices`, each in their order, and the groups by name. A group is named by
  ///   its last member with a configured name, else by its last member's topic, as that was before FullTopic alone was
  ///   changed.
  public func groups(of devices: [Device]) -> [(name: String, members: [Int])] {
    var parent = Array(devices.indices)
    func root(_ index: Int) -> Int {
      var index = index
      while parent[index] != index { index = parent[index] }
      return index
    }
    let moved = movedAway(devices)
    var first: [String: Int] = [:]
    for (index, device) in devices.enumerated() {
      var keys: [String] = []
      if let target = device.imported?.target {
        // One of them alone: where a plug's name is another one's topic, the two stay two.
        let isName = key(named: target) != nil
        keys.append(Device.mac(target).map { "mac " + $0 } ?? (isName ? "name " : "topic ") + target)
      }
      if !moved.contains(index) { keys.append("topic " + device.topic) }
      if let mac = device.mac { keys.append("mac " + mac) }
      if let name = rule(for: device)?.name { keys.append("name " + name) }
      for key in keys {
        if let other = first[key] {
          let (a, b) = (root(other), root(index))
          parent[max(a, b)] = min(a, b)
        } else {
          first[key] = index
        }
      }
    }
    var members: [Int: [Int]] = [:]
    for index in devices.indices { members[root(index), default: []].append(index) }
    return members.values.map { indices in
      let configured = indices.last { rule(for: devices[$0])?.name != nil }
      guard let configured else { return (DeviceNames.topic(of: indices.map { devices[$0] }), indices) }
      return (name(of: devices[configured]), indices)
    }
    .sorted { ($0.name, $0.members[0]) < ($1.name, $1.members[0]) }
  }

  /// The last topic. Where a plug only got another FullTopic its own topic is still in it, and what it was called before
  /// stays: history is not renamed.
  private static func topic(of members: [Device]) -> String {
    let plugs = members.filter { $0.imported == nil }
    guard !plugs.isEmpty else { return members.last?.imported?.target ?? "" }
    return topic(ofPlugs: plugs)
  }

  private static func topic(ofPlugs members: [Device]) -> String {
    guard var topic = members.last?.topic else { return "" }
    let mac = members.last?.mac
    for member in members.dropLast().reversed() {
      guard mac != nil, member.mac == mac, isSamePlugTopic(member.topic, topic) else { break }
      topic = member.topic
    }
    return topic
  }

  /// Do two topics hold the same %topic%? The last level is it, or all of the shorter one stands in the longer one.
  private static func isSamePlugTopic(_ one: String, _ other: String) -> Bool {
    let (a, b) = (one.split(separator: "/"), other.split(separator: "/"))
    if a.last == b.last { return true }
    let (short, long) = a.count < b.count ? (a, b) : (b, a)
    guard !short.isEmpty else { return false }
    return (0...long.count - short.count).contains { long[$0..<$0 + short.count].elementsEqual(short) }
  }

  /// Addresses at which a plug does not live any more that lives on elsewhere, where another has taken them over.
  private func movedAway(_ devices: [Device]) -> Set<Int> {
    var lastOfMAC: [String: Int] = [:]
    var macsOfTopic: [String: Set<String>] = [:]
    for (index, device) in devices.enumerated() {
      guard let mac = device.mac else { continue }
      lastOfMAC[mac] = index
      macsOfTopic[device.topic, default: []].insert(mac)
    }
    return Set(
      devices.indices.filter { index in
        guard let mac = devices[index].mac, let macs = macsOfTopic[devices[index].topic], macs.count > 1 else {
          return false
        }
        return lastOfMAC[mac] != index || hasNameOfItsOwn(mac, among: macs)
      })
  }

  /// The plug itself is named, and another at its address otherwise.
  private func hasNameOfItsOwn(_ mac: String, among macs: Set<String>) -> Bool {
    guard let name = rules[mac]?.name else { return false }
    return macs.contains { other in rules[other]?.name.map { $0 != name } ?? false }
  }
}
