import Configuration
import Readings
import Storage
import Text

/// Whom a person means: a name, topic, MAC or group, or a pattern of them.
///
/// As it is written first; then a MAC with its separators, then without regard to case, then the name that the plug itself
/// told by discovery.
extension HouseholdStore {
  /// The devices that a word or pattern means. Empty where it means none, and where without regard to case it may mean
  /// several and is no pattern.
  func devices(meantBy word: String, among devices: [LogicalDevice]) -> [LogicalDevice] {
    let exact = GlobPattern(word)
    let written = devices.filter { $0.matches(exact) }
    guard written.isEmpty else { return written }
    if let mac = Device.mac(word) {
      let found = devices.filter { $0.members.contains { $0.device.mac == mac } }
      if !found.isEmpty { return found }
    }
    let pattern = GlobPattern(word.lowercased())
    var found = devices.filter { device in device.words.contains { pattern.matches($0.lowercased()) } }
    if found.isEmpty {
      let told = friendlyNames()
      found = devices.filter { device in
        device.members.contains { told[$0.device.mac ?? ""].map { pattern.matches($0.lowercased()) } ?? false }
      }
    }
    return found.count == 1 || word.contains(where: "*?[".contains) ? found : []
  }

  /// The devices that a word means that is no pattern: as it is written, else without regard to case, else by the name that
  /// discovery told.
  func devices(called word: String) -> [LogicalDevice] {
    let mac = Device.mac(word)
    func found(_ isMeant: (LogicalDevice) -> Bool) -> [LogicalDevice]? {
      let found = devices.filter(isMeant)
      return found.isEmpty ? nil : found
    }
    let folded = word.lowercased()
    return found { $0.name == word }
      ?? found { $0.members.contains { $0.device.topic == word || (mac != nil && $0.device.mac == mac) } }
      ?? found { device in device.places.contains { $0.lowercased() == folded } }
      ?? {
        let told = friendlyNames()
        return found { device in
          device.members.contains { told[$0.device.mac ?? ""]?.lowercased() == folded }
        }
      }() ?? []
  }

  /// DeviceName as each plug told it last, by MAC. It looks through what was said until all of them have spoken, so it is
  /// for words that mean nothing else.
  private func friendlyNames() -> [String: String] {
    FriendlyName.details(of: Set(devices.flatMap(\.members).compactMap(\.device.mac)), in: reader)
      .compactMapValues(FriendlyName.told)
  }
}

extension LogicalDevice {
  /// Its name, and where its readings came from.
  fileprivate var places: [String] {
    [name] + aliases + members.flatMap { [$0.device.topic] + [$0.device.mac].compactMap(\.self) }
  }

  /// All that selects it.
  fileprivate var words: [String] { places + [rule?.group].compactMap(\.self) }
}
