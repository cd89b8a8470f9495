/// A report for a person at a terminal: one table per period, or one row per period where there are several.
package struct TableRenderer {
  package struct Options: Sendable {
    /// Columns of the terminal; rows never get wider. Bounded to 40...400.
    package var width: Int
    package var colour: Bool
    /// Bars of Unicode block elements beside the rows.
    package var chart: Bool

    package init(width: Int = 100, colour: Bool = false, chart: Bool = false) {
      self.width = min(max(width, 40), 400)
      self.colour = colour
      self.chart = chart
    }
  }

  /// Lines of at most ``Options/width`` columns, with a line break after each.
  package static func render(_ report: Report, options: Options = Options()) -> String {
    var renderer = TableRenderer(report, options)
    renderer.writeAll()
    return renderer.lines.joined(separator: "\n") + "\n"
  }

  private let report: Report
  private let options: Options
  private let wording: ReportWording
  private var lines: [String] = []

  private init(_ report: Report, _ options: Options) {
    self.report = report
    self.options = options
    wording = ReportWording(report: report)
  }

  private mutating func writeAll() {
    writeTitle()
    if report.periods.count == 1, let period = report.periods.first {
      writeEntries(of: period)
      if report.split != nil { writeParts(of: period) }
    } else if !report.periods.isEmpty {
      writePeriods()
    }
    writeNotes()
  }

  private mutating func add(_ grid: TextGrid) {
    lines += grid.lines(width: options.width, colour: options.colour)
  }

  private mutating func add(_ text: String, _ style: TextGrid.Style = .plain, indent: Int = 0) {
    lines += TextGrid.wrapped(text, width: options.width, indent: indent)
      .map { TextGrid.styled($0, style, options.colour) }
  }

  // MARK: Title

  private mutating func writeTitle() {
    var parts: [String] = []
    if let first = report.periods.first, let last = report.periods.last {
      if report.periods.count == 1 {
        parts.append(wording.title(of: first.span))
      } else {
        let whole = Report.Span(start: first.span.start, end: last.span.end)
        parts.append(wording.title(of: whole, as: .range))
        parts.append("by \(report.granularity.rawValue)")
      }
    }
    parts.append(SafeText.neutralised(report.timeZone))
    if report.periods.count == 1, let hours = report.periods.first.flatMap(wording.hours) { parts.append(hours) }
    let left = parts.joined(separator: " · ")
    let right = wording.tariffTitle ?? ""
    let room = options.width - SafeText.width(left) - SafeText.width(right)
    if right.isEmpty || room < 2 {
      add(left, .bold)
      if !right.isEmpty { add(right, .dim) }
    } else {
      // The tariff stands at the right edge, but not far away on a very wide terminal.
      let gap = min(room, max(2, 104 - SafeText.width(left) - SafeText.width(right)))
      lines.append(
        TextGrid.styled(left, .bold, options.colour) + String(repeating: " ", count: gap)
          + TextGrid.styled(right, .dim, options.colour))
    }
    lines.append("")
  }

  // MARK: One period

  private mutating func writeEntries(of period: Report.Period) {
    let entries = period.devices.sorted { $1.kWh.isLess(than: $0.kWh) }
    guard !entries.isEmpty else { return add("no data") }
    let rates = rateNames(of: period)
    let hasMoney = report.currency != nil
    let hasExport = entries.contains { !$0.exportKWh.isZero }
    let hasNotes = entries.contains { !$0.notes.isEmpty }
    let shares = ReportWording.shares(entries.map(\.kWh))
    typealias Column = TextGrid.Column
    var columns = [Column("plug", .left), Column("kWh")]
    columns += rates.map { Column(SafeText.truncated(SafeText.neutralised($0), to: 12), dispensability: 9) }
    if hasExport { columns.append(Column("export")) }
    if hasMoney { columns.append(Column(wording.moneyTitle("cost"))) }
    if shares != nil { columns.append(Column("share", dispensability: 8)) }
    columns.append(Column("peak W", dispensability: 3))
    columns.append(Column("at", .left, dispensability: 4))
    columns.append(Column("cover", dispensability: 1))
    if hasNotes { columns.append(Column("note", .left)) }

    var rows: [[TextGrid.Cell]] = []
    for (index, entry) in entries.enumerated() {
      var cells = [TextGrid.Cell(SafeText.neutralised(entry.title)), .init(ReportWording.grouped(entry.kWh))]
      for rate in rates {
        let share = entry.byRate.filter { $0.rate == rate }
        cells.append(.init(share.isEmpty ? "" : ReportWording.grouped(Figure.sum(share.map(\.kWh)))))
      }
      if hasExport { cells.append(.init(entry.exportKWh.isZero ? "" : ReportWording.grouped(entry.exportKWh))) }
      if hasMoney { cells.append(.init(wording.money(entry.cost))) }
      if let shares { cells.append(.init(shares[index])) }
      cells.append(.init(entry.peakW.map { ReportWording.grouped($0.rescaled(to: 0)) } ?? ""))
      cells.append(.init(wording.peakTime(entry.peakAt, in: period.span)))
      let cover = ReportWording.percent(coverage: entry.coverage)
      cells.append(.init(cover, cover == "100 %" ? .plain : .warning))
      if hasNotes { cells.append(.init(entry.notes.joined(separator: " "), .dim)) }
      rows.append(cells)
      for share in entry.channels {
        rows.append([.init("  channel \(share.channel)", .dim), .init(ReportWording.grouped(share.kWh), .dim)])
      }
    }
    var total: [TextGrid.Cell] = [.init("plugs", .bold), .init(ReportWording.grouped(period.total.kWh), .bold)]
    for rate in rates {
      let sum = Figure.sum(entries.flatMap { $0.byRate.filter { $0.rate == rate } }.map(\.kWh))
      total.append(.init(ReportWording.grouped(sum), .bold))
    }
    if hasExport { total.append(.init(ReportWording.grouped(period.total.exportKWh), .bold)) }
    if hasMoney { total.append(.init(wording.money(period.total.energyCost), .bold)) }
    if shares != nil { total.append(.init("100 %", .bold)) }
    let isRuled = columns.indices.map { $0 >= 1 && $0 < total.count }

    var grid = TextGrid(columns)
    for row in rows { grid.append(row) }
    grid.appendRule(under: isRuled)
    grid.append(total)
    let moneyColumn = 2 + rates.count + (hasExport ? 1 : 0)
    appendCharges(period.total, column: moneyColumn, hasMoney: hasMoney, to: &grid)

    if options.chart { addBars(entries.map { ($0.title, $0.kWh) }, before: { $0.add(grid) }) } else { add(grid) }
    writeRemarks(on: period, entries: entries)
  }

  /// Standing charge, export credit and the sum, under the money column.
  private func appendCharges(_ total: Report.Total, column: Int, hasMoney: Bool, to grid: inout TextGrid) {
    guard hasMoney else { return }
    func row(_ name: String, _ figure: Figure?, _ style: TextGrid.Style) -> [TextGrid.Cell] {
      [.init(name, style)] + Array(repeating: .init(""), count: column - 1) + [.init(wording.money(figure), style)]
    }
    if let charge = total.standingCharge, !charge.isZero { grid.append(row("standing charge", charge, .plain)) }
    if let credit = total.exportCredit, !credit.isZero {
      grid.append(row("export credit", Figure(0 &- credit.mantissa, places: credit.places), .plain))
    }
    grid.append(row("total", total.cost, .bold))
  }

  private mutating func addBars(_ bars: [(String, Figure)], before: (inout TableRenderer) -> Void) {
    before(&self)
    lines.append("")
    let maximum = bars.map(\.1).max { $0.isLess(than: $1) } ?? Figure(0)
    let nameWidth = min(bars.map { SafeText.width(SafeText.neutralised($0.0)) }.max() ?? 0, 24)
    let valueWidth = bars.map { ReportWording.grouped($0.1).count }.max() ?? 0
    let room = min(options.width - nameWidth - valueWidth - 8, 60)
    guard room >= 8 else { return }
    for (name, figure) in bars {
      let name = SafeText.truncated(SafeText.neutralised(name), to: nameWidth)
      let bar = TextGrid.bar(figure, of: maximum, columns: room)
      let padding = String(repeating: " ", count: nameWidth - SafeText.width(name) + 2)
      let gap = bar.isEmpty ? "" : " "
      lines.append(
        name + padding + TextGrid.styled(bar, .bar, options.colour) + gap + ReportWording.grouped(figure) + " kWh")
    }
  }

  private mutating func writeRemarks(on period: Report.Period, entries: [Report.Entry]) {
    var remarks: [String] = []
    let alwaysOn = Figure.sum(entries.compactMap(\.alwaysOnW))
    if !alwaysOn.isZero {
      let energy = Figure.ratio(
        Int128(alwaysOn.mantissa) * Int128(period.span.seconds),
        3_600_000 * Int128(pow10(alwaysOn.places)), places: period.total.kWh.places)
      let places = max(energy.places, period.total.kWh.places)
      let share = Figure.ratio(
        Int128(energy.rescaled(to: places).mantissa) * 100, Int128(period.total.kWh.rescaled(to: places).mantissa),
        places: 0)
      remarks.append(
        "always on  \(alwaysOn.text) W = \(ReportWording.grouped(energy)) kWh"
          + (period.total.kWh.isLess(than: energy) || period.total.kWh.isZero ? "" : " (\(share.text) %)"))
    }
    if period.rateSeconds.count > 1 {
      remarks.append(
        period.rateSeconds.map { "\(SafeText.neutralised($0.rate)) \(ReportWording.duration($0.seconds))" }
          .joined(separator: ", "))
    }
    if let comparison = wording.comparison(of: period) { remarks.append(comparison) }
    guard !remarks.isEmpty || !period.complete else { return }
    lines.append("")
    for remark in remarks { add(remark, indent: 2) }
    if !period.complete {
      add("incomplete: energy is missing or was placed by time alone; the notes say where", .warning, indent: 2)
    }
  }

  // MARK: Several periods, and parts of one

  private struct Line {
    var label: String
    /// By place in `keys`.
    var figures: [Figure?]
    var total: Figure
    var cost: Figure?
    var coverage: Figure?
    var notes: [String]
  }

  private mutating func writePeriods() {
    let keys = unique(report.periods.flatMap { $0.devices.map(\.title) })
    let matrix = report.periods.map { period in
      let byTitle = Dictionary(period.devices.map { ($0.title, $0.kWh) }, uniquingKeysWith: +)
      return Line(
        label: wording.label(of: period.span, as: report.granularity), figures: keys.map { byTitle[$0] },
        total: period.total.kWh, cost: period.total.cost,
        coverage: period.devices.map(\.coverage).min { $0.isLess(than: $1) },
        notes: unique(period.devices.flatMap(\.notes)))
    }
    addMatrix(matrix, keys: keys, total: report.total, label: report.granularity.rawValue, costIsWhole: true)
    if report.periods.contains(where: { !$0.complete }) {
      lines.append("")
      add("periods with less than 100 % cover: the notes say what is missing or inferred", .warning, indent: 2)
    }
  }

  private mutating func writeParts(of period: Report.Period) {
    guard let split = report.split, period.devices.contains(where: { !$0.parts.isEmpty }) else { return }
    lines.append("")
    struct Key: Hashable {
      var span: Report.Span
      var rate: String?
    }
    let keys = unique(period.devices.map(\.title))
    let rows = unique(period.devices.flatMap { $0.parts.map { Key(span: $0.span, rate: $0.rate) } })
    let clockTimes = rows.map { $0.span.start.hourAndMinute + $0.span.start.date }
    let matrix = rows.enumerated().map { index, row in
      var figures = [Figure?](repeating: nil, count: keys.count)
      var costs: [Figure] = []
      for (place, key) in keys.enumerated() {
        for part in period.devices where part.title == key {
          for part in part.parts where part.span == row.span && part.rate == row.rate {
            figures[place] = figures[place].map { $0 + part.kWh } ?? part.kWh
            if let cost = part.cost { costs.append(cost) }
          }
        }
      }
      let label: String
      switch split {
      case .tariff: label = SafeText.neutralised(row.rate ?? "")
      case .hour:
        let isDoubled = clockTimes.count { $0 == clockTimes[index] } > 1
        label = wording.hourLabel(of: row.span, isDoubled: isDoubled, showsDay: period.span.seconds > 90_000)
      case .day: label = wording.label(of: row.span, as: .day)
      case .week: label = wording.label(of: row.span, as: .week)
      case .month: label = wording.label(of: row.span, as: .month)
      }
      return Line(
        label: label, figures: figures, total: Figure.sum(figures.compactMap { $0 }),
        cost: costs.isEmpty ? nil : Figure.sum(costs),
        coverage: nil, notes: [])
    }
    let title = split == .tariff ? "rate" : split.rawValue
    var total = period.total
    total.cost = total.energyCost
    addMatrix(matrix, keys: keys, total: total, label: title, costIsWhole: false)
  }

  /// Rows of periods or parts; a column for each plug as far as the terminal is wide, largest use first.
  private mutating func addMatrix(
    _ matrix: [Line], keys: [String], total: Report.Total, label: String, costIsWhole: Bool
  ) {
    let sums = keys.indices.map { key in Figure.sum(matrix.compactMap { $0.figures[key] }) }
    let order = keys.indices.sorted { sums[$1].isLess(than: sums[$0]) }
    let hasMoney = report.currency != nil
    let hasCoverage = matrix.contains { $0.coverage != nil }
    let hasNotes = matrix.contains { !$0.notes.isEmpty }
    let barRoom = options.chart ? 18 : 0
    func grid(_ shown: [Int], bars: Int) -> TextGrid {
      var columns = [TextGrid.Column(label, .left)]
      columns += shown.map { TextGrid.Column(SafeText.truncated(SafeText.neutralised(keys[$0]), to: 14)) }
      let others = order.filter { !shown.contains($0) }
      let hasOthers = !others.isEmpty && !shown.isEmpty
      if hasOthers { columns.append(.init("others")) }
      columns.append(.init("kWh"))
      if hasMoney { columns.append(.init(wording.moneyTitle("cost"))) }
      if hasCoverage { columns.append(.init("cover", dispensability: 1)) }
      if hasNotes { columns.append(.init("note", .left, dispensability: 3)) }
      if bars > 0 { columns.append(.init("", .left, dispensability: 2)) }
      var grid = TextGrid(columns)
      let maximum = matrix.map(\.total).max { $0.isLess(than: $1) } ?? Figure(0)
      for line in matrix {
        var cells: [TextGrid.Cell] = [.init(line.label)]
        cells += shown.map { .init(line.figures[$0].map(ReportWording.grouped) ?? "") }
        if hasOthers { cells.append(.init(ReportWording.grouped(Figure.sum(others.compactMap { line.figures[$0] })))) }
        cells.append(.init(ReportWording.grouped(line.total), .bold))
        if hasMoney { cells.append(.init(wording.money(line.cost))) }
        if hasCoverage {
          let cover = line.coverage.map(ReportWording.percent) ?? ""
          cells.append(.init(cover, cover == "100 %" ? .plain : .warning))
        }
        if hasNotes { cells.append(.init(noteList(line.notes), .dim)) }
        if bars > 0 { cells.append(.init(TextGrid.bar(line.total, of: maximum, columns: bars), .bar)) }
        grid.append(cells)
      }
      var last: [TextGrid.Cell] = [.init("total", .bold)]
      last += shown.map { .init(ReportWording.grouped(sums[$0]), .bold) }
      if hasOthers { last.append(.init(ReportWording.grouped(Figure.sum(others.map { sums[$0] })), .bold)) }
      last.append(.init(ReportWording.grouped(total.kWh), .bold))
      if hasMoney { last.append(.init(wording.money(total.cost), .bold)) }
      grid.appendRule(under: last.indices.map { $0 > 0 })
      grid.append(last)
      return grid
    }
    // As many plugs as fit; a single plug's column would only repeat the sum.
    var shown = keys.count > 1 ? order : []
    while !shown.isEmpty, grid(shown, bars: 0).room(in: options.width) < barRoom { shown.removeLast() }
    let bars = barRoom > 0 ? min(40, max(8, grid(shown, bars: 0).room(in: options.width) - 2)) : 0
    add(grid(shown, bars: bars))
    if costIsWhole, hasMoney {
      var charges = ["energy \(wording.money(total.energyCost))"]
      if let charge = total.standingCharge, !charge.isZero {
        charges.append("standing charge \(wording.money(charge))")
      }
      if let credit = total.exportCredit, !credit.isZero { charges.append("export credit -\(wording.money(credit))") }
      lines.append("")
      add(charges.joined(separator: " · ") + " · total \(wording.money(total.cost))", indent: 2)
    }
  }

  /// At most four ids, then how many more.
  private func noteList(_ notes: [String]) -> String {
    notes.count <= 4 ? notes.joined(separator: " ") : notes.prefix(3).joined(separator: " ") + " +\(notes.count - 3)"
  }

  // MARK: Notes

  private mutating func writeNotes() {
    if !report.notes.isEmpty { lines.append("") }
    let idWidth = report.notes.map(\.id.count).max() ?? 0
    for note in report.notes {
      let id = note.id + String(repeating: " ", count: idWidth - note.id.count + 2)
      let device = note.device.map { SafeText.neutralised($0) + " " } ?? ""
      add(id + device + wording.noteTimes(note) + SafeText.neutralised(note.text), indent: idWidth + 2)
    }
    if report.currency != nil {
      if report.notes.isEmpty { lines.append("") }
      add("costs are rounded so that lines add up to the total", .dim)
    }
  }

  private func rateNames(of period: Report.Period) -> [String] {
    let names = unique(period.devices.flatMap { $0.byRate.map(\.rate) }).filter { name in
      // A tier adds money, not energy: it has no column of kWh.
      period.devices.contains { $0.byRate.contains { $0.rate == name && !$0.kWh.isZero } }
    }
    let order = period.rateSeconds.map(\.rate)
    let ordered = order.filter(names.contains) + names.filter { !order.contains($0) }
    return ordered.count > 1 && ordered.count <= 6 ? ordered : []
  }

  private func unique<Value: Hashable>(_ values: [Value]) -> [Value] {
    var seen: Set<Value> = []
    return values.filter { seen.insert($0).inserted }
  }

  private func pow10(_ places: Int) -> Int64 { Figure(1, places: 0).rescaled(to: places).mantissa }
}
