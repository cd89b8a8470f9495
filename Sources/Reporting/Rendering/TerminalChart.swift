import Text

/// Columns over time for a terminal, eight lines high, drawn with block elements to the eighth of a line.
struct TerminalChart {
  private let rows: [ReportMatrix.Row]
  private let unit: String
  private let width: Int
  private let colour: Bool

  private static let height = 8
  private static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// - Parameter width: columns of the terminal, 40 at least.
  init(_ matrix: ReportMatrix, width: Int, colour: Bool) {
    rows = matrix.rows
    unit = matrix.drawn?.rawValue ?? matrix.title
    self.width = width
    self.colour = colour
  }

  /// Lines no wider than the terminal; empty where there is nothing to draw.
  var lines: [String] {
    let places = rows.map(\.total.places).max() ?? 3
    func amount(_ row: ReportMatrix.Row) -> Int128 { max(0, Int128(row.total.rescaled(to: places).mantissa)) }
    guard rows.count > 1, let first = rows.map(amount).max(), first > 0 else { return [] }
    var columns = rows.map { (label: $0.axisLabel, amount: amount($0), isEmpty: $0.isEmpty) }
    // More columns than the terminal has: neighbours together.
    let room = width - 8
    let folded = (columns.count + room - 1) / room
    if folded > 1 {
      columns = stride(from: 0, to: columns.count, by: folded).map { start in
        let part = columns[start..<min(start + folded, columns.count)]
        return (
          part[start].label, part.reduce(0) { $0 + $1.amount }, part.allSatisfy(\.isEmpty)
        )
      }
    }
    let largest = columns.map(\.amount).max() ?? first
    let step = ChartAxis.step(largest)
    let scale = (largest + step - 1) / step * step
    let slot = max(1, min(room / columns.count, 6))
    let bar = slot > 2 ? slot - 1 : slot
    let axis = [scale, scale / 2].map { ReportWording.trimmed(Figure(Int64(clamping: $0), places: places)) }
    let axisWidth = min(axis.map(\.count).max() ?? 1, 7)
    let parts = folded > 1 ? "\(folded) \(unit)s" : unit
    var lines = ["kWh by \(parts)"]
    for line in (0..<TerminalChart.height).reversed() {
      let mark = line == TerminalChart.height - 1 ? axis[0] : line == TerminalChart.height / 2 - 1 ? axis[1] : ""
      var text = ""
      for column in columns {
        let eighths = Int(column.amount * Int128(TerminalChart.height * 8) / scale)
        // Whatever is above zero shows.
        let filled = (column.amount > 0 ? max(eighths, 1) : 0) - line * 8
        let block: Character = filled <= 0 ? " " : TerminalChart.blocks[min(filled, 8) - 1]
        text += String(repeating: block, count: bar) + String(repeating: " ", count: slot - bar)
      }
      let padded = String(repeating: " ", count: max(axisWidth - mark.count, 0)) + mark
      lines.append(padded + " " + TextGrid.styled(trimmed(text), .bar, colour))
    }
    lines.append(String(repeating: " ", count: axisWidth) + " " + labels(columns.map(\.label), slot))
    return lines
  }

  private func trimmed(_ text: String) -> String {
    var text = text[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }

  /// As many labels as stand beside each other.
  private func labels(_ labels: [String], _ slot: Int) -> String {
    let widest = labels.map(\.count).max() ?? 1
    let every = (widest + 1 + slot - 1) / slot
    var text = ""
    for (place, label) in labels.enumerated() where place.isMultiple(of: every) {
      let start = place * slot
      guard start + label.count <= labels.count * slot + 4 else { break }
      text += String(repeating: " ", count: max(start - text.count, 0)) + label
    }
    return text
  }
}
