public import History
public import Readings
import Storage

/// Whose a history from before is: the plug that it is joined to, or a name of its own.
public struct HistoryOwner: Sendable {
  /// What it is reported as.
  public let name: String
  /// False where no plug is called so: the history stands for itself until one comes under this name or topic.
  public let isKnown: Bool
  /// A MAC, a topic or a name, as ``ImportedOrigin/target`` has it.
  let target: String
  /// Series of histories that are there already.
  let parts: [StoredDevice]
  /// From the plug's own first reading to its last, where it has spoken: there they win.
  public let told: ClosedRange<Timestamp>?

  /// Why a word names no owner of a history, as the end of a sentence that begins with it.
  public struct Refusal: Error, Hashable, Sendable {
    public var reason: String
  }

  /// - Parameters:
  ///   - word: a name, topic or MAC; for a new name what it will be called.
  ///   - names: what the configuration calls plugs.
  ///   - store: nil where there is none yet.
  public init(_ word: String, names: DeviceNames, in store: HouseholdStore?) throws(Refusal) {
    let found = store?.devices(called: word) ?? []
    guard found.count <= 1 else {
      throw Refusal(reason: "means several devices: \(found.map(\.name).joined(separator: ", "))")
    }
    guard let device = found.first else {
      let key = names.key(named: word) ?? Device.mac(word) ?? word
      guard (1...200).contains(key.utf8.count), !key.allSatisfy(\.isWhitespace),
        !key.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 })
      else {
        throw Refusal(reason: "is no name: it takes 1 to 200 bytes, not all of them blank, none a control character")
      }
      (name, isKnown, target, parts, told) = (word, names.key(named: word) != nil, key, [], nil)
      return
    }
    name = device.name
    isKnown = true
    told = device.measured.map { $0.first...max($0.first, $0.last) }
    let plugs = device.members.filter { $0.device.imported == nil }
    let series = device.series.members.compactMap { store?.storedDevice(at: $0.index) }
    parts = Set(series.filter { $0.device.imported != nil }).sorted { $0.device.topic < $1.device.topic }
    target =
      plugs.last { $0.device.mac != nil }?.device.mac ?? plugs.last?.device.topic
      ?? parts.first?.device.imported?.target ?? word
  }

  /// What of a history counts beside the plug's own readings.
  public func counted(_ counter: ImportedCounter) -> Energy {
    guard let told else { return counter.energy }
    let before = counter.points.prefix { $0.time <= told.lowerBound }
    let after = counter.points.drop { $0.time < told.upperBound }
    return ImportedCounter.energy(of: before) + ImportedCounter.energy(of: after)
  }

  /// True where an earlier import told of the same time: what comes now wins.
  public func replaces(_ merge: HistoryMerge) -> Bool {
    guard merge.isApart || merge.knownCount == 0, let first = merge.new.first, let last = merge.new.last else {
      return false
    }
    return parts.contains { $0.tells(between: first.time, and: last.time) }
  }

  /// The series that a history goes on in, and what of it is new there.
  ///
  /// - Parameter source: what it was read from.
  public func merge(
    _ counter: ImportedCounter, from source: ImportedOrigin.Source, in store: HouseholdStore?
  ) -> (device: Device, merge: HistoryMerge) {
    let counter = counter.truncated(toMilliseconds: store?.timeUnit ?? 1000)
    let own = parts.map(\.device).filter { $0.imported?.source == source }
    let merges = own.map { (device: $0, merge: HistoryMerge(counter, stored: store?.history(of: $0) ?? [])) }
    func part(_ device: Device) -> Int { device.imported?.part ?? 0 }
    // Of several that hold the same the last, which counts.
    let fitting = merges.filter { !$0.merge.isApart }
      .max { ($0.merge.knownCount, part($0.device)) < ($1.merge.knownCount, part($1.device)) }
    if let fitting, let first = counter.points.first, let last = counter.points.last {
      // What is there does not count where something was imported over it: who imports it again wants it back.
      let isHidden = parts.contains {
        part($0.device) > part(fitting.device) && $0.tells(between: first.time, and: last.time)
      }
      if !isHidden { return fitting }
    }
    // Those that were taken back keep their numbers.
    let taken = store?.reader.devices.map(\.device).filter { $0.imported?.target == target } ?? []
    let next = ((parts.map(\.device) + taken).map(part).max() ?? 0) + 1
    return (Device(ImportedOrigin(source, part: next, of: target)), HistoryMerge(counter, stored: []))
  }
}

extension StoredDevice {
  /// Whether its readings reach over an instant between two others.
  fileprivate func tells(between start: Timestamp, and end: Timestamp) -> Bool { first < end && last > start }
}

extension HouseholdStore {
  /// What an import stored of one series.
  func history(of device: Device) -> [ImportedCounter.Point] {
    var points: [ImportedCounter.Point] = []
    let all = Timestamp(milliseconds: .min)..<Timestamp(milliseconds: .max)
    reader.readings(of: device, in: all, keys: [.total]) { rows in
      for column in rows.columns where column.field.key == .total {
        guard let places = column.field.form.decimalPlaces else { continue }
        for (time, value) in zip(rows.times, column.values) where value != ReadingColumns.absent {
          guard let total = Energy(kilowattHours: value, places: places) else { continue }
          points.append(ImportedCounter.Point(time: time, total: total.milliwattHours))
        }
      }
    }
    return points.sorted { $0.time < $1.time }
  }
}
