import Household
import Pricing
import Readings
import Reporting
import Text

/// `export --every 1h -f ha-statistics`: hours for Home Assistant's long-term statistics.
struct HomeAssistantExport {
  static let format = "ha-statistics"

  private let query: IntervalQuery
  private let names: StatisticNames
  private let written: Range<Timestamp>

  /// - Parameters:
  ///   - all: the days from the first reading on: sums begin there, whatever is written of them.
  ///   - written: what is asked for; an hour that begins before it and ends within it is written too.
  init(
    _ store: HouseholdStore, _ share: SharedCosts, _ zone: SiteZone, _ tariff: Tariff?, all: Range<Timestamp>,
    written: Range<Timestamp>
  ) {
    let clock = HomeAssistantStatistics.clock
    func hour(_ instant: Timestamp) -> Timestamp {
      instant.advanced(byMilliseconds: -instant.milliseconds.flooringRemainder(3_600_000))
    }
    query = IntervalQuery(
      store, share, site: zone, range: hour(all.lowerBound)..<written.upperBound, spacing: .hour, tariff: tariff,
      clock: clock)
    let devices = store.devices.sorted { ($0.first, $0.name) < ($1.first, $1.name) }
    names = StatisticNames([MainMeter.rest] + devices.map(\.name))
    self.written = hour(written.lowerBound)..<written.upperBound
  }

  /// Refuses what would be without effect.
  ///
  /// - Parameter others: options of other formats.
  static func check(
    _ arguments: Arguments, format: String, every: Option, against others: [Option]
  ) throws(Failure) {
    guard format == HomeAssistantExport.format else { return }
    guard arguments.text(every) == IntervalExport.Spacing.hour.rawValue else {
      throw .usage(
        "Home Assistant's long-term statistics are hourly",
        arguments.isSet(every) ? "name --every 1h" : "add --every 1h")
    }
    for option in others where arguments.isSet(option) {
      throw .usage("\(arguments.origin(option)) is without effect on -f \(format)", "leave it out")
    }
  }

  /// - Parameter path: nil for stdout.
  /// - Returns: false where there was nothing to write.
  func write(to path: String?, _ console: Console) throws(Failure) -> Bool {
    let output = try OutputFile(path)
    var statistics = HomeAssistantStatistics(names, writing: written)
    var bar = ProgressBar(
      "export", total: (query.range.upperBound.milliseconds - query.range.lowerBound.milliseconds) / 3_600_000,
      unit: .items("hours"), console)
    try query.forEachPlan { (plan, ledgers) throws(Failure) in
      try output.write(statistics.messages(plan, ledgers))
      if let done = plan.intervals.last?.upperBound {
        bar.update((done.milliseconds - query.range.lowerBound.milliseconds) / 3_600_000)
      }
    }
    bar.finish()
    guard statistics.rowCount > 0 else { return false }
    try output.finish()
    return true
  }
}
