import Calendar
import Text

/// A report as Markdown, for a mail or a note: the tables of the terminal with bars between their cells.
public enum MarkdownRenderer {
  public static func render(_ report: Report) -> String {
    let wording = ReportWording(report: report)
    let notes = FoldedNotes(report, wording: wording)
    var lines = ["# \(escaped(title(report, wording)))", ""]
    let details = [report.timeZone, wording.dayStart, wording.tariffTitle].compactMap(\.self)
    lines += [escaped(details.joined(separator: " · ")), ""]
    if report.periods.count == 1, let period = report.periods.first {
      lines += entries(period, wording, notes)
    } else if !report.periods.isEmpty {
      lines += periods(ReportMatrix(periods: report, wording: wording), wording, notes)
    } else {
      lines.append("There is no reading in this time.")
    }
    if report.split != nil, report.periods.count == 1, let period = report.periods.first {
      lines += [""] + rows(ReportMatrix(parts: period, wording: wording), wording, notes)
    }
    if !notes.lines.isEmpty {
      lines.append("")
      lines += notes.lines.map { note in
        "- **\(escaped(note.id))** \(escaped([note.device, note.times + note.text].compactMap(\.self).joined(separator: " ")))"
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func title(_ report: Report, _ wording: ReportWording) -> String {
    guard let first = report.periods.first, let last = report.periods.last else { return "No data" }
    if report.periods.count == 1 { return wording.title(of: first.span) }
    return wording.title(of: Report.Span(start: first.span.start, end: last.span.end), as: .range)
  }

  private static func entries(_ period: Report.Period, _ wording: ReportWording, _ notes: FoldedNotes) -> [String] {
    let source = EntryColumn.Source(period, wording, totalName: "plugs")
    guard !source.rows.isEmpty else { return ["There is no reading in this time."] }
    let columns = EntryColumn.columns(EntryColumn.table, of: source)
    var lines = table(columns, source.rows, notes)
    func add(_ name: String, _ text: (ReportColumn<EntryColumn.Row>) -> String) {
      lines.append(line(columns.map { $0.role == .name ? escaped(name) : text($0) }))
    }
    if let sun = period.total.sun {
      for (name, figure) in [("bought", sun.bought), ("own use", sun.ownUse), ("fed in", sun.fedIn)] {
        add(name) { $0.role == .energy ? ReportWording.grouped(figure) : "" }
      }
    }
    if wording.report.currency != nil {
      let totals = [period.total] + period.total.others
      func addAmounts(_ name: String, _ figures: [Figure?]) {
        lines.append(
          line(columns.map { $0.role == .name ? name : $0.amount(figures).map { escaped(wording.money($0)) } ?? "" }))
      }
      for (name, figures) in [
        ("standing charge", totals.map(\.standingCharge)), ("export credit", totals.map { $0.exportCredit.map(-) }),
      ] where figures.contains(where: { $0.map { !$0.isZero } ?? false }) {
        addAmounts(name, figures)
      }
      addAmounts("**total**", totals.map(\.cost))
      if let tax = period.total.tax, totals.count == 1, !wording.report.showsCharges {
        addAmounts("of which VAT", [tax])
      }
      if totals.count > 1 {
        addAmounts("difference", [nil] + totals.dropFirst().map { $0.difference(from: period.total) })
      }
    }
    lines += bill(period.total, wording)
    var remarks = wording.comparisons(of: period)
    if let sun = wording.sun(period.total) { remarks.append(sun) }
    if let alwaysOn = wording.alwaysOn(period) { remarks.append("always on \(alwaysOn.power) W = \(alwaysOn.energy)") }
    if !period.complete { remarks.append("incomplete: \(wording.whyIncomplete)") }
    return lines + (remarks.isEmpty ? [] : [""]) + remarks.map { "- \(escaped($0))" }
  }

  private static func periods(_ matrix: ReportMatrix, _ wording: ReportWording, _ notes: FoldedNotes) -> [String] {
    let lines = rows(matrix, wording, notes) + bill(matrix.total, wording)
    var remarks: [String] = []
    if wording.report.currency != nil {
      let sums = wording.sums(of: matrix.total)
      remarks = sums.parts + sums.differences
    }
    if let incomplete = wording.howManyIncomplete { remarks.append(incomplete) }
    return lines + (remarks.isEmpty ? [] : [""]) + remarks.map { "- \(escaped($0))" }
  }

  /// The lines of the bill, where they are asked for.
  private static func bill(_ total: Report.Total, _ wording: ReportWording) -> [String] {
    let rows = BillRow.rows(of: total, in: wording.report)
    guard !rows.isEmpty else { return [] }
    return ["", line(["the bill", "kWh", escaped(wording.moneyTitle("amount"))]), line([":--", "--:", "--:"])]
      + rows.map { row in
        let cells = [row.label, row.kWh.map(ReportWording.grouped) ?? "", wording.money(row.amount)].map(escaped)
        return line(row.style == .total ? cells.map { $0.isEmpty ? "" : "**\($0)**" } : cells)
      }
  }

  private static func rows(_ matrix: ReportMatrix, _ wording: ReportWording, _ notes: FoldedNotes) -> [String] {
    let columns = MatrixColumns(
      matrix: matrix, wording: wording, shown: matrix.keys.count > 1 ? Array(matrix.order.prefix(6)) : [],
      notes: { $0 }
    ).columns
    return table(columns, matrix.rows, notes)
  }

  private static func table<Row>(_ columns: [ReportColumn<Row>], _ rows: [Row], _ notes: FoldedNotes) -> [String] {
    func text(_ cell: ReportCell, _ isStrong: Bool = false) -> String {
      let text =
        switch cell.content {
        case .text(let text), .name(let text): escaped(text)
        case .notes(let ids): escaped(notes.ids(ids).joined(separator: " "))
        case .bar: ""
        }
      return isStrong && !text.isEmpty ? "**\(text)**" : text
    }
    return [
      line(columns.map { escaped($0.title) }), line(columns.map { $0.isLeft ? ":--" : "--:" }),
    ] + rows.map { row in line(columns.map { text($0.cell(row)) }) } + [
      line(columns.map { $0.total.map { text($0, true) } ?? "" })
    ]
  }

  private static func line(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }

  /// Text that no reader of Markdown takes for a mark, a cell's end or HTML.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in SafeText.neutralised(text) {
      if "\\`*_{}[]<>#|~!&".contains(character) { result.append("\\") }
      result.append(character)
    }
    return result
  }
}

/// A report in one line, for a status bar or a message: `Sun 25 Oct 4.634 kWh £1.61`.
public enum OneLineRenderer {
  public static func render(_ report: Report) -> String {
    let wording = ReportWording(report: report)
    guard let first = report.periods.first, let last = report.periods.last else { return "no data\n" }
    let whole = Report.Span(start: first.span.start, end: last.span.end)
    let label =
      report.periods.count == 1
      ? wording.label(of: first.span, as: report.granularity) : wording.label(of: whole, as: .range)
    var words = [label, "\(ReportWording.grouped(report.total.used)) kWh"]
    if report.currency != nil { words.append(wording.moneyTitle(wording.money(report.total.cost))) }
    if let period = report.periods.count == 1 ? first : nil, let comparison = period.comparison,
      let change = ReportWording.change(from: comparison.used, to: period.total.used)
    {
      words.append("(\(change))")
    }
    if report.periods.contains(where: { !$0.complete }) { words.append("incomplete") }
    return words.joined(separator: " ") + "\n"
  }
}
