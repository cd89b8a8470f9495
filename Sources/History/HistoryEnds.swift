import Calendar
import Readings

/// Until when rows last that tell only when they begin: to the next row, but no further than is usual among them.
struct HistoryEnds {
  private let starts: [Timestamp]
  private let zone: TimeZoneRules
  private let usual: Usual?

  private enum Usual {
    case months(Int)
    case days(Int)
    case milliseconds(Int64)
  }

  init(_ starts: [Timestamp], zone: TimeZoneRules) {
    self.starts = starts
    self.zone = zone
    guard let middle = ImportedCounter.usualStep(of: starts) else {
      usual = nil
      return
    }
    let locals = starts.map { zone.local(at: $0) }
    let areMidnights = locals.allSatisfy { $0.secondsSince1970 % 86_400 == 0 }
    let days = Int((Double(middle) / 86_400_000).rounded())
    if areMidnights, days >= 28, locals.allSatisfy({ $0.day == 1 }) {
      usual = .months(max(Int((Double(days) / 30.4).rounded()), 1))
    } else if areMidnights, days >= 1 {
      usual = .days(days)
    } else {
      usual = .milliseconds(middle)
    }
  }

  /// nil where nothing tells: of one row alone.
  func end(of place: Int) -> Timestamp? {
    guard let usual else { return nil }
    let start = starts[place]
    let date = zone.date(at: start)
    let end =
      switch usual {
      case .milliseconds(let length): start.advanced(byMilliseconds: length)
      case .days(let count): zone.start(of: date.advanced(byDays: count))
      case .months(let count):
        zone.start(
          of: LocalDate.firstOfMonth(year: date.components.year, month: date.components.month + count))
      }
    guard place + 1 < starts.count else { return end }
    let next = starts[place + 1]
    // A row that is a little late still follows on the one before.
    let slack = (end.milliseconds - start.milliseconds) / 2
    return next.milliseconds <= end.milliseconds + slack ? next : end
  }
}
