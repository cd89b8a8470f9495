import EnergyAccounting
import Readings
import Reporting
import Storage
import Text

/// Damaged places of the store that figures of a time had to do without.
struct StoreHoles {
  let store: StoreAccess
  /// Whose figures are asked for.
  let devices: [LogicalDevice]
  let range: Range<Timestamp>

  /// Those that lie in the time, or whose time is unknown, of these devices or of none that is known. Complete when all
  /// has been read.
  ///
  /// What lies beyond the first or the last reading belongs to a range that goes as far: the end of the data may be the
  /// hole.
  var damage: [Damage] {
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
  func name(of damage: Damage) -> String? {
    damage.device.flatMap { lost in devices.first { $0.members.contains { $0.device == lost } }?.name }
  }

  static func text(_ damage: Damage) -> String {
    let loss =
      damage.losesNothing
      ? "all that the store holds is read; 'wattlog repair' mends it"
      : damage.kind == .rollups
        ? "its readings were used, where it has them" : "what only its readings tell is left out"
    return "\(damage.file) is damaged at byte \(damage.offset): \(damage.cause); \(loss)"
  }

  /// Names each hole on stderr, for commands whose output has no place for notes. True when there is one.
  func tell(_ console: Console) -> Bool {
    let found = damage
    for damage in found { console.error(SafeText.printable(StoreHoles.text(damage))) }
    if !found.isEmpty { console.error("'wattlog verify' lists all damage, 'wattlog repair' saves what is good") }
    return !found.isEmpty
  }
}

extension StoreAccess {
  /// Why there is nothing to show: an empty store, or one whose damage hides what it held.
  func noReading(_ cause: String) -> Failure {
    guard let damage = reader.damage.first(where: { !$0.isNormal }) else {
      return Failure(.noData, cause, devices.isEmpty ? nil : "'wattlog status' says what the store holds")
    }
    let place = DamageText.line(damage, in: path)
    return Failure(.noData, "\(cause); part of the store is damaged: \(place)", "see 'wattlog verify'")
  }

  /// A word that names no device: mistyped, or the name of one that damage hides.
  func unknownDevice(
    _ word: String, _ cause: String, among devices: [LogicalDevice], _ advice: String
  ) -> Failure {
    if let meant = Arguments.suggestion(for: word, among: devices.map(\.name)) { return Failure(.noData, cause, meant) }
    return reader.damage.contains { !$0.isNormal } ? noReading(cause) : Failure(.noData, cause, advice)
  }
}
