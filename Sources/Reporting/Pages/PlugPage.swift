import Calendar
import Text

/// The page of one plug: its last days, its months, what it takes when nobody uses it.
public struct PlugPage: Sendable {
  let name: String
  let days: Report
  let months: Report

  /// - Parameters:
  ///   - name: the plug's.
  ///   - days: the household's last days.
  ///   - months: its months.
  public init(_ name: String, days: Report, months: Report) {
    self.name = name
    self.days = days.only(name)
    self.months = months.only(name)
  }

  public func text(in site: PageSite) -> String {
    let frame = site.frame(of: .plug(name))
    let wording = ReportWording(report: days)
    var page = Markup()
    page.add(frame.head(title: name))
    page.add("<header><h1>\(Markup.name(name))</h1>")
    page.add("<p>\(Markup.escaped(wording.setting))</p></header>")
    page.add(cards(wording))
    add(days, frame, to: &page)
    add(months, frame, to: &page)
    page.add(PageFrame.foot(hasMoney: days.currency != nil))
    return page.text
  }

  private func cards(_ wording: ReportWording) -> Markup {
    var cards: [String] = []
    func used(_ period: Report.Period?, as unit: Report.Granularity) {
      guard let period, !period.devices.isEmpty else { return }
      cards.append(
        PageCards.card(
          wording.title(of: period.span, as: unit), ReportWording.grouped(period.total.kWh), "kWh",
          wording.money(period.total.cost)))
    }
    used(days.periods.last, as: .day)
    used(months.periods.last, as: .month)
    if months.periods.count > 1 {
      cards.append(
        PageCards.card(
          "\(months.periods.count) months", ReportWording.grouped(months.total.kWh), "kWh",
          wording.money(months.total.cost)))
    }
    if let month = months.periods.last, let always = wording.alwaysOn(month) {
      cards.append(PageCards.card("Always on this month", always.power, "W", always.energy))
    }
    let peaks = months.periods.flatMap(\.devices).filter { $0.peakW != nil }
    if let highest = peaks.max(by: { ($0.peakW ?? Figure(0)).isLess(than: $1.peakW ?? Figure(0)) }),
      let watts = highest.peakW
    {
      let at = highest.peakAt.map { "\($0.date) \($0.hourAndMinute)" } ?? ""
      cards.append(PageCards.card("Highest power", ReportWording.grouped(watts), "W", at))
    }
    return PageCards.section(cards)
  }

  /// A drawing and a table of some periods.
  private func add(_ report: Report, _ frame: PageFrame, to page: inout Markup) {
    let wording = ReportWording(report: report)
    let matrix = ReportMatrix(periods: report, wording: wording)
    let charts = PageCharts(
      report: report, wording: wording, palette: PagePalette(of: report), link: frame.periodLink)
    page.add(charts.overTime(matrix))
    // Notes stand on the pages of the days.
    var plain = report
    plain.notes = []
    let notes = FoldedNotes(plain, wording: wording)
    page.add(
      PageMatrix(
        matrix: matrix.withoutNotes, report: report, wording: wording, notes: notes, link: frame.periodLink
      ).markup)
  }
}

extension ReportMatrix {
  var withoutNotes: ReportMatrix {
    var matrix = self
    for index in matrix.rows.indices { matrix.rows[index].notes = [] }
    return matrix
  }
}
