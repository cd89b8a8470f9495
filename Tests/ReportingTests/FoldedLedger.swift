import EnergyAccounting
import Readings

extension ChannelLedger {
  /// A ledger out of one bucket for each slot: slots take their energy, buckets between edges their sums.
  init(channel: Int?, counterPlaces: Int, folding fine: [Bucket], cutPoints: [Timestamp], edges: [Timestamp]) {
    self.init(
      channel: channel, counterPlaces: counterPlaces,
      slots: SlotEnergies(fine.map { SlotEnergy(use: $0.energy, export: $0.export) }),
      buckets: zip(edges, edges.dropFirst()).map { start, end in
        zip(cutPoints, fine).reduce(into: Bucket()) { sum, slot in
          if slot.0 >= start, slot.0 < end { sum.add(slot.1) }
        }
      })
  }
}
