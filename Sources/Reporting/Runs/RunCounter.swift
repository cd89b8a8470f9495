import Calendar
import EnergyAccounting
import Pricing
import Readings

/// What a plug's ledger says between two of its cut points, all channels together.
struct RunCounter {
  private let cuts: [Timestamp]
  private let channels: [ChannelLedger]
  /// Their slots, each priced.
  private let bill: Bill?
  private let events: [LedgerEvent]
  /// Digits of kWh.
  let places: Int

  /// - Parameter ledger: between the plan's cut points, each of which is an edge.
  init(_ ledger: DeviceLedger, _ plan: RunPlan) {
    precondition(ledger.cutPoints == plan.cutPoints, "a ledger that was not cut where the plan says")
    cuts = ledger.cutPoints
    channels = ledger.channels
    events = ledger.events.filter { [.fallback, .reset, .counterSet, .glitch, .swap].contains($0.kind) }
    places = min(max(channels.map(\.counterPlaces).max() ?? 3, 0), 6)
    bill = plan.tariff.map { tariff in
      Bill(
        tariff, TariffSchedule(tariff, zone: plan.zone, billing: BillingCycle(), cutPoints: ledger.cutPoints),
        devices: ledger.channels.map { Bill.Device(slots: $0.slots) })
    }
  }

  private func slots(_ range: Range<Timestamp>) -> Range<Int> {
    let first = cuts.indices.partitionPoint { cuts[$0] >= range.lowerBound }
    return first..<max(first, cuts.indices.partitionPoint { cuts[$0] >= range.upperBound })
  }

  /// Both ends are cut points.
  func energy(in range: Range<Timestamp>) -> Energy {
    let slots = slots(range)
    return channels.reduce(.zero) { $0 + $1.use(slots) }
  }

  /// Nil without a tariff, and where some of the energy has no price.
  func cost(in range: Range<Timestamp>) -> Money? {
    guard let bill else { return nil }
    var cost = Money.zero
    for (place, channel) in channels.enumerated() {
      let sum = bill.sum(slots(range), of: place, channel.slots)
      if sum.hasUnpriced { return nil }
      cost += sum.energyCost
    }
    return cost
  }

  /// The highest power of a reading, and how much of the time nobody knows anything of.
  func sum(in range: Range<Timestamp>) -> (peakMilliwatts: Int64?, peakAt: Timestamp?, missing: Int64) {
    let slots = slots(range)
    guard !slots.isEmpty else { return (nil, nil, 0) }
    let sums = channels.map { $0.sum(slots) }
    let highest = sums.max { $0.peakMilliwatts ?? .min < $1.peakMilliwatts ?? .min }
    return (highest?.peakMilliwatts, highest?.peakAt, sums.map(\.missing).max() ?? 0)
  }

  /// False where none of the powers that reached the threshold was sound: the message was a false one (a glitch).
  ///
  /// - Parameter whole: from the first cut point to the last; of what reaches beyond, not all powers are known here.
  func believes(_ span: PoweredSpan, in whole: Range<Timestamp>, from milliwatts: Int64) -> Bool {
    // The trace has sums of channels, the ledger the power of each.
    guard channels.count == 1, span.before >= whole.lowerBound, span.end <= whole.upperBound,
      let peak = sum(in: span.before..<span.end).peakMilliwatts
    else { return true }
    return peak >= milliwatts
  }

  /// What befell the counter within a time.
  func decisions(in range: Range<Timestamp>) -> [LedgerEvent.Kind] {
    ReportWording.unique(
      events.filter { $0.to > range.lowerBound && $0.from < range.upperBound }.map(\.kind))
  }
}
