import Text

/// Stacked columns over time.
///
/// The drawing is stretched to whatever room there is, and the words stand beside it as text of the page: they keep their
/// size on a telephone and on paper.
struct ColumnChart {
  struct Column {
    /// For a tooltip and the reader of a screen: `Sun 25 Oct`.
    let title: String
    /// Under the column: `25`.
    let label: String
    /// By series; nil where nothing is known.
    let values: [Figure?]
    /// The whole, where it is known as such.
    let total: Figure?
    /// Where the column leads to; nil for no link.
    var link: String?
  }
  struct Series {
    let name: String
    let style: String
  }

  /// What is drawn: `Energy per hour`.
  let title: String
  /// Of the axis: `kWh`.
  let unit: String
  let series: [Series]
  let columns: [Column]
  /// A value as the tooltip says it.
  let text: (Figure) -> String

  private static let height: Int128 = 1000
  private static let slot = 100

  var markup: String {
    let places = columns.flatMap { $0.values.compactMap { $0?.places } + [$0.total?.places ?? 0] }.max() ?? 3
    func amount(_ figure: Figure?) -> Int128 { max(0, Int128(figure?.rescaled(to: places).mantissa ?? 0)) }
    let tops = columns.map { column in max(column.values.reduce(0) { $0 + amount($1) }, amount(column.total)) }
    guard let largest = tops.max(), largest > 0 else { return "" }
    let step = ColumnChart.niceStep(largest)
    let scale = (largest + step - 1) / step * step
    var page = Markup()
    page.add("<figure class=\"chart\"><div class=\"unit\">\(Markup.escaped(unit))</div><div class=\"plot\">")
    page.add("<div class=\"ys\" aria-hidden=\"true\">")
    for mark in stride(from: Int128(0), through: scale, by: Int128.Stride(step)) {
      page.add(
        "<span style=\"bottom:\(Markup.percent(mark, of: scale))%\">\(ReportWording.trimmed(Figure(Int64(clamping: mark), places: places)))</span>"
      )
    }
    page.add("</div><svg viewBox=\"0 0 \(columns.count * ColumnChart.slot) \(ColumnChart.height)\"")
    // A picture that leads somewhere is a group: what stands in a picture is not read.
    let role = columns.contains { $0.link != nil } ? "group" : "img"
    page.add(" preserveAspectRatio=\"none\" role=\"\(role)\" aria-label=\"\(Markup.escaped(title))\">")
    for mark in stride(from: step, through: scale, by: Int128.Stride(step)) {
      let y = ColumnChart.height - mark * ColumnChart.height / scale
      page.add("<path class=\"grid\" d=\"M0 \(y)H\(columns.count * ColumnChart.slot)\"/>")
    }
    for (place, column) in columns.enumerated() {
      // The table under the drawing has the same links for the keyboard.
      let tip = Markup.escaped(tooltip(column))
      if let link = column.link {
        page.add("<a href=\"\(Markup.escaped(link))\" aria-label=\"\(tip)\" tabindex=\"-1\">")
      }
      page.add("<g><title>\(tip)</title>")
      page.add("<rect class=\"hit\" x=\"\(place * ColumnChart.slot)\" y=\"0\" width=\"100\" height=\"1000\"/>")
      var base: Int128 = 0
      for (series, value) in zip(series, column.values) where amount(value) > 0 {
        let bottom = base * ColumnChart.height / scale
        base += amount(value)
        let top = base * ColumnChart.height / scale
        page.add(
          "<rect class=\"\(series.style)\" x=\"\(place * ColumnChart.slot + 12)\" y=\"\(ColumnChart.height - top)\" "
            + "width=\"76\" height=\"\(max(top - bottom, 1))\"/>")
      }
      page.add(column.link == nil ? "</g>" : "</g></a>")
    }
    page.add("</svg><div class=\"xs\" aria-hidden=\"true\">")
    page.add(labels)
    page.add("</div></div>")
    page.add(legend)
    page.add("</figure>")
    return page.text
  }

  /// As many labels as there is room for: some always, some from 600 pixels on, some from 900.
  private var labels: String {
    let many = (columns.count + 15) / 16
    let some = many * ((columns.count + 10 * many - 1) / (10 * many))
    let few = some * ((columns.count + 6 * some - 1) / (6 * some))
    var text = ""
    for (place, column) in columns.enumerated() where place.isMultiple(of: many) {
      let style =
        place.isMultiple(of: few) ? "" : place.isMultiple(of: some) ? " class=\"k2\"" : " class=\"k3\""
      let middle = Markup.percent(Int128(2 * place + 1), of: Int128(2 * columns.count))
      text += "<span\(style) style=\"left:\(middle)%\">\(Markup.escaped(column.label))</span>"
    }
    return text
  }

  private var legend: String {
    guard series.count > 1 else { return "" }
    let words = series.map { "<span><i class=\"\($0.style)\"></i>\(Markup.name($0.name))</span>" }
    return "<figcaption>\(words.joined())</figcaption>"
  }

  private func tooltip(_ column: Column) -> String {
    var words: [String] = []
    if series.count > 1 {
      let parts = zip(series, column.values).compactMap { series, value in value.map { (series.name, $0) } }
      words = parts.filter { !$0.1.isZero }.sorted { $1.1.isLess(than: $0.1) }.prefix(10).map {
        "\($0.0) \(text($0.1))"
      }
    }
    let total =
      column.total ?? (column.values.allSatisfy { $0 == nil } ? nil : Figure.sum(column.values.compactMap(\.self)))
    return (["\(column.title): \(total.map(text) ?? "no data")"] + words).joined(separator: " · ")
  }

  /// The smallest 1, 2 or 5 × 10^n of which at most five make up `largest`.
  static func niceStep(_ largest: Int128) -> Int128 {
    var power: Int128 = 1
    while true {
      for factor: Int128 in [1, 2, 5] where factor * power * 5 >= largest { return factor * power }
      power *= 10
    }
  }
}
