import Configuration
import EnergyAccounting
import Readings
import Reporting
import Storage
import Text

/// A store opened for reading, with its plugs under the names that people know.
struct StoreAccess {
  private(set) var reader: StoreReader
  let path: String
  let names: DeviceNames
  /// Sorted by name, corrections applied.
  let devices: [LogicalDevice]
  let corrections: Corrections
  private let stored: [StoredDevice]

  init(_ settings: Settings) throws(Failure) {
    path = settings.store
    do throws(StorageError) {
      reader = try StoreReader(directory: settings.store)
      corrections = Corrections(try CorrectionFile.read(directory: settings.store))
    } catch {
      throw Failure(error, store: settings.store)
    }
    names = DeviceNames(settings.configuration.devices)
    stored = reader.devices
    devices = StoreAccess.devices(stored, names, corrections)
  }

  /// The same store for another thread.
  func apart(leavingChecks leavesChecks: Bool = false) -> StoreAccess {
    var other = self
    other.reader = reader.apart(leavingChecks: leavesChecks)
    return other
  }

  /// The devices as they are stored, for what prints readings as they came. Each also answers to the names that
  /// corrections give it.
  var uncorrectedDevices: [LogicalDevice] {
    StoreAccess.devices(stored, names, Corrections()).map { device in
      var device = device
      device.aliases = devices.filter { corrected in
        corrected.members.contains { member in device.members.contains { $0.device == member.device } }
      }.map(\.name)
      return device
    }
  }

  private static func devices(
    _ stored: [StoredDevice], _ names: DeviceNames, _ corrections: Corrections
  ) -> [LogicalDevice] {
    DeviceSeries.all(of: stored.map(\.device), names: names, corrections: corrections).compactMap { series in
      let members = series.members.compactMap { LogicalDevice.Member(stored[$0.index], at: $0.index, span: $0.span) }
        .sorted { $0.first < $1.first }
      guard !members.isEmpty else { return nil }
      return LogicalDevice(
        name: series.name, members: members,
        rule: members.lazy.reversed().compactMap { names.rule(for: $0.device) }.first, series: series)
    }
  }

  /// What devices are called beside their names, by their names: what a tariff may name them by.
  var otherNames: [String: [String]] {
    Dictionary(
      devices.map { ($0.name, $0.aliases + ($0.rule?.group.map { [$0] } ?? [])) }, uniquingKeysWith: { one, _ in one })
  }

  /// The devices that `--device` selects: by name, topic, MAC or group, each a pattern. All without the option.
  func selected(_ arguments: Arguments) throws(Failure) -> [LogicalDevice] { try selected(arguments, among: devices) }

  func selected(_ arguments: Arguments, among devices: [LogicalDevice]) throws(Failure) -> [LogicalDevice] {
    let texts = arguments.texts(.device)
    guard !texts.isEmpty else { return devices }
    var meant: Set<String> = []
    for text in texts {
      let found = self.devices(meantBy: text, among: devices)
      meant.formUnion(found.map(\.name))
      guard !found.isEmpty else {
        throw unknownDevice(
          text, "no device matches '\(SafeText.printable(text))'", among: devices,
          "'wattlog status' lists the devices")
      }
    }
    return devices.filter { meant.contains($0.name) }
  }

  /// The device that a person names: by its name, else by a topic or MAC, in any case of letters that leaves no choice.
  func device(_ word: String) throws(Failure) -> LogicalDevice {
    let found = devices(called: word)
    if let device = found.first, found.count == 1 { return device }
    if found.count > 1 {
      throw .usage(
        "'\(SafeText.printable(word))' is in several places: "
          + found.map { "'\(SafeText.printable($0.name))'" }.joined(separator: ", "), "name one of these")
    }
    throw unknownDevice(
      word, "no device is called '\(SafeText.printable(word))'", among: devices, "'wattlog device list' lists them")
  }

  /// The name of the device that the configuration declares as main meter.
  func mainMeter(_ settings: Settings, _ console: Console) -> String? {
    guard let word = settings.configuration.site.mainMeter else { return nil }
    let found = devices(called: word).first
    if found == nil {
      console.error(
        "site.mainMeter: the store has no device '\(SafeText.printable(word))'; totals are sums of the plugs")
    }
    return found?.name
  }

  /// The last reading of all, nil for a store without any.
  var lastReading: Timestamp? { devices.map(\.last).max() }
  var firstReading: Timestamp? { devices.map(\.first).min() }
}

extension StoreAccess {
  /// The configured resolution for a store that is not there yet; nil for one that has its own.
  static func timeUnit(forNew store: String, _ configured: Int64) throws(StorageError) -> Int64? {
    do throws(StorageError) {
      _ = try StoreReader(directory: store)
      return nil
    } catch {
      guard error.code == .missing else { throw error }
      return configured
    }
  }

  /// Opens an existing store for writing, does the work, and closes it.
  static func write(
    _ settings: Settings, _ body: (StoreWriter) throws(StorageError) -> Void
  ) throws(Failure) -> ExitCode {
    do throws(StorageError) {
      // A writer would make a store that is missing.
      do throws(StorageError) {
        _ = try StoreReader(directory: settings.store)
      } catch {
        guard error.code != .missing else { throw error }
      }
      let store = try StoreWriter(directory: settings.store, mode: .bulk)
      try body(store)
      try store.close()
    } catch {
      throw Failure(error, store: settings.store)
    }
    return .done
  }
}

/// One plug's place in the house: every stored device that goes by one name.
struct LogicalDevice {
  let name: String
  /// In the order of their first readings; at least one.
  let members: [Member]
  let rule: Configuration.DeviceRule?
  /// What corrections make of it.
  let series: DeviceSeries
  /// Other names that select it.
  var aliases: [String] = []

  /// A stored device as far as its readings belong here.
  struct Member {
    let device: Device
    /// Among the store's devices, which are in the order in which they were first heard.
    let place: Int
    /// Of all of its readings.
    let rowCount: Int
    /// What they take in the store's segments.
    let byteCount: Int
    /// First and last reading here, or the nearest instants that bound them.
    let first: Timestamp
    let last: Timestamp
    /// When it belongs here.
    let span: Range<Timestamp>

    init?(_ stored: StoredDevice, at place: Int, span: Range<Timestamp>) {
      guard stored.first < span.upperBound, stored.last >= span.lowerBound else { return nil }
      self.span = span
      self.place = place
      device = stored.device
      rowCount = stored.rowCount
      byteCount = stored.byteCount
      first = max(stored.first, span.lowerBound)
      last = stored.last < span.upperBound ? stored.last : span.upperBound.advanced(byMilliseconds: -1)
    }
  }

  var first: Timestamp { members.map(\.first).min() ?? Timestamp(milliseconds: 0) }
  var last: Timestamp { members.map(\.last).max() ?? Timestamp(milliseconds: 0) }
  var byteCount: Int { members.reduce(0) { $0 + $1.byteCount } }

  func matches(_ pattern: GlobPattern) -> Bool {
    pattern.matches(name) || aliases.contains(where: pattern.matches) || rule?.group.map(pattern.matches) ?? false
      || members.contains { pattern.matches($0.device.topic) || $0.device.mac.map(pattern.matches) ?? false }
  }

  /// An event of this plug, or of the recorder or broker, which concern every plug.
  func isConcerned(by event: Event) -> Bool {
    guard let device = event.device else { return true }
    return members.contains { member in
      member.span.contains(event.at)
        && (member.device.topic == device.topic || (member.device.mac != nil && member.device.mac == device.mac))
    }
  }
}

extension Corrections {
  init(_ file: CorrectionFile.Contents) {
    self.init(lines: file.lines.map { ($0.number, $0.text) }, damaged: file.damaged)
  }
}

extension Failure {
  init(_ error: StorageError, store: String) {
    let path = SafeText.printable(store)
    switch error.code {
    case .missing:
      self.init(
        .storeUnreadable, "there is no store at '\(path)'",
        "start one with 'wattlog record' or 'wattlog replay', or name another with --store")
    case .permission:
      self.init(
        .storeUnreadable, "the store at '\(path)' cannot be used: \(error)",
        "run as its owner, or change the permissions")
    case .locked(let holder):
      let who = holder.map { "process \($0)" } ?? "another process"
      self.init(.storeLocked, "the store at '\(path)' is held by \(who)", "stop that recorder first")
    case .unknownVersion(let version):
      self.init(
        .storeUnreadable, "the store at '\(path)' has format version \(version), which this wattlog does not know",
        "use a newer wattlog")
    case .damaged: self.init(.damageFound, "the store at '\(path)' is damaged: \(error)")
    case .noSpace: self.init(.diskFull, "the disk is full: \(error)", "free some space; nothing stored is lost")
    case .exhausted: self.init(.failed, "\(error)", "let the process open more files (ulimit -n, LimitNOFILE=)")
    case .readOnly: self.init(.storeUnreadable, "the store at '\(path)' is on a read-only file system: \(error)")
    case .memoryFull: self.init(.diskFull, "the disk takes no more and memory is used up: \(error)", "free some space")
    case .invalid: self.init(.failed, "\(error)")
    case .inputOutput: self.init(.storeUnreadable, "the store at '\(path)' cannot be read: \(error)")
    }
  }
}
