import Readings

/// Which plug owns which topics, as `tasmota/discovery/<MAC>/config` messages tell it. Bounded.
struct Discovery {
  /// Plugs, lamps and everything else that runs Tasmota in one place.
  static let maximumAnnouncementCount = 1024
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

  private var announcements: [String: DiscoveryAnnouncement] = [:]
  private var owners: [String: Binding] = [:]
  /// Parents below the command prefix.
  private var commandParents: Set<String> = []
  private var knownMACs: [String: String] = [:]

  init(knownDevices: [Device]) {
    for device in knownDevices { if let mac = device.mac { knownMACs[device.topic] = mac } }
  }

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
  /// message is right at once. Of retained ones that come together the owner that was there before stays; without one,
  /// the first. A retained one that comes alone is a plug that started while nobody listened, and takes over.
  mutating func announce(_ new: DiscoveryAnnouncement, retained: Bool, at time: Timestamp) -> Change {
    let old = announcements[new.mac]
    guard old != nil || announcements.count < Discovery.maximumAnnouncementCount else { return .full }
    var change = old == new ? Change.none : .changed
    if let old, old.parents != new.parents {
      for parent in old.parents where owners[parent]?.mac == new.mac { owners[parent] = nil }
    }
    announcements[new.mac] = new
    for parent in new.parents where claim(parent, for: new, retained: retained, at: time) { change = .changed }
    if old?.commandParent != new.commandParent {
      commandParents = Set(announcements.values.map(\.commandParent))
    }
    return change
  }

  private mutating func claim(
    _ parent: String, for plug: DiscoveryAnnouncement, retained: Bool, at time: Timestamp
  ) -> Bool {
    let known = knownMACs[plug.topic]
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
