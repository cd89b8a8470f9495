import EnergyAccounting
import Readings
public import Work

/// A declared main meter: what it counted and no plug did, and where the sun of plugs that produce went.
public enum MainMeter {
  /// The name of the line that holds the rest.
  public static let rest = "unmetered"

  /// The ledgers with the main meter's replaced by the rest, so that all lines together are what the house used.
  ///
  /// In every bucket the rest is what the main meter counted less what the plugs did. Where plugs produce, the house used
  /// import − export + production: that less the plugs' use is the rest, and nothing of the rest goes back to the grid.
  /// Without such plugs, what the main meter exports is the rest's. Covered is what all of them cover.
  ///
  /// Unchanged where no ledger has that name.
  public static func dividing(
    _ ledgers: [NamedLedger], main name: String, _ sideBySide: SideBySide = .inTurn
  ) -> [NamedLedger] {
    guard let main = ledgers.first(where: { $0.name == name }), !main.ledger.channels.isEmpty else { return ledgers }
    let plugs = ledgers.filter { $0.name != name }
    let sun = Sun(main: main, plugs: plugs)
    let (buckets, slots) = sideBySide.both(
      { MainMeter.buckets(of: main, less: plugs, hasSun: sun != nil) },
      { sun.map { MainMeter.slots(of: $0, less: plugs) } ?? MainMeter.slots(of: main, less: plugs) })
    var rest = main.ledger
    rest.channels = [
      ChannelLedger(
        channel: nil, counterPlaces: ledgers.flatMap(\.ledger.channels).map(\.counterPlaces).max() ?? 3,
        slots: slots, buckets: buckets)
    ]
    for index in rest.events.indices { rest.events[index].channel = nil }
    let lines = plugs + [NamedLedger(name: MainMeter.rest, ledger: rest)]
    return sun?.bought(by: lines) ?? lines
  }

  private static func buckets(of main: NamedLedger, less plugs: [NamedLedger], hasSun: Bool) -> [Bucket] {
    let edges = main.ledger.bucketEdges
    var buckets = MainMeter.buckets(of: main.ledger)
    // Energy less that of the plugs, and what is inferred of all of it.
    var rest = buckets.map { (energy: hasSun ? $0.energy - $0.export : $0.energy, inferred: $0.inferred) }
    for plug in plugs {
      guard let first = plug.ledger.firstReading, let last = plug.ledger.lastReading else { continue }
      let parts = MainMeter.buckets(of: plug.ledger)
      for index in buckets.indices where first < edges[index + 1] && last >= edges[index] {
        let part = parts[index]
        rest[index].energy -= part.energy
        if hasSun { rest[index].energy += part.export }
        rest[index].inferred += part.inferred
        buckets[index].export -= part.export
        buckets[index].narrow(to: part)
      }
    }
    for index in buckets.indices {
      let (energy, inferred) = rest[index]
      buckets[index].inferred = max(min(inferred, energy), .zero)
      buckets[index].measured = energy - buckets[index].inferred
      if hasSun { buckets[index].export = .zero }
      buckets[index].forgetPower()
    }
    return buckets
  }

  /// Of all counters of a plug.
  private static func buckets(of ledger: DeviceLedger) -> [Bucket] {
    guard var buckets = ledger.channels.first?.buckets else {
      return ledger.bucketEdges.dropFirst().map { _ in Bucket() }
    }
    for channel in ledger.channels.dropFirst() {
      for (index, bucket) in channel.buckets.enumerated() { buckets[index].add(another: bucket) }
    }
    return buckets
  }

  private static func slots(of main: NamedLedger, less plugs: [NamedLedger]) -> SlotEnergies {
    let (whole, parts) = (main.ledger.channels.map(\.slots), plugs.flatMap(\.ledger.channels).map(\.slots))
    func rest(_ energies: (SlotEnergies) -> [Energy]) -> [Energy] {
      guard (whole + parts).contains(where: { !energies($0).isEmpty }) else { return [] }
      var rest = [Energy](repeating: .zero, count: max(main.ledger.cutPoints.count - 1, 0))
      for slots in whole { for (index, energy) in energies(slots).enumerated() { rest[index] += energy } }
      for slots in parts { for (index, energy) in energies(slots).enumerated() { rest[index] -= energy } }
      return rest
    }
    return SlotEnergies(uses: rest(\.uses), exports: rest(\.exports))
  }

  /// What is left of the house.
  private static func slots(of sun: Sun, less plugs: [NamedLedger]) -> SlotEnergies {
    var rest = sun.house
    for slots in plugs.flatMap(\.ledger.channels).map(\.slots) {
      for (index, energy) in slots.uses.enumerated() { rest[index] -= energy }
    }
    return SlotEnergies(uses: rest)
  }
}

extension Bucket {
  /// Adds what another counter of the plug counted in the same time.
  fileprivate mutating func add(another other: Bucket) {
    measured += other.measured
    inferred += other.inferred
    export += other.export
    narrow(to: other)
  }

  /// Power is of one counter, and no sum or difference of several.
  fileprivate mutating func forgetPower() {
    (peakMilliwatts, peakAt, lowestMilliwatts) = (nil, nil, nil)
    (powerTime, poweredTime) = (0, 0)
  }

  /// Takes over what another counter knows less of the same time.
  fileprivate mutating func narrow(to other: Bucket) {
    let known = min(covered + inferredTime, other.covered + other.inferredTime)
    covered = min(covered, other.covered, known)
    inferredTime = known - covered
    missing = max(duration - known, 0)
    dividedAtStart = dividedAtStart || other.dividedAtStart
    dividedAtEnd = dividedAtEnd || other.dividedAtEnd
    isShared = isShared || other.isShared
  }
}
