/// What stands around a report on its page: nothing for a page alone, ways to other pages for one of many.
struct PageFrame {
  struct Link {
    let text: String
    let address: String
    /// `prev`, `next`, `up`: for programs.
    let relation: String?
  }

  /// In place of the report's own title.
  var title: String?
  /// Of the shared style sheet; nil for a page that holds its own.
  var styleAddress: String?
  var links: [Link] = []
  /// Where a plug's name leads to.
  var plugLink: (String) -> String? = { _ in nil }
  /// Where a row or column of a time leads to.
  var periodLink: (Report.Span, ReportWording.DrawnUnit) -> String? = { _, _ in nil }

  /// All before the report's own heading.
  func head(title: String) -> String {
    var page = Markup()
    page.add("<!doctype html>")
    page.add("<html lang=\"en\"><head><meta charset=\"utf-8\">")
    page.add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
    page.add("<meta name=\"color-scheme\" content=\"light dark\">")
    page.add("<title>\(Markup.escaped(title)) · Wattlog</title>")
    if let styleAddress {
      page.add("<meta name=\"generator\" content=\"\(PageSite.generator)\">")
      page.add("<link rel=\"stylesheet\" href=\"\(Markup.escaped(styleAddress))\">")
      for link in links {
        guard let relation = link.relation else { continue }
        page.add("<link rel=\"\(relation)\" href=\"\(Markup.escaped(link.address))\">")
      }
      page.add("</head><body>")
    } else {
      page.add("<style>\n\(PageStyle.text)</style></head><body>")
    }
    if !links.isEmpty {
      page.add("<nav aria-label=\"Pages\">")
      for link in links {
        let relation = link.relation.map { " rel=\"\($0)\"" } ?? ""
        page.add("<a\(relation) href=\"\(Markup.escaped(link.address))\">\(Markup.name(link.text))</a>")
      }
      page.add("</nav>")
    }
    page.add("<main>")
    return page.text
  }

  /// All behind what the page tells.
  static func foot(hasMoney: Bool) -> Markup {
    var page = Markup()
    page.add("<footer>")
    if hasMoney { page.add("Costs are rounded so that lines add up to the total. ") }
    page.add(
      "Cover is the share of time with messages; it is marked where energy is missing or was placed by time alone.")
    page.add("Made by Wattlog.</footer>")
    page.add("</main></body></html>")
    return page
  }
}
