import Text

/// A table of the page out of the columns that the terminal's table has.
struct PageTable {
  let wording: ReportWording
  let notes: FoldedNotes
  /// For the reader of a screen, and for who walks the page by keyboard.
  let caption: String
  /// Where a row's name leads to; nil for no link.
  var link: (String) -> String? = { _ in nil }
  /// The style class of a plug's colour.
  var colour: (String) -> String? = { _ in nil }

  private(set) var page = Markup()

  init(_ wording: ReportWording, _ notes: FoldedNotes, caption: String) {
    self.wording = wording
    self.notes = notes
    self.caption = caption
  }

  mutating func begin<Row>(_ columns: [ReportColumn<Row>]) {
    let isWide = columns.count > 9 ? " wide" : ""
    page.add(
      "<div class=\"scroll\(isWide)\" tabindex=\"0\" role=\"region\" aria-label=\"\(Markup.escaped(caption))\"><table><thead><tr>"
    )
    for column in columns {
      let title = Markup.name(column.title)
      page.add(
        "<th scope=\"col\"\(style(column))>\(column.role == .bar ? "<span class=\"sr\">bar</span>" : title)</th>")
    }
    page.add("</tr></thead><tbody>")
  }

  /// - Parameter address: where the row's name leads to.
  mutating func add<Row>(
    _ row: Row, _ columns: [ReportColumn<Row>], style name: String = "", address: String? = nil
  ) {
    page.add(name.isEmpty ? "<tr>" : "<tr class=\"\(name)\">")
    for column in columns { page.add(cell(column.cell(row), of: column, address: address)) }
    page.add("</tr>")
  }

  /// Cells by role; empty ones elsewhere.
  mutating func add<Row>(
    _ name: String, style: String, _ columns: [ReportColumn<Row>], _ text: (ReportColumn<Row>) -> String?
  ) {
    page.add("<tr class=\"\(style)\"><th scope=\"row\">\(Markup.escaped(name))</th>")
    for column in columns.dropFirst() { page.add("<td\(self.style(column))>\(text(column) ?? "")</td>") }
    page.add("</tr>")
  }

  /// Sums stand in a body of their own: a foot would stand on every sheet of paper.
  mutating func addTotal<Row>(_ columns: [ReportColumn<Row>]) {
    page.add("</tbody><tbody class=\"total\"><tr class=\"sum\">")
    for column in columns { page.add(cell(column.total ?? .empty, of: column)) }
    page.add("</tr>")
  }

  mutating func end() { page.add("</tbody></table></div>") }

  private func cell<Row>(_ cell: ReportCell, of column: ReportColumn<Row>, address: String? = nil) -> String {
    let isLow = cell.emphasis == .warning
    let style = self.style(column, isLow: isLow)
    switch cell.content {
    case .text(let text):
      var text = Markup.escaped(capitalised(text, column))
      if let address, column.role == .name { text = "<a href=\"\(Markup.escaped(address))\">\(text)</a>" }
      return column.role == .name ? "<th scope=\"row\">\(text)</th>" : "<td\(style)>\(text)</td>"
    case .name(let name):
      let dot = colour(name).map { "<i class=\"dot \($0)\"></i>" } ?? ""
      let word = link(name).map { "<a href=\"\(Markup.escaped($0))\">\(Markup.name(name))</a>" } ?? Markup.name(name)
      return "<th scope=\"row\">\(dot)\(word)</th>"
    case .notes(let ids): return "<td\(style)>\(PageTable.links(notes.ids(ids)))</td>"
    case .bar(let figure, let whole):
      let places = max(figure.places, whole.places)
      let width = Markup.percent(
        Int128(figure.rescaled(to: places).mantissa), of: Int128(whole.rescaled(to: places).mantissa))
      return "<td class=\"bar\"><i style=\"width:\(width)%\"></i></td>"
    }
  }

  private func capitalised<Row>(_ text: String, _ column: ReportColumn<Row>) -> String {
    column.role == .name ? text.prefix(1).uppercased() + text.dropFirst() : text
  }

  private func style<Row>(_ column: ReportColumn<Row>, isLow: Bool = false) -> String {
    var names: [String] = []
    if column.role == .bar { names.append("bar") }
    if column.isLeft, column.role != .name, column.role != .bar { names.append("l") }
    if isLow { names.append("low") }
    return names.isEmpty ? "" : " class=\"\(names.joined(separator: " "))\""
  }

  static func links(_ ids: [String], limit: Int = 3) -> String {
    let shown = ids.prefix(limit).map { "<a href=\"#\(Markup.escaped($0))\">\(Markup.escaped($0))</a>" }
    return shown.joined(separator: " ") + (ids.count > limit ? " +\(ids.count - limit)" : "")
  }
}
