public import Configuration
public import Readings
public import Storage
public import Work

/// A store opened for reading, with its plugs under the names that people know and what was put right applied.
///
/// What the queries of this module are put to. It shows the state at the time it was opened.
public struct HouseholdStore {
  public private(set) var reader: StoreReader
  /// The store's directory, as it was named.
  public let path: String
  public let names: DeviceNames
  /// Sorted by name, corrections applied.
  public let devices: [LogicalDevice]
  public let corrections: Corrections
  /// How plugs are read: one after the other, or side by side.
  public let sideBySide: SideBySide
  let fileSystem: any FileSystem
  /// ``devices`` under the names that tell them apart whatever they told.
  private let identified: [LogicalDevice]
  private let stored: [StoredDevice]

  /// What plugs are called that have no configured name.
  public enum Naming: Sendable {
    /// Their topics: what does not change while the plug lives. For what scripts and other programs read.
    case identities
    /// The names that they told by discovery, else their topics. For what people read.
    case shown
  }

  /// - Parameters:
  ///   - rules: what the configuration says of plugs.
  ///   - naming: whether ``devices`` are called by what they told of themselves. They answer to their topics all the same.
  ///   - fileSystem: the disk that the store is on; in tests one in memory.
  /// - Throws: why the store cannot be opened. Damage that leaves something to read is no error: ``StoreReader/damage``.
  public init(
    directory path: String, rules: [Configuration.DeviceRule] = [], naming: Naming = .identities,
    fileSystem: some FileSystem = POSIXFileSystem(), working sideBySide: SideBySide = .inTurn
  ) throws(StorageError) {
    self.path = path
    self.fileSystem = fileSystem
    self.sideBySide = sideBySide
    reader = try StoreReader(directory: path, fileSystem: fileSystem)
    corrections = Corrections(try CorrectionFile.read(directory: path, fileSystem: fileSystem))
    names = DeviceNames(rules)
    stored = reader.devices
    let found = LogicalDevice.all(of: stored, names, corrections)
    identified = found
    devices = naming == .identities ? found : HouseholdStore.shown(found, in: reader)
  }

  /// Devices under the names that they told, by name.
  private static func shown(_ found: [LogicalDevice], in reader: StoreReader) -> [LogicalDevice] {
    let names = shownNames(of: found, in: reader)
    guard !names.isEmpty else { return found }
    return found.map { device in
      guard let name = names[device.name] else { return device }
      var device = device
      device.aliases.append(device.name)
      device.name = name
      return device
    }
    .sorted { ($0.name, $0.first) < ($1.name, $1.first) }
  }

  /// By their names, what those devices are called that told a name of their own.
  private static func shownNames(of found: [LogicalDevice], in reader: StoreReader) -> [String: String] {
    let unnamed = found.filter { $0.rule?.name == nil }
    let told = FriendlyName.all(of: Set(unnamed.flatMap(\.members).compactMap(\.device.mac)), in: reader)
    var names: [String: String] = [:]
    for device in unnamed where !told.isEmpty {
      if let name = device.shownName(told, among: found) { names[device.name] = name }
    }
    return names
  }

  /// The same store for another thread: what its reader finds and keeps is its own.
  ///
  /// - Parameter defersChecks: see ``StoreReader/forAnotherThread(deferringChecks:)``.
  func forAnotherThread(deferringChecks defersChecks: Bool = false) -> HouseholdStore {
    var other = self
    other.reader = reader.forAnotherThread(deferringChecks: defersChecks)
    return other
  }

  /// The devices as they are stored, for what prints readings as they came. Each also answers to the names that
  /// corrections give it.
  public var uncorrectedDevices: [LogicalDevice] {
    LogicalDevice.all(of: stored, names, Corrections()).map { device in
      var device = device
      device.aliases = devices.filter { corrected in
        corrected.members.contains { member in device.members.contains { $0.device == member.device } }
      }.map(\.name)
      return device
    }
  }

  /// What devices are called beside their names, by their names: what a tariff may name them by. The same, name and other
  /// names taken together, whichever way they are named.
  public var otherNames: [String: [String]] {
    let shown = HouseholdStore.shownNames(of: identified, in: reader)
    return Dictionary(
      devices.map { device in
        let others = device.aliases + [device.rule?.group, shown[device.name]].compactMap(\.self)
        return (device.name, others)
      }, uniquingKeysWith: { one, _ in one })
  }

  /// The first and last reading of all, nil for a store without any.
  public var firstReading: Timestamp? { devices.map(\.first).min() }
  public var lastReading: Timestamp? { devices.map(\.last).max() }
}
