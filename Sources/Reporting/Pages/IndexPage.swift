public import Calendar
import Readings
import Text

/// The page that a household's pages begin with: today, this month, what the bill will be, what used most, and what
/// needs somebody's attention.
public struct IndexPage: Sendable {
  /// A plug that has said nothing for a while.
  public struct Silence: Sendable {
    public let name: String
    public let since: LocalInstant

    public init(_ name: String, since: LocalInstant) {
      self.name = name
      self.since = since
    }
  }

  /// The last day with readings.
  public var day: Report
  /// True where that is today.
  public var isToday: Bool
  /// The month that holds it.
  public var month: Report
  /// The last days, the last of which may not be over.
  public var recent: Report
  /// Of the bill, where there is a tariff, else of the month.
  public var forecast: Forecast?
  public var silent: [Silence]

  public init(
    day: Report, isToday: Bool, month: Report, recent: Report, forecast: Forecast?, silent: [Silence]
  ) {
    self.day = day
    self.isToday = isToday
    self.month = month
    self.recent = recent
    self.forecast = forecast
    self.silent = silent
  }

  public func text(in site: PageSite) -> String {
    let frame = site.frame(of: .index)
    let wording = ReportWording(report: month)
    var page = Markup()
    page.add(frame.head(title: "Household"))
    page.add("<header><h1>Household</h1><p>\(Markup.escaped(wording.setting))</p></header>")
    page.add(cards)
    page.add(attention(frame, plugCount: site.plugs.count))
    if let period = month.periods.first {
      let charts = PageCharts(
        report: month, wording: wording, palette: PagePalette(of: month), link: frame.periodLink)
      page.add(charts.overTime(ReportMatrix(parts: period, wording: wording)))
      page.add(most(period, wording, frame))
    }
    page.add(PageList(site: site, palette: PagePalette(of: month)).markup)
    page.add(PageFrame.foot(hasMoney: month.currency != nil))
    return page.text
  }

  private var cards: Markup {
    var cards: [String] = []
    for (report, unit, label) in [(day, Report.Granularity.day, isToday ? "Today so far" : nil), (month, .month, nil)] {
      guard let period = report.periods.first else { continue }
      let wording = ReportWording(report: report)
      let title = wording.title(of: period.span, as: unit)
      cards.append(
        PageCards.card(
          label ?? title, ReportWording.grouped(period.total.kWh), "kWh",
          [wording.money(period.total.cost), label == nil ? "" : title].filter { !$0.isEmpty }.joined(separator: " · "))
      )
    }
    let wording = ReportWording(report: month)
    if let forecast {
      let days = "at the pace of \(forecast.dayCount == 1 ? "a day" : "\(forecast.dayCount) days")"
      let title = wording.title(of: forecast.span, as: month.currency == nil ? .month : .bill)
      let kWh = forecast.kWh.rescaled(to: 0).text
      cards.append(
        forecast.cost.map {
          PageCards.card("\(title), forecast", wording.money($0), "", "\(kWh) kWh, \(days)")
        }
          ?? PageCards.card("\(title), forecast", kWh, "kWh", days))
    }
    if let always = month.periods.first.flatMap(wording.alwaysOn) {
      cards.append(PageCards.card("Always on this month", always.power, "W", always.energy))
    }
    return PageCards.section(cards)
  }

  // MARK: Attention

  private static let namedDayCount = 7

  private func attention(_ frame: PageFrame, plugCount: Int) -> Markup {
    func since(_ silence: Silence) -> String { "since \(silence.since.date) \(silence.since.hourAndMinute)" }
    var lines = silent.map { "\(plug($0.name, frame)) has been silent \(since($0))" }
    if silent.count > 1, silent.count == plugCount, let last = silent.max(by: { $0.since.at < $1.since.at }) {
      lines = ["no plug has been heard \(since(last)): is the recorder running?"]
    }
    let wording = ReportWording(report: recent)
    let incomplete = recent.periods.filter { !$0.complete && wording.isDate($0.span.end) }.reversed().map { period in
      let label = Markup.escaped(wording.label(of: period.span, as: .day))
      return frame.periodLink(period.span, .day).map { "<a href=\"\(Markup.escaped($0))\">\(label)</a>" } ?? label
    }
    if !incomplete.isEmpty {
      let shown = incomplete.prefix(IndexPage.namedDayCount).joined(separator: ", ")
      let others = incomplete.count - IndexPage.namedDayCount
      lines.append(
        "\(incomplete.count == 1 ? "Of a day" : "Of \(incomplete.count) days") energy is missing or was placed by time alone: "
          + shown + (others > 0 ? " and \(others) before" : ""))
    }
    for note in recent.notes where note.kind == "damage" || note.kind == "no-price" || note.kind == "main-meter" {
      lines.append((note.device.map { "\(plug($0, frame)): " } ?? "") + Markup.escaped(note.text))
    }
    var page = Markup()
    page.add("<section class=\"attention\"><h2>What needs attention</h2>")
    if lines.isEmpty {
      page.add("<p>Nothing: every plug speaks, and no energy is missing.</p>")
    } else {
      page.add("<ul>")
      for line in lines { page.add("<li>\(line)</li>") }
      page.add("</ul>")
    }
    page.add("</section>")
    return page
  }

  private func plug(_ name: String, _ frame: PageFrame) -> String {
    frame.plugLink(name).map { "<a href=\"\(Markup.escaped($0))\">\(Markup.name(name))</a>" } ?? Markup.name(name)
  }

  // MARK: What used most

  private static let mostCount = 5

  private func most(_ period: Report.Period, _ wording: ReportWording, _ frame: PageFrame) -> Markup {
    var page = Markup()
    let source = EntryColumn.Source(period, wording, totalName: "Plugs")
    let rows = source.rows.filter { $0.entry.device != MainMeter.rest && !$0.entry.kWh.isZero }
    guard !rows.isEmpty else { return page }
    let columns = EntryColumn.columns(EntryColumn.short, of: source)
    var plain = month
    plain.notes = []
    var table = PageTable(wording, FoldedNotes(plain, wording: wording), caption: "What used most")
    let palette = PagePalette(of: month)
    table.link = { frame.plugLink($0) }
    table.colour = { palette.style($0) }
    page.add("<section><h2>What used most in \(Markup.escaped(wording.title(of: period.span, as: .month)))</h2>")
    table.begin(columns)
    for row in rows.prefix(IndexPage.mostCount) { table.add(row, columns) }
    table.end()
    page.add(table.page)
    for line in wording.comparisons(of: period) { page.add("<p>\(Markup.escaped(line)).</p>") }
    page.add("</section>")
    return page
  }
}
