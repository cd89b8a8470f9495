/// A report for a person at a terminal.
package enum TableRenderer {
  package struct Options: Sendable {
    /// Columns of the terminal; rows never get wider. Bounded to 40...400.
    package var width: Int
    package var colour: Bool
    /// Bars of Unicode block elements beside the rows.
    package var chart: Bool

    package init(width: Int = 100, colour: Bool = false, chart: Bool = false) {
      self.width = min(max(width, 40), 400)
      self.colour = colour
      self.chart = chart
    }
  }

  /// Lines of at most ``Options/width`` columns, with a line break after each.
  package static func render(_ report: Report, options: Options = Options()) -> String {
    report.periods.map { "\($0.span.start.date)  \($0.total.kWh.text) kWh\n" }.joined()
  }
}
