import Readings

/// Which plug owns which topics, as `tasmota/discovery/<MAC>/config` messages tell it. Bounded.
struct Discovery {
  /// Plugs, lamps and everything else that runs Tasmota in one place, where few of them have a place as plugs.
  static let leastAnnouncementCount = 1024
  /// Retained messages that come within so many milliseconds were delivered together, on one subscription.
  static let burstMilliseconds: Int64 = 10_000

  enum Change: Equatable {
    case none, changed
    /// No room for another plug.
    case full
  }

  /// Who owns a parent (a topic without its last level), and since when.
  private struct Binding {
    var mac: String
    var boundAt: Timestamp
    var confirmedAt: Timestamp
    /// Whom this owner drove out.
    var displaced: String?
  }

  /// Of plugs, lamps and all else: as many as twice the plugs that have a place.
  private let maximumAnnouncementCount: Int
  private var announcements: [String: DiscoveryAnnouncement] = [:]
  /// MACs of announcements, the oldest first.
  private var arrivals: [String] = []
  /// MACs of plugs that sent a reading, here or in the store.
  private var measured: Set<String> = []
  private var owners: [String: Binding] = [:]
  /// By parent: who announced it while another's readings held it, and gets it when that plug says another topic.
  private var contenders: [String: String] = [:]
  /// Parents below the command prefix.
  private var commandParents: Set<String> = []
  private var knownMACs: [String: String] = [:]

  /// - Parameter maximumDevices: how many plugs have a place.
  init(knownDevices: [Device], maximumDevices: Int = 256) {
    maximumAnnouncementCount = max(Discovery.leastAnnouncementCount, 2 * max(maximumDevices, knownDevices.count))
    for device in knownDevices {
      guard let mac = device.mac else { continue }
      knownMACs[device.topic] = mac
      measured.insert(mac)
    }
  }

  /// A plug sent a reading: what it announced is never forgotten.
  mutating func noteReading(of mac: String) { measured.insert(mac) }

  /// The MAC that the store knows a plug by, until discovery says something.
  func knownMAC(topic: String) -> String? { knownMACs[topic] }

  func announcement(parent: String) -> (announcement: DiscoveryAnnouncement, isCommand: Bool)? {
    if let owner = owners[parent], let announcement = announcements[owner.mac] { return (announcement, false) }
    guard commandParents.contains(parent) else { return nil }
    return announcements.first { $0.value.commandParent == parent }.map { ($0.value, true) }
  }

  /// Takes in what a plug says of itself.
  ///
  /// A plug that was replaced leaves its retained message on the broker, so two of them may claim one topic. A live
  /// message is right at once, but for a topic that somebody else's readings hold: that one it gets when its holder says
  /// another. Of retained ones that come together the owner that was there before stays; without one, the first. A
  /// retained one that comes alone is a plug that started while nobody listened, and takes over.
  ///
  /// - Parameter isHeld: whether readings of that plug are coming in right now.
  mutating func announce(
    _ new: DiscoveryAnnouncement, retained: Bool, at time: Timestamp, isHeld: (Device) -> Bool
  ) -> Change {
    let old = announcements[new.mac]
    if old == nil {
      guard announcements.count < maximumAnnouncementCount || forgetOne() else { return .full }
      arrivals.append(new.mac)
    }
    var change = old == new ? Change.none : .changed
    if let old, old.parents != new.parents {
      for parent in old.parents { release(parent, by: new.mac, at: time) }
    }
    announcements[new.mac] = new
    for parent in new.parents
    where claim(parent, for: new, retained: retained, at: time, isHeld: isHeld) { change = .changed }
    if let old, old.commandParent != new.commandParent { forget(commandParent: old.commandParent) }
    commandParents.insert(new.commandParent)
    return change
  }

  /// Forgets the oldest announcement of what never measured: a lamp, or somebody's invention.
  ///
  /// - Returns: false where all have measured.
  private mutating func forgetOne() -> Bool {
    guard let place = arrivals.firstIndex(where: { !measured.contains($0) }) else { return false }
    let mac = arrivals.remove(at: place)
    guard let forgotten = announcements.removeValue(forKey: mac) else { return true }
    forget(commandParent: forgotten.commandParent)
    for parent in forgotten.parents {
      if owners[parent]?.mac == mac { owners[parent] = nil }
      if contenders[parent] == mac { contenders[parent] = nil }
    }
    return true
  }

  /// Some plugs share theirs.
  private mutating func forget(commandParent: String) {
    guard !announcements.values.contains(where: { $0.commandParent == commandParent }) else { return }
    commandParents.remove(commandParent)
  }

  /// A plug says another topic: who waited for its old one has it now.
  private mutating func release(_ parent: String, by mac: String, at time: Timestamp) {
    if contenders[parent] == mac { contenders[parent] = nil }
    guard owners[parent]?.mac == mac else { return }
    owners[parent] = contenders.removeValue(forKey: parent).map {
      Binding(mac: $0, boundAt: time, confirmedAt: time, displaced: mac)
    }
  }

  /// The plug that the store knows under this topic, unless it has announced another.
  private func knownHolder(topic: String, parent: String) -> String? {
    knownMACs[topic].flatMap { mac in
      announcements[mac].map { $0.parents.contains(parent) } ?? true ? mac : nil
    }
  }

  private mutating func claim(
    _ parent: String, for plug: DiscoveryAnnouncement, retained: Bool, at time: Timestamp, isHeld: (Device) -> Bool
  ) -> Bool {
    let known = knownHolder(topic: plug.topic, parent: parent)
    if let holder = owners[parent]?.mac ?? known, holder != plug.mac,
      isHeld(announcements[holder]?.device ?? Device(topic: plug.topic, mac: holder))
    {
      contenders[parent] = plug.mac
      return false
    }
    contenders[parent] = nil
    guard var owner = owners[parent] else {
      owners[parent] = Binding(
        mac: plug.mac, boundAt: time, confirmedAt: time, displaced: known == plug.mac ? nil : known)
      return true
    }
    if owner.mac == plug.mac {
      owner.confirmedAt = time
      owners[parent] = owner
      return false
    }
    if retained {
      func isRecent(_ other: Timestamp) -> Bool {
        let (age, overflow) = time.milliseconds.subtractingReportingOverflow(other.milliseconds)
        return !overflow && age.magnitude <= UInt64(Discovery.burstMilliseconds)
      }
      if isRecent(owner.boundAt) {
        guard owner.displaced == plug.mac else { return false }
      } else if isRecent(owner.confirmedAt) {
        return false
      }
    }
    owners[parent] = Binding(mac: plug.mac, boundAt: time, confirmedAt: time, displaced: owner.mac)
    return true
  }

  /// Twelve hexadecimal digits, made upper-case; nil for anything else.
  static func mac(_ text: String) -> String? {
    guard text.utf8.count == 12, text.utf8.allSatisfy({ JSONText.hexadecimal($0) != nil }) else { return nil }
    return text.uppercased()
  }
}
