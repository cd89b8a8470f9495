import Calendar
import Readings
import Text

/// Short names of times for drawings, where a day or an hour has a few characters.
extension ReportWording {
  /// `Sun 25 Oct`.
  func dayLabel(_ instant: LocalInstant) -> String {
    let civil = instant.civil
    let day = CivilTime.dayNumber(year: civil.year, month: civil.month, day: civil.day)
    let weekday = ClockText.weekdays[ClockText.weekday(ofDay: day)].prefix(3)
    return "\(weekday) \(civil.day) \(ClockText.months[civil.month - 1].prefix(3))"
  }

  /// `14`, `25`, `W43`, `Oct`, `2026`: under the column of a drawing.
  func axisLabel(of span: Report.Span, as unit: DrawnUnit) -> String {
    let civil = span.start.civil
    switch unit {
    case .hour: return "\(civil.hour)"
    case .day: return "\(civil.day)"
    case .week:
      let day = CivilTime.dayNumber(year: civil.year, month: civil.month, day: civil.day)
      return "W\(LocalDate(dayNumber: day).isoWeek.week)"
    case .month: return String(ClockText.months[civil.month - 1].prefix(3))
    case .year: return "\(civil.year)"
    case .other: return "\(civil.day) \(ClockText.months[civil.month - 1].prefix(3))"
    }
  }

  /// `by hour`, as a drawing is called: `Energy by hour`.
  enum DrawnUnit: String {
    case hour, day, week, month, year
    case other = "period"

    init(_ granularity: Report.Granularity) {
      switch granularity {
      case .day: self = .day
      case .week: self = .week
      case .month: self = .month
      case .year: self = .year
      case .bill, .range: self = .other
      }
    }

    init(_ split: Report.Split) {
      switch split {
      case .hour: self = .hour
      case .day: self = .day
      case .week: self = .week
      case .month: self = .month
      case .tariff: self = .other
      }
    }
  }
}
