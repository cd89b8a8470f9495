import Calendar
import Readings

/// Something in a tariff that will not do what its author thinks.
public struct TariffProblem: Hashable, Sendable, CustomStringConvertible {
  public var severity: Severity
  /// `periods[0].rates[2]`.
  public var path: String
  public var text: String

  /// An error leaves energy without a price or makes the order of periods meaningless; the rest are warnings.
  public enum Severity: String, Hashable, Sendable { case error, warning }

  public var description: String { "\(path): \(text)" }
}

extension Tariff {
  /// Holes, overlaps, rates that never apply, missing prices, and values out of range.
  public func check() -> [TariffProblem] {
    var problems: [TariffProblem] = []
    if periods.isEmpty {
      problems.append(TariffProblem(severity: .error, path: "periods", text: "there is no period"))
    }
    for (index, period) in periods.enumerated() {
      let path = "periods[\(index)]"
      if index > 0, period.from <= periods[index - 1].from {
        let order = period.from == periods[index - 1].from ? "begins on the same day as" : "begins before"
        problems.append(
          TariffProblem(severity: .error, path: "\(path).from", text: "it \(order) the period above it"))
      }
      if period.standingCharge.units < 0 {
        problems.append(
          TariffProblem(severity: .warning, path: "\(path).standingCharge", text: "the standing charge is negative"))
      }
      for (tierIndex, tier) in period.tiers.enumerated() where tier.above < .zero {
        problems.append(
          TariffProblem(severity: .error, path: "\(path).tiers[\(tierIndex)]", text: "aboveKWhPerBill is below 0"))
      }
      switch period.pricing {
      case .rates(let rates): Tariff.check(rates, path: path, into: &problems)
      case .prices(let list):
        Tariff.check(list, path: path, into: &problems)
        let next = periods.indices.contains(index + 1) ? periods[index + 1].from : nil
        Tariff.check(list, from: period.from, to: next, path: path, into: &problems)
      }
    }
    return problems
  }

  private static func check(_ rates: [Rate], path: String, into problems: inout [TariffProblem]) {
    guard !rates.isEmpty else {
      problems.append(TariffProblem(severity: .error, path: "\(path).rates", text: "there is no rate"))
      return
    }
    // Rates depend on month, weekday and minute only: 12 × 7 × 1440 cells show everything that can happen.
    var wins = [Int](repeating: 0, count: rates.count)
    var matches = [Int](repeating: 0, count: rates.count)
    var shared: [[Int: Int]] = Array(repeating: [:], count: rates.count)
    var hole: (month: Int, weekday: Int, minute: Int)?
    var holeMinutes = 0
    for month in 1...12 {
      for weekday in 1...7 {
        for minute in 0..<1440 {
          var winner: Int?
          for index in rates.indices
          where rates[index].holds(month: month, weekday: weekday, minuteOfDay: minute) {
            matches[index] += 1
            if let winner { shared[index][winner, default: 0] += 1 } else { winner = index }
          }
          if let winner {
            wins[winner] += 1
          } else {
            holeMinutes += 1
            if hole == nil { hole = (month, weekday, minute) }
          }
        }
      }
    }
    if let hole {
      let share = holeMinutes == 120_960 ? "at no time" : "not at every time"
      problems.append(
        TariffProblem(
          severity: .error, path: "\(path).rates",
          text: "a rate holds \(share): none in \(monthNames[hole.month - 1]) on a \(dayNames[hole.weekday - 1]) at "
            + clock(hole.minute)))
    }
    for index in rates.indices {
      let ratePath = "\(path).rates[\(index)]"
      if matches[index] == 0 || wins[index] == 0 {
        problems.append(
          TariffProblem(
            severity: .warning, path: ratePath,
            text: "'\(rates[index].name)' never applies: rates above it match first at all its times"))
        continue
      }
      for (earlier, count) in shared[index].sorted(by: { $0.key < $1.key })
      where count < matches[earlier] && count < matches[index] {
        // An exception inside a wider rate is how rates are written; two that each reach beyond the other may be a slip.
        problems.append(
          TariffProblem(
            severity: .warning, path: ratePath,
            text: "'\(rates[index].name)' overlaps '\(rates[earlier].name)', which wins where both match"))
      }
    }
  }

  private static func check(_ list: PriceList, path: String, into problems: inout [TariffProblem]) {
    for (index, start) in list.starts.enumerated() where index > 0 {
      let end = list.end(ofSlot: index - 1)
      if end < start {
        let hours = (start.milliseconds - end.milliseconds) / 60_000
        problems.append(
          TariffProblem(
            severity: .error, path: "\(path).prices", text: "no price for \(hours) minutes from \(utc(end)) on"))
      }
    }
  }

  /// A list that does not reach from the period's first day to the next period's, wherever on earth the site is: local
  /// midnight is from 14 hours before to 12 hours after that of UTC.
  private static func check(
    _ list: PriceList, from first: LocalDate, to next: LocalDate?, path: String, into problems: inout [TariffProblem]
  ) {
    func midnight(_ date: LocalDate, _ hours: Int64) -> Timestamp {
      Timestamp(seconds: date.dayNumber * 86_400 + hours * 3600)
    }
    guard let start = list.starts.first else { return }
    if start > midnight(first, 12) {
      problems.append(
        TariffProblem(
          severity: .error, path: "\(path).prices",
          text: "the first price is of \(utc(start)), but the period begins on \(utc(midnight(first, 0)).prefix(10))"))
    }
    let end = list.end(ofSlot: list.starts.count - 1)
    if let next, end < midnight(next, -14) {
      problems.append(
        TariffProblem(
          severity: .error, path: "\(path).prices",
          text: "the last price ends at \(utc(end)), but the next period begins on \(utc(midnight(next, 0)).prefix(10))"
        ))
    }
  }

  private static func utc(_ instant: Timestamp) -> String {
    let time = CivilTime(secondsSince1970: instant.seconds)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(time.year)-\(two(time.month))-\(two(time.day))T\(two(time.hour)):\(two(time.minute))Z"
  }

  private static func clock(_ minute: Int) -> String {
    "\(minute / 60 < 10 ? "0" : "")\(minute / 60):\(minute % 60 < 10 ? "0" : "")\(minute % 60)"
  }

  private static let monthNames = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]
  private static let dayNames = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
}
