import Text

/// A report as one self-contained page: no script, no external resource; prints well, light and dark.
public struct HTMLRenderer {
  public static func render(_ report: Report) -> String {
    var renderer = HTMLRenderer(report)
    renderer.writePage()
    return renderer.html
  }

  private let report: Report
  private let wording: ReportWording
  private var html = ""

  private init(_ report: Report) {
    self.report = report
    wording = ReportWording(report: report)
  }

  private mutating func add(_ text: String) { html += text + "\n" }

  /// Text from anywhere as text and nothing else.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in SafeText.neutralised(text).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A name from the field, its direction kept to itself.
  private func name(_ text: String) -> String { "<bdi>\(HTMLRenderer.escaped(text))</bdi>" }

  private var title: String {
    guard let first = report.periods.first, let last = report.periods.last else { return "No data" }
    if report.periods.count == 1 { return wording.title(of: first.span) }
    return wording.title(of: Report.Span(start: first.span.start, end: last.span.end), as: .range)
  }

  private mutating func writePage() {
    add("<!doctype html>")
    add("<html lang=\"en\"><head><meta charset=\"utf-8\">")
    add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
    add("<meta name=\"color-scheme\" content=\"light dark\">")
    add("<title>\(HTMLRenderer.escaped(title)) · Wattlog</title>")
    add("<style>\n\(PageStyle.text)</style></head><body><main>")
    writeHeader()
    writeCards()
    if report.periods.count == 1, let period = report.periods.first {
      if report.split != nil, report.split != .tariff { writeChart(ReportMatrix(parts: period, wording: wording)) }
      writeDevices(period)
      writeBill(period.total)
      if report.split != nil { writeMatrix(ReportMatrix(parts: period, wording: wording)) }
    } else if !report.periods.isEmpty {
      let matrix = ReportMatrix(periods: report, wording: wording)
      writeChart(matrix)
      writeMatrix(matrix)
      writeBill(report.total)
    }
    writeNotes()
    add("</main></body></html>")
  }

  // MARK: Head

  private mutating func writeHeader() {
    var parts = [HTMLRenderer.escaped(report.timeZone)]
    if report.periods.count > 1 { parts.insert("by \(report.granularity.rawValue)", at: 0) }
    if let dayStart = wording.dayStart { parts.append(dayStart) }
    if report.periods.count == 1, let hours = report.periods.first.flatMap(wording.hours) {
      parts.append(HTMLRenderer.escaped(hours))
    }
    if let tariff = wording.tariffTitle { parts.append(HTMLRenderer.escaped(tariff)) }
    add("<header><h1>\(HTMLRenderer.escaped(title))</h1>")
    add("<p>\(parts.joined(separator: " · "))</p></header>")
  }

  private mutating func writeCards() {
    guard !report.periods.isEmpty else { return }
    add("<section class=\"cards\">")
    func card(_ label: String, _ value: String, _ unit: String, _ detail: String = "") -> String {
      "<div><span>\(label)</span><strong>\(value)<small>\(unit)</small></strong>"
        + (detail.isEmpty ? "" : "<em>\(detail)</em>") + "</div>"
    }
    var change = ""
    if report.periods.count == 1, let period = report.periods.first, let comparison = period.comparison {
      let difference = ReportWording.change(from: comparison.kWh, to: period.total.kWh) ?? ""
      let other = comparison.kind == .year ? "a year before" : "before"
      change = "\(difference) against \(ReportWording.grouped(comparison.kWh)) kWh \(other)"
    }
    add(card("Used", ReportWording.grouped(report.total.kWh), " kWh", HTMLRenderer.escaped(change)))
    if report.currency != nil {
      var detail = "energy \(wording.money(report.total.energyCost))"
      if let charge = report.total.standingCharge, !charge.isZero {
        detail += ", standing charge \(wording.money(charge))"
      }
      if let credit = report.total.exportCredit, !credit.isZero {
        detail += ", export credit -\(wording.money(credit))"
      }
      if let tax = report.total.tax { detail += "; of which VAT \(wording.money(tax))" }
      let unit = wording.moneyTitle("").isEmpty ? "" : wording.moneyTitle("")
      let name = report.otherTariffs.isEmpty ? "Cost" : "Cost, \(HTMLRenderer.escaped(report.tariff ?? ""))"
      add(card(name, wording.money(report.total.cost), HTMLRenderer.escaped(unit), HTMLRenderer.escaped(detail)))
      for (other, total) in zip(report.otherTariffs, report.total.others) {
        add(
          card(
            "Cost, \(HTMLRenderer.escaped(other))", wording.money(total.cost), HTMLRenderer.escaped(unit),
            HTMLRenderer.escaped(wording.comparison(of: total, with: report.total))))
      }
    }
    if !report.total.exportKWh.isZero {
      add(card("Exported", ReportWording.grouped(report.total.exportKWh), " kWh"))
    }
    if report.periods.count == 1, let period = report.periods.first {
      if let alwaysOn = wording.alwaysOn(period) {
        add(card("Always on", alwaysOn.power, " W", HTMLRenderer.escaped(alwaysOn.energy)))
      }
    }
    let incomplete = report.periods.count { !$0.complete }
    if incomplete > 0 {
      let what =
        report.notes.isEmpty
        ? HTMLRenderer.escaped(wording.whyIncomplete)
        : report.periods.count == 1 ? "energy is missing or placed by time alone" : "see the notes"
      let value = report.periods.count == 1 ? "Incomplete" : "\(incomplete) of \(report.periods.count)"
      let label = report.periods.count == 1 ? "Data" : "Incomplete"
      add("<div class=\"warn\"><span>\(label)</span><strong>\(value)</strong><em>\(what)</em></div>")
    }
    add("</section>")
  }

  // MARK: One period

  private mutating func writeDevices(_ period: Report.Period) {
    let entries = period.devices.sorted { $1.kWh.isLess(than: $0.kWh) }
    guard !entries.isEmpty else { return add("<p>No data in this period.</p>") }
    let rates = wording.rateNames(of: period)
    let hasMoney = report.currency != nil
    let hasExport = entries.contains { !$0.exportKWh.isZero }
    let maximum = entries.map(\.kWh).max { $0.isLess(than: $1) } ?? Figure(0)
    let shares = ReportWording.shares(entries.map(\.kWh))
    add("<div class=\"scroll\"><table><thead><tr><th>Plug</th><th class=\"bar\"></th><th>kWh</th>")
    if shares != nil { add("<th>share</th>") }
    for rate in rates { add("<th>\(name(rate))</th>") }
    if hasExport { add("<th>export</th>") }
    if hasMoney { for title in wording.costTitles { add("<th>\(name(title))</th>") } }
    add("<th>peak W</th><th>at</th><th>cover</th><th class=\"l\">notes</th></tr></thead><tbody>")
    for (index, entry) in entries.enumerated() {
      let width = HTMLRenderer.percentText(entry.kWh, of: maximum)
      add(
        "<tr><th>\(name(entry.title))</th><td class=\"bar\"><i style=\"width:\(width)%\"></i></td>"
          + "<td><b>\(ReportWording.grouped(entry.kWh))</b></td>")
      if let shares { add("<td>\(shares[index])</td>") }
      for rate in rates {
        let share = entry.byRate.filter { $0.rate == rate }
        add("<td>\(share.isEmpty ? "" : ReportWording.grouped(Figure.sum(share.map(\.kWh))))</td>")
      }
      if hasExport { add("<td>\(entry.exportKWh.isZero ? "" : ReportWording.grouped(entry.exportKWh))</td>") }
      if hasMoney { for cost in [entry.cost] + entry.otherCosts { add("<td>\(wording.money(cost))</td>") } }
      let cover = ReportWording.percent(coverage: entry.coverage)
      add(
        "<td>\(entry.peakW.map { ReportWording.grouped($0.rescaled(to: 0)) } ?? "")</td>"
          + "<td>\(wording.peakTime(entry.peakAt, in: period.span))</td>"
          + "<td\(cover == "100 %" ? "" : " class=\"low\"")>\(cover)</td><td class=\"l\">\(links(entry.notes))</td></tr>"
      )
      for share in entry.channels {
        add(
          "<tr class=\"sub\"><th>channel \(share.channel)</th><td class=\"bar\"></td>"
            + "<td>\(ReportWording.grouped(share.kWh))</td></tr>")
      }
    }
    add(
      "</tbody><tfoot><tr><th>\(report.mainMeter.map(name) ?? "Plugs")</th><td class=\"bar\"></td><td>\(ReportWording.grouped(period.total.kWh))</td>"
    )
    if shares != nil { add("<td>100 %</td>") }
    for rate in rates {
      let sum = Figure.sum(entries.flatMap { $0.byRate.filter { $0.rate == rate } }.map(\.kWh))
      add("<td>\(ReportWording.grouped(sum))</td>")
    }
    if hasExport { add("<td>\(ReportWording.grouped(period.total.exportKWh))</td>") }
    if hasMoney {
      for total in [period.total] + period.total.others { add("<td>\(wording.money(total.energyCost))</td>") }
    }
    add("<td></td><td></td><td></td><td></td></tr>")
    if hasMoney {
      let before = 2 + (shares == nil ? 0 : 1) + rates.count + (hasExport ? 1 : 0)
      writeCharges(period.total, columnsBefore: before, columnsAfter: 4)
    }
    add("</tfoot></table></div>")
  }

  private mutating func writeCharges(_ total: Report.Total, columnsBefore: Int, columnsAfter: Int) {
    let totals = [total] + total.others
    func row(_ label: String, _ figures: [Figure?], _ style: String) {
      let cells = figures.map { "<td>\(wording.money($0))</td>" }.joined()
      add(
        "<tr class=\"\(style)\"><th>\(label)</th><td colspan=\"\(columnsBefore)\"></td>\(cells)"
          + "<td colspan=\"\(columnsAfter)\"></td></tr>")
    }
    func isUsed(_ figure: Figure?) -> Bool { figure.map { !$0.isZero } ?? false }
    if totals.contains(where: { isUsed($0.standingCharge) }) {
      row("Standing charge", totals.map(\.standingCharge), "charge")
    }
    if totals.contains(where: { isUsed($0.exportCredit) }) {
      let credits = totals.map { $0.exportCredit.map(-) }
      row("Export credit", credits, "charge")
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
    let rows = BillRow.rows(of: total)
    guard report.showsCharges, report.otherTariffs.isEmpty, !rows.isEmpty else { return }
    add("<h2>The bill</h2><div class=\"scroll bill\"><table><thead><tr><th></th><th>kWh</th>")
    add("<th>\(HTMLRenderer.escaped(wording.moneyTitle("amount")))</th></tr></thead><tbody>")
    for row in rows {
      let style = row.style == .total ? " class=\"sum\"" : ""
      let amount = wording.money(row.amount)
      add(
        "<tr\(style)><th>\(name(row.label))</th><td>\(row.kWh.map(ReportWording.grouped) ?? "")</td>"
          + "<td>\(row.style == .item ? amount : "<b>\(amount)</b>")</td></tr>")
    }
    add("</tbody></table></div>")
  }

  private func links(_ notes: [String], limit: Int = 3) -> String {
    let shown = notes.prefix(limit).map { "<a href=\"#\(HTMLRenderer.escaped($0))\">\(HTMLRenderer.escaped($0))</a>" }
    return shown.joined(separator: " ") + (notes.count > limit ? " +\(notes.count - limit)" : "")
  }

  /// `37.5`: a width in percent, one decimal.
  static func percentText(_ value: Figure, of maximum: Figure) -> String {
    let places = max(value.places, maximum.places)
    let whole = Int128(maximum.rescaled(to: places).mantissa)
    let part = max(0, Int128(value.rescaled(to: places).mantissa))
    guard whole > 0 else { return "0" }
    return Figure.ratio(part * 100, whole, places: 1).text
  }

  // MARK: Several rows

  private mutating func writeChart(_ matrix: ReportMatrix) {
    add(ColumnChart(matrix: matrix).svg)
  }

  private mutating func writeMatrix(_ matrix: ReportMatrix) {
    guard !matrix.rows.isEmpty else { return }
    let hasMoney = report.currency != nil
    let hasCoverage = matrix.rows.contains { $0.coverage != nil }
    let hasNotes = matrix.rows.contains { !$0.notes.isEmpty }
    let shown = matrix.keys.count > 1 ? matrix.order : []
    add("<div class=\"scroll\"><table><thead><tr><th>\(matrix.title)</th>")
    for key in shown { add("<th>\(name(matrix.keys[key]))</th>") }
    add("<th>kWh</th>")
    if matrix.hasExport { add("<th>export</th>") }
    if hasMoney { for title in wording.costTitles(matrix.otherCostCount) { add("<th>\(name(title))</th>") } }
    if hasCoverage { add("<th>cover</th>") }
    if hasNotes { add("<th class=\"l\">notes</th>") }
    add("</tr></thead><tbody>")
    for row in matrix.rows {
      add("<tr><th>\(HTMLRenderer.escaped(row.label))</th>")
      for key in shown { add("<td>\(row.figures[key].map(ReportWording.grouped) ?? "")</td>") }
      add("<td><b>\(row.isEmpty ? "–" : ReportWording.grouped(row.total))</b></td>")
      if matrix.hasExport { add("<td>\(row.export.isZero ? "" : ReportWording.grouped(row.export))</td>") }
      if hasMoney { for cost in [row.cost] + row.otherCosts { add("<td>\(wording.money(cost))</td>") } }
      if hasCoverage {
        let cover = row.coverage.map(ReportWording.percent) ?? ""
        add("<td\(row.isComplete ? "" : " class=\"low\"")>\(cover)</td>")
      }
      if hasNotes { add("<td class=\"l\">\(links(row.notes))</td>") }
      add("</tr>")
    }
    add("</tbody><tfoot><tr class=\"sum\"><th>Total</th>")
    for key in shown { add("<td>\(ReportWording.grouped(matrix.sums[key]))</td>") }
    add("<td>\(ReportWording.grouped(matrix.total.kWh))</td>")
    if matrix.hasExport { add("<td>\(ReportWording.grouped(matrix.total.exportKWh))</td>") }
    if hasMoney {
      for total in ([matrix.total] + matrix.total.others).prefix(1 + matrix.otherCostCount) {
        add("<td>\(wording.money(total.cost))</td>")
      }
    }
    add((hasCoverage ? "<td></td>" : "") + (hasNotes ? "<td></td>" : "") + "</tr></tfoot></table></div>")
    if matrix.otherCostCount > 0 {
      for (other, total) in zip(report.otherTariffs, matrix.total.others) {
        add("<p>\(name(other)) costs \(HTMLRenderer.escaped(wording.comparison(of: total, with: matrix.total))).</p>")
      }
    }
  }

  // MARK: Notes

  private mutating func writeNotes() {
    if !report.notes.isEmpty {
      add("<section class=\"notes\"><h2>Notes</h2><dl>")
      for note in report.notes {
        let device = note.device.map { "<b>\(name($0))</b> " } ?? ""
        let id = HTMLRenderer.escaped(note.id)
        add(
          "<dt id=\"\(id)\">\(id)</dt><dd>\(device)<time>\(HTMLRenderer.escaped(wording.noteTimes(note)))</time>"
            + "\(HTMLRenderer.escaped(note.text))</dd>")
      }
      add("</dl></section>")
    }
    add("<footer>")
    if report.currency != nil { add("Costs are rounded so that lines add up to the total. ") }
    add("Cover is the share of time with messages; it is marked where energy is missing or was placed by time alone.")
    add("Made by Wattlog.</footer>")
  }
}
