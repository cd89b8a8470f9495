import Calendar
import Household
import Readings
import Text

/// The operands of `report` in any order: a unit, a period as `-p` takes it, and devices as `--device` takes them.
struct ReportWords {
  /// As if the period and the devices had been given by their options; the unit is the one operand that is left.
  private(set) var arguments: Arguments
  /// The first word that was taken for a device and may be a slip of the pen.
  private(set) var doubt: Failure?

  static let units = ["day", "week", "month", "bill", "year", "range"]
  /// `last 24 hours`
  private static let longestPeriod = 3

  init(_ given: Arguments, _ zone: SiteZone, now: Timestamp) throws(Failure) {
    arguments = given
    arguments.operands = []
    let today = zone.days.date(at: now)
    var rest = given.operands[...]
    while !rest.isEmpty {
      // 'last week' before 'week'.
      for count in stride(from: min(ReportWords.longestPeriod, rest.count), through: 1, by: -1) {
        let text = rest.prefix(count).joined(separator: " ")
        if count == 1, ReportWords.units.contains(text) {
          try take(unit: text)
        } else if PeriodWords.hours(text) != nil || CalendarPeriod(text, today: today, billing: zone.billing) != nil {
          guard !arguments.isTyped(.period) else {
            throw .usage("'\(SafeText.printable(text))' is a second period", "name one, or FIRST..LAST")
          }
          arguments.take(operand: text, as: .period)
        } else if count == 1 {
          take(device: text)
        } else {
          continue
        }
        rest = rest.dropFirst(count)
        break
      }
    }
  }

  private mutating func take(unit: String) throws(Failure) {
    guard arguments.operands.isEmpty else {
      throw .usage("'report' does not expect '\(unit)'", "see 'wattlog report --help'")
    }
    arguments.operands = [unit]
  }

  private mutating func take(device: String) {
    arguments.take(operand: device, as: .device)
    let known = ReportWords.units + PeriodWords.forms.map(\.form).filter { $0.allSatisfy(\.isLetter) }
    if doubt == nil, let meant = Arguments.suggestion(for: device, among: known) {
      doubt = .usage("'report' does not know '\(SafeText.printable(device))'", meant)
    }
  }
}
