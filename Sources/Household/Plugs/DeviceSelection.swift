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
    let globs = patterns.map(GlobPattern.init)
    for (pattern, glob) in zip(patterns, globs) where !devices.contains(where: { $0.matches(glob) }) {
      throw UnknownDevice(word: pattern, reason: .matchesNone, names: devices.map(\.name))
    }
    return devices.filter { device in globs.contains { device.matches($0) } }
  }

  /// The device that a person names: by its name, else by a topic or MAC that one device alone has had.
  public func device(named word: String) throws(UnknownDevice) -> LogicalDevice {
    if let device = devices.first(where: { $0.name == word }) { return device }
    let found = devices.filter { $0.isAddressed(by: word) }
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
    (devices.first { $0.name == word } ?? devices.first { $0.isAddressed(by: word) })?.name
  }
}
