public import Calendar
import Readings

/// The pages of a household: which there are, what their files are called, and the ways between them.
///
/// A period's page is called as `-p` calls the period, so that a folder of them is in order of time.
public struct PageSite: Sendable {
  public enum Page: Hashable, Sendable {
    case index
    /// A day, week, month or year.
    case period(CalendarPeriod)
    /// Of that name.
    case plug(String)
  }

  /// Of all pages, beside them.
  public static let styleFile = "style.css"
  /// What every file of the pages says of who made it.
  public static let generator = "wattlog pages"
  public static var style: String { "/* \(generator) */\n" + PageStyle.text }

  public let first: LocalDate
  public let last: LocalDate
  /// In the order of their colours.
  public let plugs: [String]
  private let plugFiles: [String: String]

  /// - Parameters:
  ///   - first: the first day that has a page.
  ///   - last: the last one.
  ///   - plugs: the household's, in an order that stays as plugs are added.
  public init(first: LocalDate, last: LocalDate, plugs: [String]) {
    precondition(first <= last, "pages of no day")
    self.first = first
    self.last = last
    self.plugs = plugs
    plugFiles = Dictionary(plugs.map { ($0, PageSite.plugFile($0)) }, uniquingKeysWith: { one, _ in one })
  }

  /// All, index first, then years to days, then plugs.
  public var pages: [Page] {
    let units: [CalendarPeriod.Unit] = [.year, .month, .week, .day]
    return [.index] + units.flatMap { periods(of: $0) }.map(Page.period) + plugs.map(Page.plug)
  }

  /// Those that hold a day with a page, in order.
  public func periods(of unit: CalendarPeriod.Unit) -> [CalendarPeriod] {
    var periods = [CalendarPeriod(unit, holding: first)]
    while let next = periods.last?.end, next <= last { periods.append(CalendarPeriod(unit, holding: next)) }
    return periods
  }

  // MARK: Files

  public func file(of page: Page) -> String {
    switch page {
    case .index: "index.html"
    case .period(let period): PageSite.periodFile(period)
    case .plug(let name): plugFiles[name] ?? PageSite.plugFile(name)
    }
  }

  private static func periodFile(_ period: CalendarPeriod) -> String {
    switch period.unit {
    case .year: return "\(period.first.text.prefix(4)).html"
    case .month: return "\(period.first.text.prefix(7)).html"
    case .week: return "\(period.first.isoWeekText).html"
    default: return "\(period.first.text).html"
    }
  }

  /// Letters, digits and hyphens of the name; where that is not all of it, what tells it from others.
  private static func plugFile(_ name: String) -> String {
    var slug = ""
    for scalar in name.unicodeScalars {
      let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
      slug += isPlain ? scalar.properties.lowercaseMapping : "-"
    }
    slug = String(slug.prefix(40))
    if slug != name {
      var print = Fingerprint()
      print.add(name)
      slug += "-" + print.text.suffix(8)
    }
    return "plug-\(slug).html"
  }

  // MARK: Ways

  /// `Sun 25 Oct`, `Week 43`, `October`, `2026`; the year where it is not the neighbour's.
  func name(of period: CalendarPeriod, beside other: CalendarPeriod? = nil) -> String {
    let (year, month, day) = period.first.components
    let isOtherYear = other.map { $0.first.components.year != year } ?? false
    switch period.unit {
    case .year: return "\(year)"
    case .month: return ClockText.months[month - 1] + (isOtherYear || other == nil ? " \(year)" : "")
    case .week:
      let week = period.first.isoWeek
      return "Week \(week.week)" + (isOtherYear ? " of \(week.year)" : "")
    default:
      return "\(ClockText.weekdays[period.first.weekday - 1].prefix(3)) \(day) \(ClockText.months[month - 1].prefix(3))"
        + (isOtherYear ? " \(year)" : "")
    }
  }

  /// What the page's report has around it.
  func frame(of page: Page) -> PageFrame {
    var frame = PageFrame()
    frame.styleAddress = PageSite.styleFile
    frame.links = links(of: page)
    frame.plugLink = { [plugFiles] title in
      // A channel's row leads to the plug's page.
      plugFiles[title] ?? title.lastIndex(of: " ").flatMap { plugFiles[String(title[..<$0])] }
    }
    frame.periodLink = { span, unit in self.address(of: span, unit) }
    return frame
  }

  /// Of a row's or column's period; nil where it has no page.
  private func address(of span: Report.Span, _ drawn: ReportWording.DrawnUnit) -> String? {
    let units: [ReportWording.DrawnUnit: CalendarPeriod.Unit] = [
      .day: .day, .week: .week, .month: .month, .year: .year,
    ]
    guard let unit = units[drawn], let date = LocalDate(text: span.start.date) else { return nil }
    let period = CalendarPeriod(unit, holding: date)
    return has(period) ? file(of: .period(period)) : nil
  }

  func has(_ period: CalendarPeriod) -> Bool { period.first <= last && period.end > first }

  private func links(of page: Page) -> [PageFrame.Link] {
    switch page {
    case .index: return []
    case .plug(let name):
      let place = plugs.firstIndex(of: name) ?? 0
      let neighbours = [(place - 1, "‹ ", "", "prev"), (place + 1, "", " ›", "next")]
      return [overview]
        + neighbours.filter { plugs.indices.contains($0.0) }.map { place, before, behind, relation in
          PageFrame.Link(
            text: before + plugs[place] + behind, address: file(of: .plug(plugs[place])), relation: relation)
        }
    case .period(let period):
      let previous = CalendarPeriod(period.unit, holding: period.first.advanced(byDays: -1))
      let next = CalendarPeriod(period.unit, holding: period.end)
      var links = [overview]
      if has(previous) { links.append(link(previous, "‹ \(name(of: previous, beside: period))", "prev")) }
      if has(next) { links.append(link(next, "\(name(of: next, beside: period)) ›", "next")) }
      return links + wider(than: period).filter(has).map { link($0, name(of: $0), nil) }
    }
  }

  private var overview: PageFrame.Link { PageFrame.Link(text: "Overview", address: file(of: .index), relation: "up") }

  private func link(_ period: CalendarPeriod, _ text: String, _ relation: String?) -> PageFrame.Link {
    PageFrame.Link(text: text, address: file(of: .period(period)), relation: relation)
  }

  /// The week, month and year that hold a period's first day; of a week its Thursday.
  private func wider(than period: CalendarPeriod) -> [CalendarPeriod] {
    switch period.unit {
    case .day: [.week, .month, .year].map { CalendarPeriod($0, holding: period.first) }
    case .week: [.month, .year].map { CalendarPeriod($0, holding: period.first.advanced(byDays: 3)) }
    case .month: [CalendarPeriod(.year, holding: period.first)]
    default: []
    }
  }

  /// Changes with the ways from a page: they come and go with its neighbours.
  public func fingerprint(of page: Page) -> UInt64 {
    var print = Fingerprint()
    for link in links(of: page) {
      print.add(link.text)
      print.add(link.address)
    }
    if case .period(let period) = page {
      print.add(max(first, period.first).dayNumber)
      print.add(min(last, period.end).dayNumber)
    }
    return print.value
  }

  // MARK: Text

  /// The page of a day, week, month or year out of its report.
  public func text(of period: CalendarPeriod, _ report: Report) -> String {
    HTMLRenderer.render(report, in: frame(of: .period(period)))
  }
}
