public import Calendar
import EnergyAccounting
import Readings
import Reporting

/// What the last day of the accounting tells of how plugs are set up: several on one topic, one under two topics.
public struct LedgerExamination {
  let store: HouseholdStore
  let zone: TimeZoneRules

  /// - Parameter zone: the site's.
  public init(_ store: HouseholdStore, zone: TimeZoneRules) {
    self.store = store
    self.zone = zone
  }

  private static let day: Int64 = 86_400_000

  /// What is so, in the order of the plugs.
  public func findings() -> [Finding] {
    guard let last = store.lastReading else { return [] }
    let range = last.advanced(byMilliseconds: -LedgerExamination.day)..<last.advanced(byMilliseconds: 1)
    let ledgers = LedgerQuery(store, store.devices, zone: zone).ledgers(over: range)
    var findings = TwinPlugs.all(among: ledgers, in: range).map { twins in
      Finding(.plugs, .problem, device: twins.other, twins.text, advice: TwinPlugs.advice)
    }
    for named in ledgers {
      for event in named.ledger.events where event.to >= range.lowerBound {
        switch event.kind {
        case .sharedTopic:
          findings.append(
            Finding(.plugs, .problem, device: named.name, event.text, commands: ["Topic tasmota_%06X"]))
        case .noCounter: findings.append(Finding(.plugs, .problem, device: named.name, event.text))
        default: break
        }
      }
    }
    return findings
  }
}
