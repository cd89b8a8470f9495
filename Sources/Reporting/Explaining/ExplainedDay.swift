import Calendar
import EnergyAccounting
import Pricing
import Readings

/// One day of one device as `explain` tells it: where its figures lie, and how they are written.
struct ExplainedDay {
  let plan: ReportPlan
  let report: Report
  let trace: StepTrace

  var range: Range<Timestamp> { plan.request.range }
  /// False for a day that is not over, or not reported from its start.
  var isWhole: Bool {
    let days = LocalDays(zone: plan.request.zone, startMinute: plan.request.dayStartMinute)
    return days.range(of: days.date(at: range.lowerBound)) == range
  }
  var buckets: Range<Int> { plan.main.buckets(in: range) }
  var slots: Range<Int> { plan.main.slots(in: range) }
  var total: Report.Total? { report.periods.first?.total }

  func steps(of line: ExactEntry) -> [StepTrace.Step] {
    trace.steps.filter {
      $0.channel == line.channel.channel && $0.to.time > range.lowerBound && $0.from.time < range.upperBound
    }
  }

  /// What the line used, and how well it is known.
  func sum(_ line: ExactEntry) -> Bucket { line.channel.sum(buckets) }

  func sum(_ channel: ChannelLedger) -> Bucket { channel.sum(buckets) }

  func entry(of line: ExactEntry) -> Report.Entry? {
    report.periods.first?.devices.first { $0.device == line.name && $0.channel == line.channel.channel }
  }

  // MARK: Words

  func local(_ instant: Timestamp) -> LocalInstant {
    LocalInstant(instant, offsetSeconds: plan.request.zone.offset(at: instant))
  }

  /// The time of day, with the date where it is not this day, and with the offset where the clocks change.
  func clock(_ instant: Timestamp, seconds: Bool = false) -> String {
    let iso = local(instant).iso
    var time = String(iso.dropFirst(11).prefix(seconds ? 8 : 5))
    if report.periods.first?.clockChanges.isEmpty == false, range.contains(instant) { time += String(iso.suffix(6)) }
    return range.contains(instant) ? time : String(iso.prefix(10)) + " " + time
  }

  /// With the counter's digits.
  func kWh(_ energy: Energy?, _ line: ExactEntry) -> String {
    energy.map { $0.kilowattHours(places: line.places) } ?? "none"
  }

  /// With as many digits as it takes.
  func exact(_ energy: Energy, _ line: ExactEntry) -> String {
    let isWhole = energy.milliwattHours % Energy.unit(places: line.places).milliwattHours == 0
    return energy.kilowattHours(places: isWhole ? line.places : 6)
  }

  static func length(_ start: Timestamp, _ end: Timestamp) -> String {
    length(seconds: (end.milliseconds - start.milliseconds) / 1000)
  }

  /// `30 s`, `2 min 30 s`; from ten minutes on in minutes.
  static func length(seconds: Int64) -> String {
    guard seconds < 600, seconds % 60 != 0 else { return ReportWording.duration(seconds) }
    return (seconds < 60 ? "" : "\(seconds / 60) min ") + "\(seconds % 60) s"
  }

  /// `units` / 10^`places` without trailing zeros, at least two digits after the point.
  static func decimal(_ units: Int128, places: Int) -> String {
    var digits = String(units.magnitude)
    if digits.utf8.count <= places { digits = String(repeating: "0", count: places + 1 - digits.utf8.count) + digits }
    let whole = digits.prefix(digits.utf8.count - places)
    var fraction = String(digits.suffix(places))
    while fraction.utf8.count > 2, fraction.hasSuffix("0") { fraction.removeLast() }
    return (units < 0 ? "-" : "") + whole + "." + fraction
  }

  static func decimal(_ money: Money) -> String { decimal(money.units, places: Money.places) }
}
