import Calendar
import Readings

/// When the rates of a schedule hold: holes, rates that never apply, and rates that contradict each other.
extension TariffCheck {
  /// A span of the day, on one kind of day, for one kind of device: all that rates tell apart.
  private struct Cells {
    struct Cell {
      var day: TariffDay
      /// Minutes of the day.
      var start: Int
      var length: Int
      /// −1 for a device that no rate names, else the place of the pattern that names it.
      var device: Int
    }
    var all: [Cell] = []
    let patterns: [Tariff.DevicePattern]

    init(_ rates: [Tariff.Rate], _ names: DateNames) {
      var edges: Set<Int> = [0, 1440]
      var patterns: [Tariff.DevicePattern] = []
      for rate in rates {
        if let hours = rate.selector.hours { edges.formUnion([hours.start, hours.end]) }
        for pattern in rate.selector.devices where !patterns.contains(pattern) { patterns.append(pattern) }
      }
      self.patterns = patterns
      let minutes = edges.sorted()
      var days = (1...7).map { (weekday: $0, names: UInt64(0)) }
      days += names.combinations.map { (1, $0) }
      for month in 1...12 {
        for day in days {
          for (start, end) in zip(minutes, minutes.dropFirst()) {
            for device in -1..<patterns.count {
              all.append(
                Cell(
                  day: TariffDay(month: month, weekday: day.weekday, names: day.names), start: start,
                  length: end - start, device: device))
            }
          }
        }
      }
    }

    func holds(_ rate: Tariff.Rate, in cell: Cell) -> Bool {
      guard rate.selector.holds(on: cell.day, minuteOfDay: cell.start) else { return false }
      if rate.selector.devices.isEmpty { return true }
      if rate.selector.devices.contains(where: { $0.text == "*" }) { return true }
      return cell.device >= 0 && rate.selector.devices.contains(patterns[cell.device])
    }
  }

  mutating func checkRates(_ rates: [Tariff.Rate], path: String, isEnergy: Bool) {
    let cells = Cells(rates, tariff.dateNames)
    var wins = [Int](repeating: 0, count: rates.count)
    var matches = [Int](repeating: 0, count: rates.count)
    // Minutes that an earlier rate wins from a later one.
    var taken: [[Int: Int]] = Array(repeating: [:], count: rates.count)
    var hole: Cells.Cell?
    var isSomeHeld = false
    for cell in cells.all {
      var winner: Int?
      for index in rates.indices where cells.holds(rates[index], in: cell) {
        matches[index] += cell.length
        if let winner { taken[index][winner, default: 0] += cell.length } else { winner = index }
      }
      if let winner {
        wins[winner] += cell.length
        isSomeHeld = true
      } else if hole == nil {
        hole = cell
      }
    }
    if let hole { report(hole, cells, isSomeHeld, path, isEnergy: isEnergy) }
    for index in rates.indices {
      let ratePath = "\(path).rates[\(index)]"
      if matches[index] == 0 {
        warn(ratePath, "'\(rates[index].name)' never applies: no day is as it says")
        continue
      }
      if wins[index] == 0 {
        warn(ratePath, "'\(rates[index].name)' never applies: rates above it match first at all its times")
        continue
      }
      for (earlier, _) in taken[index].sorted(by: { $0.key < $1.key })
      where rates[earlier].price != rates[index].price
        && TariffCheck.cross(rates[earlier].selector, rates[index].selector)
      {
        warn(ratePath, "'\(rates[index].name)' overlaps '\(rates[earlier].name)', which wins where both match")
      }
    }
  }

  private mutating func report(
    _ hole: Cells.Cell, _ cells: Cells, _ isSomeHeld: Bool, _ path: String, isEnergy: Bool
  ) {
    let names = tariff.dateNames.names(of: hole.day.names)
    let day =
      names.isEmpty
      ? "on a \(TariffCheck.dayNames[hole.day.weekday - 1])" : "on a date called \(names.joined(separator: " and "))"
    let place =
      "none in \(TariffCheck.monthNames[hole.day.month - 1]) \(day) at \(TariffCheck.clock(hole.start))"
      + (cells.patterns.isEmpty
        ? "" : hole.device < 0 ? " for a device that no rate names" : " for \(cells.patterns[hole.device].text)")
    if isEnergy {
      error("\(path).rates", "a rate holds \(isSomeHeld ? "not at every time" : "at no time"): \(place)")
    } else {
      warn(
        "\(path).rates",
        "a rate holds \(isSomeHeld ? "not at every time" : "at no time"): \(place); a rate with the price 0 says that this is meant"
      )
    }
  }

  /// Two that differ in one thing alone, and each reach beyond the other in it: a slip. One that names another thing than
  /// the other (days here, hours there), or lies within it, is an exception, which is how rates are written.
  private static func cross(_ one: Tariff.Selector, _ other: Tariff.Selector) -> Bool {
    func minutes(_ window: Tariff.ClockWindow?) -> Set<Int> {
      window.map { window in Set((0..<1440).filter { window.contains(minuteOfDay: $0) }) } ?? Set(0..<1440)
    }
    func days(_ selector: Tariff.Selector) -> Set<Int> {
      if selector.days.isEmpty && selector.dateNames == 0 { return Set(1...7).union(10..<74) }
      return selector.days.union((0..<64).filter { selector.dateNames & (1 << UInt64($0)) != 0 }.map { 10 + $0 })
    }
    func months(_ selector: Tariff.Selector) -> Set<Int> {
      selector.months.isEmpty ? Set(1...12) : selector.months
    }
    guard one.devices == other.devices else { return false }
    let pairs = [
      (minutes(one.hours), minutes(other.hours)), (days(one), days(other)), (months(one), months(other)),
    ]
    let different = pairs.filter { $0.0 != $0.1 }
    guard different.count == 1, let (a, b) = different.first else { return false }
    return !a.isDisjoint(with: b) && !a.isSubset(of: b) && !b.isSubset(of: a)
  }

  private static func clock(_ minute: Int) -> String {
    ClockText.text(minuteOfDay: minute)
  }

  private static let monthNames = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]
  private static let dayNames = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
}
