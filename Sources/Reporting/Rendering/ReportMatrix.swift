import Calendar
import Text

/// Rows of periods or parts, with a column for each plug: what the table, the page and the chart set out alike.
struct ReportMatrix {
  struct Row {
    var span: Report.Span
    var label: String
    /// A few characters of it, for a drawing.
    var axisLabel: String
    /// By place in `keys`; nil where the plug has no entry.
    var figures: [Figure?]
    var total: Figure
    var export: Figure
    var cost: Figure?
    /// By the tariffs that the report compares with; empty for parts.
    var otherCosts: [Figure?] = []
    /// The mean of its entries, rounded down; nil for parts and where there is no entry.
    var coverage: Figure?
    var notes: [String]
    var isComplete = true
    /// Where the sun went; nil for parts, and where there is none.
    var sun: Report.SunTotals?
    /// What the row is compared with; nil where nothing is known of that time.
    var before: Report.Comparison?
    /// True where no plug has an entry.
    var isEmpty: Bool { figures.allSatisfy { $0 == nil } }
  }

  /// What a row is: `day`, `hour`, `rate`.
  var title: String
  /// What a column of a drawing is; nil where rows are no times.
  var drawn: ReportWording.DrawnUnit?
  /// Names of plugs, with their channel.
  var keys: [String]
  var rows: [Row]
  var total: Report.Total
  /// True when rows are compared with another time.
  var isCompared = false
  /// True when the money includes standing charge and credit, and not only energy.
  var includesCharges: Bool

  /// Use of each plug over all rows.
  var sums: [Figure] { keys.indices.map { key in Figure.sum(rows.compactMap { $0.figures[key] }) } }
  /// Places in `keys`, largest use first.
  var order: [Int] {
    let sums = sums
    return keys.indices.sorted { sums[$1].isLess(than: sums[$0]) }
  }
  /// How many cost columns follow the first.
  var otherCostCount: Int { rows.map(\.otherCosts.count).max() ?? 0 }
  var hasExport: Bool { rows.contains { !$0.export.isZero } }
  var hasNotes: Bool { rows.contains { !$0.notes.isEmpty } }

  /// A row for each period of a report.
  init(periods report: Report, wording: ReportWording) {
    keys = ReportWording.unique(report.periods.flatMap { $0.devices.map(\.title) })
    let keys = keys
    title = report.granularity.rawValue
    let unit = ReportWording.DrawnUnit(report.granularity)
    drawn = unit
    let noteOrder = Dictionary(report.notes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    rows = report.periods.map { period in
      let byTitle = Dictionary(period.devices.map { ($0.title, $0.kWh) }, uniquingKeysWith: +)
      return Row(
        span: period.span, label: wording.label(of: period.span, as: report.granularity),
        axisLabel: wording.axisLabel(of: period.span, as: unit), figures: keys.map { byTitle[$0] },
        total: period.total.used, export: period.total.exportKWh, cost: period.total.cost,
        otherCosts: period.total.others.map(\.cost),
        coverage: period.meanCoverage,
        notes: ReportWording.unique(period.devices.flatMap(\.notes)).sorted { noteOrder[$0] ?? 0 < noteOrder[$1] ?? 0 },
        isComplete: period.complete, sun: period.total.sun, before: period.comparison)
    }
    isCompared = report.comparison != nil
    total = report.total
    includesCharges = true
  }

  /// A row for each part of one period.
  init(parts period: Report.Period, wording: ReportWording) {
    struct Key: Hashable {
      var span: Report.Span
      var rate: String?
    }
    let split = wording.report.split ?? wording.report.drawnSplit ?? .day
    let keys = ReportWording.unique(period.devices.map(\.title))
    self.keys = keys
    title = split == .tariff ? "rate" : split.rawValue
    let unit = ReportWording.DrawnUnit(split)
    drawn = split == .tariff ? nil : unit
    total = period.total
    total.cost = total.energyCost
    // Parts are of what was used.
    if let sun = total.sun { total.kWh = sun.house }
    total.sun = nil
    includesCharges = false

    let order = ReportWording.unique(period.devices.flatMap { $0.parts.map { Key(span: $0.span, rate: $0.rate) } })
    let places = Dictionary(order.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
    let clockTimes = order.map { "\($0.span.start.date) \($0.span.start.hourAndMinute)" }
    let doubled = Dictionary(clockTimes.map { ($0, 1) }, uniquingKeysWith: +)
    rows = order.enumerated().map { index, key in
      let label =
        switch split {
        case .tariff: SafeText.neutralised(key.rate ?? "")
        case .hour:
          wording.hourLabel(
            of: key.span, isDoubled: (doubled[clockTimes[index]] ?? 0) > 1, showsDay: period.span.seconds > 90_000)
        case .day: wording.label(of: key.span, as: .day)
        case .week: wording.label(of: key.span, as: .week)
        case .month: wording.label(of: key.span, as: .month)
        }
      return Row(
        span: key.span, label: label, axisLabel: wording.axisLabel(of: key.span, as: unit),
        figures: keys.map { _ in nil },
        total: Figure(0), export: Figure(0), cost: nil, coverage: nil,
        notes: [])
    }
    for entry in period.devices {
      guard let column = keys.firstIndex(of: entry.title) else { continue }
      for part in entry.parts {
        guard let row = places[Key(span: part.span, rate: part.rate)] else { continue }
        rows[row].figures[column] = rows[row].figures[column].map { $0 + part.kWh } ?? part.kWh
        rows[row].total = rows[row].total + part.kWh
        if let cost = part.cost { rows[row].cost = rows[row].cost.map { $0 + cost } ?? cost }
      }
    }
  }
}
