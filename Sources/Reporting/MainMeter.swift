import EnergyAccounting
import Readings

/// A declared main meter: what it counted and no plug did.
package enum MainMeter {
  /// The name of the line that holds the rest.
  package static let rest = "unmetered"

  /// The ledgers with the main meter's replaced by the rest, so that all lines together are what the main meter counted:
  /// in every bucket use and export of the main meter less those of the plugs. Covered is what all of them cover.
  ///
  /// Unchanged where no ledger has that name.
  package static func dividing(_ ledgers: [NamedLedger], main name: String) -> [NamedLedger] {
    guard let main = ledgers.first(where: { $0.name == name }), !main.ledger.channels.isEmpty else { return ledgers }
    let plugs = ledgers.filter { $0.name != name }
    var rest = main.ledger
    let edges = rest.bucketEdges
    let buckets = edges.indices.dropLast().map { index in
      let whole = sum(main.ledger.channels.map { $0.buckets[index] })
      let present = plugs.filter { plug in
        guard let first = plug.ledger.firstReading, let last = plug.ledger.lastReading else { return false }
        return first < edges[index + 1] && last >= edges[index]
      }
      return less(whole, present.map { plug in sum(plug.ledger.channels.map { $0.buckets[index] }) })
    }
    rest.channels = [
      ChannelLedger(
        channel: nil, counterPlaces: ledgers.flatMap(\.ledger.channels).map(\.counterPlaces).max() ?? 3,
        slots: slots(of: main, less: plugs), buckets: buckets)
    ]
    for index in rest.events.indices { rest.events[index].channel = nil }
    return plugs + [NamedLedger(name: MainMeter.rest, ledger: rest)]
  }

  private static func slots(of main: NamedLedger, less plugs: [NamedLedger]) -> [SlotEnergy] {
    var slots = [SlotEnergy](repeating: SlotEnergy(), count: max(main.ledger.cutPoints.count - 1, 0))
    for channel in main.ledger.channels {
      for (index, slot) in channel.slots.enumerated() {
        slots[index].use += slot.use
        slots[index].export += slot.export
      }
    }
    for channel in plugs.flatMap(\.ledger.channels) {
      for (index, slot) in channel.slots.enumerated() {
        slots[index].use -= slot.use
        slots[index].export -= slot.export
      }
    }
    return slots
  }

  /// One bucket of several counters of a plug over the same time.
  private static func sum(_ buckets: [Bucket]) -> Bucket {
    guard var sum = buckets.first else { return Bucket() }
    for bucket in buckets.dropFirst() {
      sum.measured += bucket.measured
      sum.inferred += bucket.inferred
      sum.export += bucket.export
      sum.narrow(to: bucket)
    }
    return sum
  }

  private static func less(_ whole: Bucket, _ parts: [Bucket]) -> Bucket {
    var rest = Bucket(duration: whole.duration)
    var inferred = whole.inferred
    var energy = whole.energy
    rest.export = whole.export
    rest.covered = whole.covered
    rest.inferredTime = whole.inferredTime
    rest.missing = whole.missing
    rest.dividedAtStart = whole.dividedAtStart
    rest.dividedAtEnd = whole.dividedAtEnd
    rest.messages = whole.messages
    for part in parts {
      energy -= part.energy
      inferred += part.inferred
      rest.export -= part.export
      rest.narrow(to: part)
    }
    rest.inferred = max(min(inferred, energy), .zero)
    rest.measured = energy - rest.inferred
    return rest
  }
}

extension Bucket {
  /// Takes over what another counter knows less of the same time.
  fileprivate mutating func narrow(to other: Bucket) {
    let known = min(covered + inferredTime, other.covered + other.inferredTime)
    covered = min(covered, other.covered, known)
    inferredTime = known - covered
    missing = max(duration - known, 0)
    dividedAtStart = dividedAtStart || other.dividedAtStart
    dividedAtEnd = dividedAtEnd || other.dividedAtEnd
  }
}
