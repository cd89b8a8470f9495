public import Readings
public import Storage

/// Damaged places of the store that figures of a time had to do without.
public struct StoreHoles {
  let store: HouseholdStore
  let devices: [LogicalDevice]
  let range: Range<Timestamp>

  /// - Parameter devices: whose figures are asked for.
  public init(_ store: HouseholdStore, _ devices: [LogicalDevice], range: Range<Timestamp>) {
    self.store = store
    self.devices = devices
    self.range = range
  }

  /// Those that lie in the time, or whose time is unknown, of these devices or of none that is known. Complete when all
  /// has been read.
  ///
  /// What lies beyond the first or the last reading belongs to a range that goes as far: the end of the data may be the
  /// hole.
  public var damage: [Damage] {
    let reachesBack = store.firstReading.map { range.lowerBound <= $0 } ?? true
    let reachesOn = store.lastReading.map { range.upperBound > $0 } ?? true
    let all = Set(store.devices.flatMap(\.members).map(\.device))
    let wanted = Set(devices.flatMap(\.members).map(\.device))
    return store.reader.damage.filter { damage in
      guard !damage.isNormal else { return false }
      if let first = damage.first, let last = damage.last {
        if first >= range.upperBound, !reachesOn { return false }
        if last < range.lowerBound, !reachesBack { return false }
      }
      return damage.device.map { wanted.contains($0) || !all.contains($0) } ?? true
    }
  }

  /// Of the device whose readings are lost, where that is known.
  public func name(of damage: Damage) -> String? {
    damage.device.flatMap { lost in devices.first { $0.members.contains { $0.device == lost } }?.name }
  }

  /// Place, cause and loss in one sentence.
  public static func text(_ damage: Damage) -> String {
    let loss =
      damage.losesNothing
      ? "all that the store holds is read; 'wattlog repair' mends it"
      : damage.kind == .rollups
        ? "its readings were used, where it has them" : "what only its readings tell is left out"
    return "\(damage.file) is damaged at byte \(damage.offset): \(damage.cause); \(loss)"
  }
}
