import Text

/// The table of a page with a row for each time: sums and money first, then the plugs that used most.
struct PageMatrix {
  let matrix: ReportMatrix
  let report: Report
  let wording: ReportWording
  let notes: FoldedNotes
  /// Where a row's time leads to.
  var link: (Report.Span, ReportWording.DrawnUnit) -> String? = { _, _ in nil }

  /// Plugs with a column of their own; on paper there is room for no more.
  private static let plugColumns = 12

  var markup: Markup {
    var page = Markup()
    guard !matrix.rows.isEmpty else { return page }
    let shown = matrix.keys.count > 1 ? Array(matrix.order.prefix(PageMatrix.plugColumns)) : []
    let columns = MatrixColumns(matrix: matrix, wording: wording, shown: shown, notes: { $0 }, nameLimit: 200)
      .pageColumns
    var table = PageTable(wording, notes, caption: "Each \(matrix.title)")
    page.add("<section><h2>Each \(matrix.title)</h2>")
    table.begin(columns)
    for row in matrix.rows { table.add(row, columns, address: matrix.drawn.flatMap { link(row.span, $0) }) }
    table.addTotal(columns)
    table.end()
    page.add(table.page)
    if matrix.otherCostCount > 0 {
      for (other, total) in zip(report.otherTariffs, matrix.total.others) {
        let words = Markup.escaped(wording.comparison(of: total, with: matrix.total))
        page.add("<p>\(Markup.name(other)) costs \(words).</p>")
      }
    }
    page.add("</section>")
    return page
  }
}
