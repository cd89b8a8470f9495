import Text

/// A report for a person at a terminal: one table per period, or one row per period where there are several.
public struct TableRenderer {
  public struct Options: Sendable {
    /// Columns of the terminal; rows never get wider. Bounded to 40...400.
    public var width: Int
    public var colour: Bool
    /// Bars of Unicode block elements beside the rows.
    public var chart: Bool

    public init(width: Int = 100, colour: Bool = false, chart: Bool = false) {
      self.width = min(max(width, 40), 400)
      self.colour = colour
      self.chart = chart
    }
  }

  /// Lines of at most ``Options/width`` columns, with a line break after each.
  public static func render(_ report: Report, options: Options = Options()) -> String {
    var renderer = TableRenderer(report, options)
    renderer.writeAll()
    return renderer.lines.joined(separator: "\n") + "\n"
  }

  private let report: Report
  private let options: Options
  private let wording: ReportWording
  private let notes: FoldedNotes
  private var lines: [String] = []

  private init(_ report: Report, _ options: Options) {
    self.report = report
    self.options = options
    wording = ReportWording(report: report)
    notes = FoldedNotes(report, wording: wording)
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
    if let dayStart = wording.dayStart { parts.append(dayStart) }
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
    let rates = wording.rateNames(of: period)
    let hasMoney = report.currency != nil
    let hasExport = entries.contains { !$0.exportKWh.isZero }
    let hasNotes = entries.contains { !$0.notes.isEmpty }
    let shares = ReportWording.shares(entries.map(\.kWh))
    typealias Column = TextGrid.Column
    var columns = [Column("plug", .left), Column("kWh")]
    columns += rates.map { Column(SafeText.truncated(SafeText.neutralised($0), to: 12), dispensability: 9) }
    if hasExport { columns.append(Column("export")) }
    if hasMoney { columns += wording.costTitles.map { Column($0) } }
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
      if hasMoney { cells += ([entry.cost] + entry.otherCosts).map { .init(wording.money($0)) } }
      if let shares { cells.append(.init(shares[index])) }
      cells.append(.init(entry.peakW.map { ReportWording.grouped($0.rescaled(to: 0)) } ?? ""))
      cells.append(.init(wording.peakTime(entry.peakAt, in: period.span)))
      let cover = ReportWording.percent(coverage: entry.coverage)
      cells.append(.init(cover, cover == "100 %" ? .plain : .warning))
      if hasNotes { cells.append(.init(notes.ids(entry.notes).joined(separator: " "), .dim)) }
      rows.append(cells)
      for share in entry.channels {
        rows.append([.init("  channel \(share.channel)", .dim), .init(ReportWording.grouped(share.kWh), .dim)])
      }
    }
    var total: [TextGrid.Cell] = [
      .init(report.mainMeter.map(SafeText.neutralised) ?? "plugs", .bold),
      .init(ReportWording.grouped(period.total.kWh), .bold),
    ]
    for rate in rates {
      let sum = Figure.sum(entries.flatMap { $0.byRate.filter { $0.rate == rate } }.map(\.kWh))
      total.append(.init(ReportWording.grouped(sum), .bold))
    }
    if hasExport { total.append(.init(ReportWording.grouped(period.total.exportKWh), .bold)) }
    if hasMoney {
      total += ([period.total] + period.total.others).map { .init(wording.money($0.energyCost), .bold) }
    }
    if shares != nil { total.append(.init("100 %", .bold)) }
    let isRuled = columns.indices.map { $0 >= 1 && $0 < total.count }

    var grid = TextGrid(columns)
    for row in rows { grid.append(row) }
    grid.appendRule(under: isRuled)
    grid.append(total)
    let moneyColumn = 2 + rates.count + (hasExport ? 1 : 0)
    appendCharges(period.total, column: moneyColumn, hasMoney: hasMoney, to: &grid)

    if options.chart { addBars(entries.map { ($0.title, $0.kWh) }, before: { $0.add(grid) }) } else { add(grid) }
    writeBill(period.total)
    writeRemarks(on: period)
  }

  /// The lines of the bill, where they are asked for.
  private mutating func writeBill(_ total: Report.Total) {
    let rows = BillRow.rows(of: total)
    guard report.showsCharges, report.otherTariffs.isEmpty, !rows.isEmpty else { return }
    var grid = TextGrid([.init("the bill", .left), .init("kWh"), .init(wording.moneyTitle("amount"))])
    for row in rows {
      if row.style != .item { grid.appendRule(under: [false, false, true]) }
      let style: TextGrid.Style = row.style == .total ? .bold : .plain
      grid.append([
        .init(SafeText.neutralised(row.label), style), .init(row.kWh.map(ReportWording.grouped) ?? "", style),
        .init(wording.money(row.amount), style),
      ])
    }
    lines.append("")
    add(grid)
  }

  /// Standing charge, export credit and the sum, under the money column.
  private func appendCharges(_ total: Report.Total, column: Int, hasMoney: Bool, to grid: inout TextGrid) {
    guard hasMoney else { return }
    let totals = [total] + total.others
    func add(_ name: String, _ figures: [Figure?], _ style: TextGrid.Style = .plain) {
      grid.append(
        [.init(name, style)] + Array(repeating: .init(""), count: column - 1)
          + figures.map { .init(wording.money($0), style) })
    }
    func isUsed(_ figure: Figure?) -> Bool { figure.map { !$0.isZero } ?? false }
    if totals.contains(where: { isUsed($0.standingCharge) }) { add("standing charge", totals.map(\.standingCharge)) }
    if totals.contains(where: { isUsed($0.exportCredit) }) {
      add("export credit", totals.map { $0.exportCredit.map(-) })
    }
    add("total", totals.map(\.cost), .bold)
    if let tax = total.tax, total.others.isEmpty, !report.showsCharges { add("of which VAT", [tax], .dim) }
    if !total.others.isEmpty { add("difference", [nil] + total.others.map { $0.difference(from: total) }) }
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

  private mutating func writeRemarks(on period: Report.Period) {
    var remarks: [String] = []
    if let alwaysOn = wording.alwaysOn(period) {
      remarks.append("always on  \(alwaysOn.power) W = \(alwaysOn.energy)")
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
      add("incomplete: \(wording.whyIncomplete)", .warning, indent: 2)
    }
  }

  // MARK: Several periods, and parts of one

  private mutating func writePeriods() {
    addMatrix(ReportMatrix(periods: report, wording: wording))
    if report.periods.contains(where: { !$0.complete }) {
      lines.append("")
      let count = report.periods.count { !$0.complete }
      add("! \(count) of \(report.periods.count) incomplete: \(wording.whyIncomplete)", .warning, indent: 2)
    }
  }

  private mutating func writeParts(of period: Report.Period) {
    let matrix = ReportMatrix(parts: period, wording: wording)
    guard !matrix.rows.isEmpty else { return }
    lines.append("")
    addMatrix(matrix)
  }

  /// Rows of periods or parts; a column for each plug as far as the terminal is wide, largest use first.
  private mutating func addMatrix(_ matrix: ReportMatrix) {
    let sums = matrix.sums
    let order = matrix.order
    let keys = matrix.keys
    let total = matrix.total
    let hasMoney = report.currency != nil
    let hasCoverage = matrix.rows.contains { $0.coverage != nil }
    let hasNotes = matrix.rows.contains { !$0.notes.isEmpty }
    // The mark of an incomplete row stands behind the percent signs.
    let padding = hasNotes && matrix.rows.contains { !$0.isComplete } ? "  " : ""
    let barRoom = options.chart ? 18 : 0
    func grid(_ shown: [Int], bars: Int) -> TextGrid {
      var columns = [TextGrid.Column(matrix.title, .left)]
      columns += shown.map { TextGrid.Column(SafeText.truncated(SafeText.neutralised(keys[$0]), to: 14)) }
      let others = order.filter { !shown.contains($0) }
      let hasOthers = !others.isEmpty && !shown.isEmpty
      if hasOthers { columns.append(.init("others")) }
      columns.append(.init("kWh"))
      if matrix.hasExport { columns.append(.init("export", dispensability: 2)) }
      if hasMoney { columns += wording.costTitles(matrix.otherCostCount).map { TextGrid.Column($0) } }
      if hasCoverage { columns.append(.init("cover", dispensability: 1)) }
      if hasNotes { columns.append(.init("note", .left, dispensability: 3)) }
      if bars > 0 { columns.append(.init("", .left, dispensability: 2)) }
      var grid = TextGrid(columns)
      let maximum = matrix.rows.map(\.total).max { $0.isLess(than: $1) } ?? Figure(0)
      for line in matrix.rows {
        var cells: [TextGrid.Cell] = [.init(line.label)]
        cells += shown.map { .init(line.figures[$0].map(ReportWording.grouped) ?? "") }
        if hasOthers { cells.append(.init(ReportWording.grouped(Figure.sum(others.compactMap { line.figures[$0] })))) }
        cells.append(.init(line.isEmpty ? "–" : ReportWording.grouped(line.total), .bold))
        if matrix.hasExport { cells.append(.init(line.export.isZero ? "" : ReportWording.grouped(line.export))) }
        if hasMoney { cells += ([line.cost] + line.otherCosts).map { .init(wording.money($0)) } }
        if hasCoverage {
          let cover = line.coverage.map(ReportWording.percent) ?? ""
          cells.append(.init(line.isComplete ? cover + padding : cover + " !", line.isComplete ? .plain : .warning))
        }
        if hasNotes { cells.append(.init(noteList(notes.ids(line.notes)), .dim)) }
        if bars > 0 { cells.append(.init(TextGrid.bar(line.total, of: maximum, columns: bars), .bar)) }
        grid.append(cells)
      }
      var last: [TextGrid.Cell] = [.init("total", .bold)]
      last += shown.map { .init(ReportWording.grouped(sums[$0]), .bold) }
      if hasOthers { last.append(.init(ReportWording.grouped(Figure.sum(others.map { sums[$0] })), .bold)) }
      last.append(.init(ReportWording.grouped(total.kWh), .bold))
      if matrix.hasExport { last.append(.init(ReportWording.grouped(total.exportKWh), .bold)) }
      if hasMoney {
        last += ([total] + total.others).prefix(1 + matrix.otherCostCount).map { .init(wording.money($0.cost), .bold) }
      }
      grid.appendRule(under: last.indices.map { $0 > 0 })
      grid.append(last)
      return grid
    }
    // As many plugs as fit; a single plug's column would only repeat the sum.
    var shown = keys.count > 1 ? order : []
    while !shown.isEmpty, grid(shown, bars: 0).room(in: options.width) < barRoom { shown.removeLast() }
    let bars = barRoom > 0 ? min(40, max(8, grid(shown, bars: 0).room(in: options.width) - 2)) : 0
    add(grid(shown, bars: bars))
    if matrix.includesCharges, hasMoney {
      lines.append("")
      for (name, sums) in zip([report.tariff ?? ""] + report.otherTariffs, [total] + total.others) {
        var charges = ["energy \(wording.money(sums.energyCost))"]
        if let charge = sums.standingCharge, !charge.isZero {
          charges.append("standing charge \(wording.money(charge))")
        }
        if let credit = sums.exportCredit, !credit.isZero {
          charges.append("export credit -\(wording.money(credit))")
        }
        charges.append("total \(wording.money(sums.cost))")
        if let tax = sums.tax, !report.showsCharges { charges.append("of which VAT \(wording.money(tax))") }
        let tariff = total.others.isEmpty ? "" : SafeText.neutralised(name) + ": "
        add(tariff + charges.joined(separator: " · "), indent: 2)
      }
      for (name, sums) in zip(report.otherTariffs, total.others) {
        add("\(SafeText.neutralised(name)) costs \(wording.comparison(of: sums, with: total))", .bold, indent: 2)
      }
      writeBill(total)
    }
  }

  /// At most three ids, or two and how many more.
  private func noteList(_ notes: [String]) -> String {
    notes.count <= 3 ? notes.joined(separator: " ") : notes.prefix(2).joined(separator: " ") + " +\(notes.count - 2)"
  }

  // MARK: Notes

  /// A year of a shaky plug has hundreds; JSON and the page hold them all.
  private static let noteLimit = 24

  /// The notes that matter most, in their order: what changed a counter first, then the longest silences.
  private var importantNotes: [FoldedNotes.Line] {
    guard notes.lines.count > TableRenderer.noteLimit else { return notes.lines }
    let byID = Dictionary(report.notes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    func rank(_ line: Int) -> (isGap: Int, seconds: Int64) {
      guard let note = byID[notes.lines[line].id] else { return (0, 0) }
      // A folded line stands for many, whatever its first note lasted.
      return (note.kind == "gap" && !notes.lines[line].times.isEmpty ? 1 : 0, note.span?.seconds ?? 0)
    }
    let ranked = notes.lines.indices.sorted { a, b in
      let (first, second) = (rank(a), rank(b))
      if first.isGap != second.isGap { return first.isGap < second.isGap }
      return first.seconds == second.seconds ? a < b : first.seconds > second.seconds
    }
    return ranked.prefix(TableRenderer.noteLimit).sorted().map { notes.lines[$0] }
  }

  private mutating func writeNotes() {
    if !report.notes.isEmpty { lines.append("") }
    let shown = importantNotes
    let idWidth = shown.map(\.id.count).max() ?? 0
    for note in shown {
      let id = note.id + String(repeating: " ", count: idWidth - note.id.count + 2)
      let device = note.device.map { SafeText.neutralised($0) + " " } ?? ""
      add(id + device + note.times + SafeText.neutralised(note.text), indent: idWidth + 2)
    }
    if notes.lines.count > shown.count {
      add("… and \(notes.lines.count - shown.count) more notes; -f json and -f html hold them all", .dim)
    }
    if report.currency != nil {
      if report.notes.isEmpty { lines.append("") }
      add("costs are rounded so that lines add up to the total", .dim)
    }
  }
}
