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
  private let stored: [StoredDevice]

  /// - Parameters:
  ///   - rules: what the configuration says of plugs.
  ///   - fileSystem: the disk that the store is on; in tests one in memory.
  /// - Throws: why the store cannot be opened. Damage that leaves something to read is no error: ``StoreReader/damage``.
  public init(
    directory path: String, rules: [Configuration.DeviceRule] = [],
    fileSystem: some FileSystem = POSIXFileSystem(), working sideBySide: SideBySide = .inTurn
  ) throws(StorageError) {
    self.path = path
    self.fileSystem = fileSystem
    self.sideBySide = sideBySide
    reader = try StoreReader(directory: path, fileSystem: fileSystem)
    corrections = Corrections(try CorrectionFile.read(directory: path, fileSystem: fileSystem))
    names = DeviceNames(rules)
    stored = reader.devices
    devices = LogicalDevice.all(of: stored, names, corrections)
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

  /// What devices are called beside their names, by their names: what a tariff may name them by.
  public var otherNames: [String: [String]] {
    Dictionary(
      devices.map { ($0.name, $0.aliases + ($0.rule?.group.map { [$0] } ?? [])) }, uniquingKeysWith: { one, _ in one })
  }

  /// What receive times are cut to, in milliseconds: 1000 or 1.
  public var timeUnit: Int64 { reader.timeUnit }

  /// The plugs whose last will was ever heard.
  public var announcedDevices: Set<Device> {
    let events = reader.events(in: Timestamp(milliseconds: .min)..<Timestamp(milliseconds: .max))
    return Set(events.filter { $0.kind == .availability }.compactMap(\.device))
  }

  /// The first and last reading of all, nil for a store without any.
  public var firstReading: Timestamp? { devices.map(\.first).min() }
  public var lastReading: Timestamp? { devices.map(\.last).max() }
}
