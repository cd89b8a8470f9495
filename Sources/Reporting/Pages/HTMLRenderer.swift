import Calendar
import Text

/// A report as a page: no script, nothing loaded, for a desk, a telephone, paper, light and dark.
public struct HTMLRenderer {
  /// One self-contained page.
  public static func render(_ report: Report) -> String { render(report, in: PageFrame()) }

  static func render(_ report: Report, in frame: PageFrame) -> String {
    var renderer = HTMLRenderer(report, frame)
    renderer.writePage()
    return renderer.page.text
  }

  private let report: Report
  private let frame: PageFrame
  private let wording: ReportWording
  private let notes: FoldedNotes
  private let palette: PagePalette
  private var page = Markup()

  private init(_ report: Report, _ frame: PageFrame) {
    self.report = report
    self.frame = frame
    wording = ReportWording(report: report)
    notes = FoldedNotes(report, wording: wording)
    palette = PagePalette(of: report)
  }

  private var title: String {
    guard let first = report.periods.first, let last = report.periods.last else { return "No data" }
    if report.periods.count == 1 { return wording.title(of: first.span) }
    return wording.title(of: Report.Span(start: first.span.start, end: last.span.end), as: .range)
  }

  private mutating func writePage() {
    page.add(frame.head(title: frame.title ?? title))
    writeHeader()
    page.add(PageCards(report: report, wording: wording).markup)
    let charts = PageCharts(report: report, wording: wording, palette: palette, link: frame.periodLink)
    if report.periods.count == 1, let period = report.periods.first {
      let isDrawn = (report.split ?? report.drawnSplit).map { $0 != .tariff } ?? false
      if isDrawn { page.add(charts.overTime(ReportMatrix(parts: period, wording: wording))) }
      writeDevices(period)
      page.add(charts.sun())
      writeBill(period.total)
      if report.split != nil { page.add(table(ReportMatrix(parts: period, wording: wording))) }
    } else if !report.periods.isEmpty {
      let matrix = ReportMatrix(periods: report, wording: wording)
      page.add(charts.overTime(matrix))
      page.add(table(matrix))
      page.add(charts.sun())
      writeBill(report.total)
    } else {
      page.add("<p>There is no reading in this time.</p>")
    }
    page.add(charts.hours())
    page.add(PageNotes(report: report, wording: wording, notes: notes).markup)
    writeFooter()
  }

  private mutating func writeHeader() {
    var parts = [Markup.escaped(report.timeZone)]
    if report.periods.count > 1 { parts.insert("by \(report.granularity.rawValue)", at: 0) }
    if let dayStart = wording.dayStart { parts.append(dayStart) }
    if report.periods.count == 1, let hours = report.periods.first.flatMap(wording.hours) {
      parts.append(Markup.escaped(hours))
    }
    if let tariff = wording.tariffTitle { parts.append(Markup.escaped(tariff)) }
    page.add("<header><h1>\(Markup.escaped(frame.title ?? title))</h1>")
    page.add("<p>\(parts.joined(separator: " · "))</p></header>")
  }

  // MARK: Tables

  private func table(_ matrix: ReportMatrix) -> Markup {
    PageMatrix(matrix: matrix, report: report, wording: wording, notes: notes, link: frame.periodLink).markup
  }

  private mutating func writeDevices(_ period: Report.Period) {
    let source = EntryColumn.Source(period, wording, totalName: "Plugs")
    guard !source.rows.isEmpty else { return page.add("<p>There is no reading in this time.</p>") }
    let columns = EntryColumn.columns(EntryColumn.page, of: source)
    var table = PageTable(wording, notes, caption: "Plugs")
    table.link = { [frame] in frame.plugLink($0) }
    table.colour = { [palette] in palette.style($0) }
    page.add("<section><h2>Plugs</h2>")
    table.begin(columns)
    for row in source.rows {
      table.add(row, columns)
      for share in row.entry.channels {
        table.add("channel \(share.channel)", style: "sub", columns) { column in
          column.role == .energy ? ReportWording.grouped(share.kWh) : nil
        }
      }
    }
    table.addTotal(columns)
    if let sun = period.total.sun {
      for (name, figure) in [("bought", sun.bought), ("own use", sun.ownUse), ("fed in", sun.fedIn)] {
        table.add(name, style: "charge", columns) { $0.role == .energy ? ReportWording.grouped(figure) : nil }
      }
    }
    addCharges(period.total, columns, to: &table)
    table.end()
    page.add(table.page)
    for line in wording.comparisons(of: period) { page.add("<p>\(Markup.escaped(line)).</p>") }
    page.add("</section>")
  }

  private func addCharges<Row>(_ total: Report.Total, _ columns: [ReportColumn<Row>], to table: inout PageTable) {
    guard report.currency != nil else { return }
    let totals = [total] + total.others
    func row(_ label: String, _ figures: [Figure?], _ style: String) {
      table.add(label, style: style, columns) { column in column.amount(figures).map { wording.money($0) } }
    }
    func isUsed(_ figure: Figure?) -> Bool { figure.map { !$0.isZero } ?? false }
    if totals.contains(where: { isUsed($0.standingCharge) }) {
      row("Standing charge", totals.map(\.standingCharge), "charge")
    }
    if totals.contains(where: { isUsed($0.exportCredit) }) {
      row("Export credit", totals.map { $0.exportCredit.map(-) }, "charge")
    }
    row("Total", totals.map(\.cost), "sum")
    if !total.others.isEmpty {
      row("Difference", [nil] + total.others.map { $0.difference(from: total) }, "charge")
    } else if let tax = total.tax, !report.showsCharges {
      row("of which VAT", [tax], "charge")
    }
  }

  /// The lines of the bill, where they are asked for.
  private mutating func writeBill(_ total: Report.Total) {
    let rows = BillRow.rows(of: total, in: report)
    guard !rows.isEmpty else { return }
    page.add("<section><h2>The bill</h2><div class=\"bill\"><table><thead><tr><th scope=\"col\">item</th>")
    page.add(
      "<th scope=\"col\">kWh</th><th scope=\"col\">\(Markup.escaped(wording.moneyTitle("amount")))</th></tr></thead><tbody>"
    )
    for row in rows {
      let style = row.style == .total ? " class=\"sum\"" : ""
      let amount = wording.money(row.amount)
      page.add(
        "<tr\(style)><th scope=\"row\">\(Markup.name(row.label))</th><td>\(row.kWh.map(ReportWording.grouped) ?? "")</td>"
          + "<td>\(row.style == .item ? amount : "<b>\(amount)</b>")</td></tr>")
    }
    page.add("</tbody></table></div></section>")
  }

  private mutating func writeFooter() { page.add(PageFrame.foot(hasMoney: report.currency != nil)) }
}
