import Calendar

/// All pages of a household as links: plugs, then years to days, those of long ago folded.
struct PageList {
  let site: PageSite
  let palette: PagePalette

  var markup: Markup {
    var page = Markup()
    page.add("<section class=\"pages\"><h2>Plugs</h2><p>")
    for name in site.plugs {
      let address = Markup.escaped(site.file(of: .plug(name)))
      page.add("<a href=\"\(address)\"><i class=\"dot \(palette.style(name))\"></i>\(Markup.name(name))</a>")
    }
    page.add("</p></section>")
    page.add("<section class=\"pages\"><h2>Days, weeks, months, years</h2>")
    add("Days", site.periods(of: .day), shown: 14, foldedBy: .month, to: &page)
    add("Weeks", site.periods(of: .week), shown: 8, foldedBy: .year, to: &page)
    add("Months", site.periods(of: .month), shown: 13, foldedBy: .year, to: &page)
    add("Years", site.periods(of: .year), shown: .max, foldedBy: .year, to: &page)
    page.add("</section>")
    return page
  }

  /// The newest first.
  private func add(
    _ title: String, _ periods: [CalendarPeriod], shown: Int, foldedBy unit: CalendarPeriod.Unit,
    to page: inout Markup
  ) {
    let newest = Array(periods.reversed())
    page.add("<h3>\(title)</h3><p>")
    for period in newest.prefix(shown) { page.add(link(period)) }
    page.add("</p>")
    guard newest.count > shown else { return }
    page.add("<details><summary>\(newest.count - shown) more</summary>")
    var rest = newest.dropFirst(shown)
    while let first = rest.first {
      let folder = CalendarPeriod(unit, holding: first.first)
      page.add("<h4>\(Markup.escaped(site.name(of: folder)))</h4><p>")
      while let period = rest.first, period.first >= folder.first {
        page.add(link(period))
        rest.removeFirst()
      }
      page.add("</p>")
    }
    page.add("</details>")
  }

  private func link(_ period: CalendarPeriod) -> String {
    "<a href=\"\(site.file(of: .period(period)))\">\(Markup.escaped(site.name(of: period)))</a>"
  }
}
