import Calendar
import Text

/// A report for a person at a terminal: one table per period, or one row per period where there are several.
public struct TableRenderer {
  public struct Options: Sendable {
    /// Columns of the terminal; rows never get wider. Bounded to 40...400.
    public var width: Int
    public var colour: Bool
    /// Bars of Unicode block elements beside the rows.
    public var chart: Bool
    /// Drawn in ASCII.
    public var isPlain: Bool

    public init(width: Int = 100, colour: Bool = false, chart: Bool = false, isPlain: Bool = false) {
      self.width = min(max(width, 40), 400)
      self.colour = colour
      self.chart = chart
      self.isPlain = isPlain
    }
  }

  /// Lines of at most ``Options/width`` columns, with a line break after each.
  public static func render(_ report: Report, options: Options = Options()) -> String {
    var renderer = TableRenderer(report, options)
    renderer.writeAll()
    let text = renderer.lines.joined(separator: "\n") + "\n"
    return options.isPlain ? PlainCharacters.text(text) : text
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
    let source = EntryColumn.Source(period, wording, totalName: "plugs")
    guard !source.rows.isEmpty else { return add("no data") }
    let columns = EntryColumn.columns(EntryColumn.table, of: source)
    var grid = TextGrid(columns.map(\.gridColumn))
    for row in source.rows {
      grid.append(columns.map { gridCell($0.cell(row)) })
      for share in row.entry.channels {
        grid.append([.init("  channel \(share.channel)", .dim), .init(ReportWording.grouped(share.kWh), .dim)])
      }
    }
    appendTotal(of: columns, to: &grid)
    appendSun(period.total, columns: columns, to: &grid)
    appendCharges(period.total, columns: columns, to: &grid)
    add(grid)
    if options.chart {
      if report.drawnSplit != nil || report.split.map({ $0 != .tariff }) ?? false {
        let chart = TerminalChart(
          ReportMatrix(parts: period, wording: wording), width: options.width, colour: options.colour)
        if !chart.lines.isEmpty { lines += [""] + chart.lines }
      }
      addBars(source.entries.map { ($0.title, $0.kWh) })
    }
    writeBill(period.total)
    writeRemarks(on: period)
  }

  private func gridCell(_ cell: ReportCell, bar columns: Int = 0) -> TextGrid.Cell {
    if case .notes(let ids) = cell.content {
      return TextGrid.Cell(ReportCell(.notes(notes.ids(ids)), cell.emphasis))
    }
    return TextGrid.Cell(cell, bar: columns)
  }

  /// The row of sums, under a rule wherever something adds up.
  private func appendTotal<Row>(of columns: [ReportColumn<Row>], to grid: inout TextGrid) {
    grid.appendRule(under: columns.map { $0.role != .name && $0.total != nil })
    grid.append(columns.map { TextGrid.Cell($0.total ?? .empty) })
  }

  /// The lines of the bill, where they are asked for.
  private mutating func writeBill(_ total: Report.Total) {
    let rows = BillRow.rows(of: total, in: report)
    guard !rows.isEmpty else { return }
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

  /// What the house bought, what it used of the sun, and what was fed in.
  private func appendSun<Row>(_ total: Report.Total, columns: [ReportColumn<Row>], to grid: inout TextGrid) {
    guard let sun = total.sun else { return }
    for (name, figure) in [("bought", sun.bought), ("own use", sun.ownUse), ("fed in", sun.fedIn)] {
      grid.append(
        columns.map { column in
          switch column.role {
          case .name: .init("  " + name)
          case .energy: .init(ReportWording.grouped(figure))
          default: .init("")
          }
        })
    }
  }

  /// Standing charge, export credit and the sum, under the money columns.
  private func appendCharges<Row>(
    _ total: Report.Total, columns: [ReportColumn<Row>], to grid: inout TextGrid
  ) {
    guard report.currency != nil else { return }
    let totals = [total] + total.others
    func add(_ name: String, _ figures: [Figure?], _ style: TextGrid.Style = .plain) {
      grid.append(
        columns.map { column in
          if column.role == .name { return .init(name, style) }
          return column.amount(figures).map { .init(wording.money($0), style) } ?? .init("")
        })
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

  private mutating func addBars(_ bars: [(String, Figure)]) {
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
    if let sun = wording.sun(period.total) { remarks.append(sun) }
    remarks += wording.comparisons(of: period)
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
    if let incomplete = wording.howManyIncomplete {
      lines.append("")
      add("! " + incomplete, .warning, indent: 2)
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
    let barRoom = options.chart ? 18 : 0
    // As many plugs as fit; a single plug's column would only repeat the sum.
    var shown = matrix.keys.count > 1 ? matrix.order : []
    while !shown.isEmpty, grid(matrix, shown, bars: 0).room(in: options.width) < barRoom { shown.removeLast() }
    let bars = barRoom > 0 ? min(40, max(8, grid(matrix, shown, bars: 0).room(in: options.width) - 2)) : 0
    add(grid(matrix, shown, bars: bars))
    guard matrix.includesCharges, report.currency != nil else { return }
    writeSums(matrix.total)
    writeBill(matrix.total)
  }

  private func grid(_ matrix: ReportMatrix, _ shown: [Int], bars: Int) -> TextGrid {
    let columns = MatrixColumns(
      matrix: matrix, wording: wording, shown: shown, notes: { noteList(notes.ids($0)) }, hasBars: bars > 0
    ).columns
    var grid = TextGrid(columns.map(\.gridColumn))
    for row in matrix.rows { grid.append(columns.map { TextGrid.Cell($0.cell(row), bar: bars) }) }
    appendTotal(of: columns, to: &grid)
    return grid
  }

  /// What the money of all rows is made of, by each tariff.
  private mutating func writeSums(_ total: Report.Total) {
    lines.append("")
    let sums = wording.sums(of: total)
    for text in sums.parts { add(text, indent: 2) }
    for text in sums.differences { add(text, .bold, indent: 2) }
  }

  /// At most three ids, or two and how many more.
  private func noteList(_ notes: [String]) -> [String] {
    notes.count <= 3 ? notes : notes.prefix(2) + ["+\(notes.count - 2)"]
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
