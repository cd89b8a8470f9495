import Text

/// Stacked columns as SVG: one column per row of the matrix, one colour per plug, largest at the bottom.
struct ColumnChart {
  let matrix: ReportMatrix

  /// Plugs with a colour of their own; the rest are `others`.
  private static let colourCount = 6
  private static let width = 960
  private static let height = 260
  private static let left = 52
  private static let right = 24
  private static let bottom = 24
  private static let top = 8

  var svg: String {
    let shown = Array(matrix.order.prefix(ColumnChart.colourCount))
    let places = matrix.rows.map(\.total.places).max() ?? 3
    let totals = matrix.rows.map { max(0, Int128($0.total.rescaled(to: places).mantissa)) }
    guard let largest = totals.max(), largest > 0 else { return "" }
    let step = ColumnChart.niceStep(largest)
    let scale = (largest + step - 1) / step * step
    let plotHeight = ColumnChart.height - ColumnChart.bottom - ColumnChart.top
    func y(_ value: Int128) -> String {
      ColumnChart.tenths(Int128(plotHeight) * 10 * (scale - value) / scale, ColumnChart.top)
    }

    var lines = ["<figure><svg viewBox=\"0 0 \(ColumnChart.width) \(ColumnChart.height)\" role=\"img\">"]
    lines.append("<title>kWh per \(matrix.title)</title>")
    var mark: Int128 = 0
    while mark <= scale {
      lines.append(
        "<path class=\"grid\" d=\"M\(ColumnChart.left) \(y(mark))H\(ColumnChart.width - ColumnChart.right)\"/>")
      lines.append(
        "<text class=\"y\" x=\"\(ColumnChart.left - 8)\" y=\"\(y(mark))\" dy=\".32em\">\(axisText(mark, places))</text>"
      )
      mark += step
    }
    // Slots in tenths of a unit, so that a year of columns still lies on a grid.
    let slot = max(1, (ColumnChart.width - ColumnChart.left - ColumnChart.right) * 10 / max(matrix.rows.count, 1))
    let bar = min(max(slot * 7 / 10, 8), 600)
    let labelEvery = max(1, (matrix.rows.count + 11) / 12)
    for (index, row) in matrix.rows.enumerated() {
      let start = ColumnChart.left * 10 + index * slot + (slot - bar) / 2
      let x = ColumnChart.tenths(Int128(start), 0)
      lines.append("<g><title>\(HTMLRenderer.escaped(tooltip(row)))</title>")
      var base: Int128 = 0
      var parts: [(colour: Int, value: Int128)] = shown.enumerated().map { colour, key in
        (colour, max(0, Int128((row.figures[key] ?? Figure(0)).rescaled(to: places).mantissa)))
      }
      let rest = totals[index] - parts.reduce(0) { $0 + $1.value }
      if rest > 0 { parts.append((ColumnChart.colourCount, rest)) }
      for part in parts where part.value > 0 {
        let height = Int128(plotHeight) * 10 * (base + part.value) / scale - Int128(plotHeight) * 10 * base / scale
        lines.append(
          "<rect class=\"c\(part.colour)\" x=\"\(x)\" y=\"\(y(base + part.value))\" width=\"\(ColumnChart.tenths(Int128(bar), 0))\""
            + " height=\"\(ColumnChart.tenths(height, 0))\"/>")
        base += part.value
      }
      lines.append("</g>")
      if index.isMultiple(of: labelEvery) {
        let middle = ColumnChart.tenths(Int128(start + bar / 2), 0)
        lines.append(
          "<text class=\"x\" x=\"\(middle)\" y=\"\(ColumnChart.height - 6)\">\(HTMLRenderer.escaped(row.label))</text>")
      }
    }
    lines.append("</svg><figcaption>")
    for (colour, key) in shown.enumerated() {
      lines.append("<span><i class=\"c\(colour)\"></i><bdi>\(HTMLRenderer.escaped(matrix.keys[key]))</bdi></span>")
    }
    if matrix.keys.count > shown.count {
      lines.append("<span><i class=\"c\(ColumnChart.colourCount)\"></i>others</span>")
    }
    lines.append("</figcaption></figure>")
    return lines.joined(separator: "\n")
  }

  private func tooltip(_ row: ReportMatrix.Row) -> String {
    var lines = ["\(row.label): \(row.total.text) kWh"]
    for key in matrix.order {
      if let figure = row.figures[key], !figure.isZero { lines.append("\(matrix.keys[key]) \(figure.text)") }
    }
    // A line break inside a title is a line break of the tooltip; it is added after the names were made safe.
    return lines.prefix(12).joined(separator: " · ")
  }

  /// The smallest 1, 2 or 5 × 10^n of which at most five make up `largest`.
  private static func niceStep(_ largest: Int128) -> Int128 {
    var power: Int128 = 1
    while true {
      for factor: Int128 in [1, 2, 5] where factor * power * 5 >= largest { return factor * power }
      power *= 10
    }
  }

  /// Without zeros at the end.
  private func axisText(_ mantissa: Int128, _ places: Int) -> String {
    var figure = Figure(Int64(clamping: mantissa), places: places)
    while figure.places > 0, figure.mantissa % 10 == 0 {
      figure = Figure(figure.mantissa / 10, places: figure.places - 1)
    }
    return ReportWording.grouped(figure)
  }

  private static func tenths(_ value: Int128, _ offset: Int) -> String {
    Figure(Int64(clamping: value + Int128(offset) * 10), places: 1).text
  }
}
