import Calendar
import EnergyAccounting
import Readings
import Reporting

/// What the last day of the accounting tells of how plugs are set up: several on one topic, one under two topics.
struct LedgerExamination {
  let store: StoreAccess
  let zone: TimeZoneRules

  private static let day: Int64 = 86_400_000

  func findings() throws(Failure) -> [DoctorFinding] {
    guard let last = store.lastReading else { return [] }
    let range = last.advanced(byMilliseconds: -LedgerExamination.day)..<last.advanced(byMilliseconds: 1)
    let ledgers = try LedgerReading(store: store, devices: store.devices, zone: zone).ledgers(over: range)
    var findings = TwinPlugs.all(among: ledgers, in: range).map { twins in
      DoctorFinding(.plugs, .problem, device: twins.other, twins.text, advice: TwinPlugs.advice)
    }
    for named in ledgers {
      for event in named.ledger.events where event.to >= range.lowerBound {
        switch event.kind {
        case .sharedTopic:
          findings.append(
            DoctorFinding(.plugs, .problem, device: named.name, event.text, commands: ["Topic tasmota_%06X"]))
        case .noCounter: findings.append(DoctorFinding(.plugs, .problem, device: named.name, event.text))
        default: break
        }
      }
    }
    return findings
  }
}
