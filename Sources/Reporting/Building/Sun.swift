import EnergyAccounting
import Pricing
import Readings

/// What plugs behind a main meter produced in each slot, and where it went: house = import − export + production.
struct Sun: Sendable {
  /// By slot, of the main meter.
  let imports: [Energy]
  let exports: [Energy]
  /// By slot, of all plugs: what went out of them.
  let produced: [Energy]

  /// nil where no plug produces: then what the main meter exports comes from something that nobody measures.
  init?(main: NamedLedger, plugs: [NamedLedger]) {
    let channels = plugs.flatMap(\.ledger.channels)
    guard channels.contains(where: { !$0.slots.exports.isEmpty }) else { return nil }
    let count = max(main.ledger.cutPoints.count - 1, 0)
    func sum(_ lists: [[Energy]]) -> [Energy] {
      var sums = [Energy](repeating: .zero, count: count)
      for list in lists { for (slot, energy) in list.enumerated() { sums[slot] += energy } }
      return sums
    }
    imports = sum(main.ledger.channels.map(\.slots.uses))
    exports = sum(main.ledger.channels.map(\.slots.exports))
    produced = sum(channels.map(\.slots.exports))
  }

  /// What the house used.
  var house: [Energy] { imports.indices.map { imports[$0] - exports[$0] + produced[$0] } }

  /// What the house used of what the plugs produced. Below zero in a slot in which the meters' messages lie so.
  var ownUse: SlotEnergies { SlotEnergies(uses: imports.indices.map { produced[$0] - exports[$0] }) }

  /// What happened to it in some slots.
  func sums(_ slots: Range<Int>) -> (imports: Energy, exports: Energy, produced: Energy) {
    (imports[slots].reduce(.zero, +), exports[slots].reduce(.zero, +), produced[slots].reduce(.zero, +))
  }

  /// The lines with what each of them bought: in each slot the part of its use that the house bought of its own, so that
  /// all lines together bought what the main meter counted. The last, the rest, has what is left over by cutting, and
  /// what was fed in, which earns the report's credit.
  func bought(by lines: [NamedLedger]) -> [NamedLedger] {
    let house = house
    var left = imports
    var lines = lines
    for place in lines.indices.dropLast() {
      lines[place].bought = lines[place].ledger.channels.map { channel in
        let uses = channel.slots.uses.enumerated().map { slot, use in
          guard house[slot] > .zero, use != .zero else { return Energy.zero }
          let part =
            Int128(use.milliwattHours) * Int128(imports[slot].milliwattHours) / Int128(house[slot].milliwattHours)
          let energy = Energy(milliwattHours: Int64(clamping: part))
          left[slot] -= energy
          return energy
        }
        return SlotEnergies(uses: uses)
      }
    }
    if let last = lines.indices.last { lines[last].bought = [SlotEnergies(uses: left, exports: exports)] }
    return lines
  }
}
