import Readings
import Text

/// A word that names no device of the store, or several.
public struct UnknownDevice: Error, Sendable {
  public enum Reason: Sendable {
    /// A pattern that no device matches.
    case matchesNone
    /// A name, topic or MAC of no device.
    case namesNone
    /// A topic or MAC that these devices have had.
    case isSeveral([String])
  }

  /// As it was written.
  public var word: String
  public var reason: Reason
  /// What the devices are called among which it was sought.
  public var names: [String]
}

extension HouseholdStore {
  /// The devices that patterns select, each of a name, topic, MAC or group. All without a pattern.
  ///
  /// - Throws: the first pattern that selects none.
  public func devices(
    matching patterns: [String], among devices: [LogicalDevice]
  ) throws(UnknownDevice) -> [LogicalDevice] {
    guard !patterns.isEmpty else { return devices }
    var meant: Set<String> = []
    for pattern in patterns {
      let found = self.devices(meantBy: pattern, among: devices)
      guard !found.isEmpty else {
        throw UnknownDevice(word: pattern, reason: .matchesNone, names: devices.map(\.name))
      }
      meant.formUnion(found.map(\.name))
    }
    return devices.filter { meant.contains($0.name) }
  }

  /// The device that a person names: by its name, else by a topic or MAC that one device alone has had, in any case of
  /// letters that leaves no choice.
  public func device(named word: String) throws(UnknownDevice) -> LogicalDevice {
    let found = devices(called: word)
    guard let device = found.first else {
      throw UnknownDevice(word: word, reason: .namesNone, names: devices.map(\.name))
    }
    guard found.count == 1 else {
      throw UnknownDevice(word: word, reason: .isSeveral(found.map(\.name)), names: devices.map(\.name))
    }
    return device
  }

  /// The name of the device that a configuration's `mainMeter` means; nil where the store has none.
  public func mainMeter(_ word: String) -> String? {
    devices(called: word).first?.name
  }
}
