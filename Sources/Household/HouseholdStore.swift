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
  /// What the plugs told of their channels, by device and number; empty where names are for programs.
  let channelNames: [String: [Int: String]]
  public let corrections: Corrections
  /// How plugs are read: one after the other, or side by side.
  public let sideBySide: SideBySide
  let fileSystem: any FileSystem
  /// ``devices`` under the names that tell them apart whatever they told.
  private let identified: [LogicalDevice]
  private let stored: [StoredDevice]
  private let told: ToldNames

  /// By their names, what plugs are called that told a name of their own: looked up once, because it looks through what was
  /// said since the store was begun, for every report of many.
  private final class ToldNames {
    private var known: [String: String]?

    init(_ known: [String: String]?) { self.known = known }

    func names(_ find: () -> [String: String]) -> [String: String] {
      if let known { return known }
      let found = find()
      known = found
      return found
    }
  }

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
    let details = naming == .identities ? [:] : HouseholdStore.details(of: found, in: reader)
    let shown = HouseholdStore.shownNames(of: found, details)
    told = ToldNames(naming == .identities ? nil : shown)
    devices = shown.isEmpty ? found : HouseholdStore.renamed(found, shown)
    channelNames = details.isEmpty ? [:] : HouseholdStore.channelNames(of: devices, details)
  }

  /// What each plug told last of itself, by MAC.
  private static func details(of found: [LogicalDevice], in reader: StoreReader) -> [String: String] {
    FriendlyName.details(of: Set(found.flatMap(\.members).compactMap(\.device.mac)), in: reader)
  }

  /// Devices under other names, by name; they answer to the ones before, too.
  private static func renamed(_ found: [LogicalDevice], _ names: [String: String]) -> [LogicalDevice] {
    found.map { device in
      guard let name = names[device.name] else { return device }
      var device = device
      device.aliases.append(device.name)
      device.name = name
      return device
    }
    .sorted { ($0.name, $0.first) < ($1.name, $1.first) }
  }

  /// By their names, what those devices are called that told a name of their own.
  private static func shownNames(of found: [LogicalDevice], _ details: [String: String]) -> [String: String] {
    let told = details.compactMapValues(FriendlyName.told)
    guard !told.isEmpty else { return [:] }
    let users = LogicalDevice.users(of: found, told)
    var names: [String: String] = [:]
    for device in found {
      if let name = device.shownName(told, among: users) { names[device.name] = name }
    }
    return names
  }

  private static func channelNames(of found: [LogicalDevice], _ details: [String: String]) -> [String: [Int: String]] {
    var names: [String: [Int: String]] = [:]
    for device in found {
      guard let mac = device.members.last(where: { $0.device.mac != nil })?.device.mac, let detail = details[mac] else {
        continue
      }
      let channels = FriendlyName.channels(in: detail)
      if !channels.isEmpty { names[device.name] = channels }
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
    let shown = told.names {
      HouseholdStore.shownNames(of: identified, HouseholdStore.details(of: identified, in: reader))
    }
    return Dictionary(
      devices.map { device in
        let others = device.aliases + [device.rule?.group, shown[device.name]].compactMap(\.self)
        return (device.name, others)
      }, uniquingKeysWith: { one, _ in one })
  }

  /// Of ``DeviceSeries/Member/index``.
  func storedDevice(at index: Int) -> StoredDevice { stored[index] }

  /// What receive times are cut to, in milliseconds: 1000 or 1.
  public var timeUnit: Int64 { reader.timeUnit }

  /// The plugs whose last will was ever heard.
  public var announcedDevices: Set<Device> {
    let events = reader.events(in: Timestamp(milliseconds: .min)..<Timestamp(milliseconds: .max), withMargins: false)
    return Set(events.filter { $0.kind == .availability }.compactMap(\.device))
  }

  /// The first and last reading of all, nil for a store without any.
  public var firstReading: Timestamp? { devices.map(\.first).min() }
  public var lastReading: Timestamp? { devices.map(\.last).max() }
}
