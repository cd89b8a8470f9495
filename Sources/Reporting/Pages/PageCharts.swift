import Calendar
import Readings
import Text

/// The drawings of a report's page: energy and cost over time, hours by days, where the sun went.
struct PageCharts {
  let report: Report
  let wording: ReportWording
  let palette: PagePalette
  /// Where a period of a drawing leads to; nil for no link.
  var link: (Report.Span, ReportWording.DrawnUnit) -> String? = { _, _ in nil }

  /// Plugs with a colour in a drawing; the others are one.
  private static let plugLimit = 8

  /// Energy over time, stacked by plug, and cost over time.
  func overTime(_ matrix: ReportMatrix) -> Markup {
    var page = Markup()
    guard let unit = matrix.drawn, matrix.rows.count > 1 else { return page }
    let energy = energyChart(matrix, unit).markup
    guard !energy.isEmpty else { return page }
    page.add("<section><h2>Energy by \(unit.rawValue)</h2>")
    page.add(energy)
    page.add("</section>")
    let cost = costChart(matrix, unit)?.markup ?? ""
    if !cost.isEmpty {
      page.add("<section><h2>Cost by \(unit.rawValue)</h2>")
      page.add(cost)
      page.add("</section>")
    }
    return page
  }

  private func energyChart(_ matrix: ReportMatrix, _ unit: ReportWording.DrawnUnit) -> ColumnChart {
    // What no plug measured stands on top, drawn as such.
    let plugs = matrix.order.filter { matrix.keys[$0] != MainMeter.rest }
    let rest = matrix.keys.firstIndex(of: MainMeter.rest)
    let shown = plugs.count > PageCharts.plugLimit + 1 ? Array(plugs.prefix(PageCharts.plugLimit)) : plugs
    let others = plugs.dropFirst(shown.count)
    var series = shown.map { ColumnChart.Series(name: matrix.keys[$0], style: palette.style(matrix.keys[$0])) }
    if !others.isEmpty { series.append(.init(name: "others", style: PagePalette.others)) }
    if rest != nil { series.append(.init(name: MainMeter.rest, style: PagePalette.rest)) }
    let columns = matrix.rows.map { row in
      var values = shown.map { row.figures[$0] }
      if !others.isEmpty {
        let known = others.compactMap { row.figures[$0] }
        values.append(known.isEmpty ? nil : Figure.sum(known))
      }
      if let rest { values.append(row.figures[rest]) }
      return ColumnChart.Column(
        title: row.label, label: row.axisLabel, values: values, total: row.isEmpty ? nil : row.total,
        link: link(row.span, unit))
    }
    return ColumnChart(
      title: "kWh by \(unit.rawValue), stacked by plug", unit: "kWh by \(unit.rawValue)", series: series,
      columns: columns, text: { "\(ReportWording.grouped($0)) kWh" })
  }

  private func costChart(_ matrix: ReportMatrix, _ unit: ReportWording.DrawnUnit) -> ColumnChart? {
    guard let currency = report.currency, matrix.rows.contains(where: { $0.cost != nil }) else { return nil }
    let what = matrix.includesCharges ? "cost with charges" : "cost of energy"
    return ColumnChart(
      title: "\(what) by \(unit.rawValue)", unit: "\(currency.code) by \(unit.rawValue)",
      series: [.init(name: what, style: "money")],
      columns: matrix.rows.map {
        ColumnChart.Column(
          title: $0.label, label: $0.axisLabel, values: [$0.cost], total: $0.cost, link: link($0.span, unit))
      }, text: { wording.money($0) })
  }

  /// Hours by days, and the mean of them.
  func hours() -> Markup {
    var page = Markup()
    let map = HeatMap(report.periods.flatMap(\.hours), wording)
    let drawing = map.markup
    guard !drawing.isEmpty else { return page }
    page.add("<section><h2>Hours of the days</h2>")
    page.add(drawing)
    page.add("</section>")
    let typical = ColumnChart(
      title: "mean kWh of each hour of the day", unit: "kWh in the hour, mean of the days",
      series: [.init(name: "mean", style: "c0")],
      columns: map.typicalDay.enumerated().map { hour, figure in
        ColumnChart.Column(
          title: ClockText.text(minuteOfDay: hour * 60), label: "\(hour)", values: [figure], total: figure)
      }, text: { "\(ReportWording.grouped($0)) kWh" })
    let chart = typical.markup
    if map.days.count > 2, !chart.isEmpty {
      page.add("<section><h2>A typical day</h2>")
      page.add(chart)
      page.add("</section>")
    }
    return page
  }

  /// What the house used and where it came from, what was made and where it went: two bars to one scale.
  func sun() -> Markup {
    var page = Markup()
    guard let sun = report.total.sun, !sun.produced.isZero else { return page }
    let whole = [sun.house, sun.produced].max { $0.isLess(than: $1) } ?? sun.house
    let places = [sun.house, sun.produced, sun.bought, sun.fedIn].map(\.places).max() ?? 3
    func part(_ name: String, _ figure: Figure, _ style: String) -> String {
      let width = Markup.percent(
        Int128(figure.rescaled(to: places).mantissa), of: Int128(whole.rescaled(to: places).mantissa))
      return
        "<i class=\"\(style)\" style=\"width:\(width)%\" title=\"\(name) \(ReportWording.grouped(figure)) kWh\"></i>"
    }
    func label(_ name: String, _ figure: Figure, _ style: String) -> String {
      "<span><i class=\"\(style)\"></i>\(name) \(ReportWording.grouped(figure)) kWh</span>"
    }
    page.add("<section><h2>Sun</h2><figure class=\"flow\"><div><span>house</span><b>")
    page.add(part("own use", sun.ownUse, "sun") + part("bought", sun.bought, "grid") + "</b></div>")
    page.add("<div><span>made</span><b>")
    page.add(part("own use", sun.ownUse, "sun") + part("fed in", sun.fedIn, "fed") + "</b></div><figcaption>")
    page.add(label("own use", sun.ownUse, "sun"))
    page.add(label("bought", sun.bought, "grid"))
    page.add(label("fed in", sun.fedIn, "fed"))
    page.add("</figcaption></figure>")
    if let words = wording.sun(report.total) { page.add("<p>\(Markup.escaped(words)).</p>") }
    page.add("</section>")
    return page
  }
}
