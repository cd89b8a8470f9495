/// Cells set in aligned columns for a terminal of a given width.
public struct TextGrid {
  public enum Alignment { case left, right }
  public enum Style { case plain, bold, dim, bar, warning }

  public struct Column {
    public var title: String
    public var alignment: Alignment
    /// Columns with a higher number are left out first when the terminal is too narrow; 0 stays.
    public var dispensability: Int
    /// For a last column of sentences: it is given what is left, and its text is cut there.
    public var isElastic: Bool

    public init(_ title: String, _ alignment: Alignment = .right, dispensability: Int = 0, isElastic: Bool = false) {
      self.title = title
      self.alignment = alignment
      self.dispensability = dispensability
      self.isElastic = isElastic
    }
  }

  public struct Cell {
    public var text: String
    public var style: Style

    public init(_ text: String, _ style: Style = .plain) {
      self.text = text
      self.style = style
    }
  }

  public enum Row {
    /// One cell per column, missing ones empty.
    case cells([Cell])
    /// Dashes under the columns whose place holds true.
    case rule([Bool])
  }

  private(set) var columns: [Column]
  private(set) var rows: [Row] = []

  public init(_ columns: [Column]) { self.columns = columns }

  public mutating func append(_ cells: [Cell]) { rows.append(.cells(cells)) }
  public mutating func appendRule(under isRuled: [Bool]) { rows.append(.rule(isRuled)) }

  private static let gap = 2
  /// What an elastic column has at least.
  private static let elasticWidth = 16

  /// Columns that the grid needs, first column cut to at most `firstLimit`.
  private func widths(of kept: [Int], firstLimit: Int) -> [Int] {
    kept.map { column in
      var width = SafeText.width(columns[column].title)
      for case .cells(let cells) in rows where column < cells.count {
        width = max(width, SafeText.width(cells[column].text))
      }
      if columns[column].isElastic { return min(width, TextGrid.elasticWidth) }
      return column == 0 ? min(width, firstLimit) : width
    }
  }

  /// The columns that fit into `width`, beginning with all and leaving out the most dispensable.
  private func fitting(_ width: Int) -> (kept: [Int], widths: [Int]) {
    var kept = Array(columns.indices)
    while true {
      let widths = widths(of: kept, firstLimit: 32)
      let total = widths.reduce(0, +) + TextGrid.gap * (kept.count - 1)
      if total <= width { return (kept, widths) }
      guard
        let worst = kept.filter({ columns[$0].dispensability > 0 })
          .max(by: { columns[$0].dispensability < columns[$1].dispensability })
      else {
        let excess = total - width
        return (kept, self.widths(of: kept, firstLimit: max(8, widths[0] - excess)))
      }
      kept.removeAll { $0 == worst }
    }
  }

  /// How many columns of the terminal are left beside the grid.
  public func room(in width: Int) -> Int {
    let (kept, widths) = fitting(width)
    return width - widths.reduce(0, +) - TextGrid.gap * kept.count
  }

  public func lines(width: Int, colour: Bool) -> [String] {
    let (kept, widths) = fitting(width)
    var lines = [line(kept.map { Cell(columns[$0].title, .dim) }, kept, widths, width, colour)]
    for row in rows {
      switch row {
      case .cells(let cells):
        lines.append(line(kept.map { $0 < cells.count ? cells[$0] : Cell("") }, kept, widths, width, colour))
      case .rule(let isRuled):
        let cells = zip(kept, widths).map { column, width in
          Cell(column < isRuled.count && isRuled[column] ? String(repeating: "─", count: width) : "", .dim)
        }
        lines.append(line(cells, kept, widths, width, colour))
      }
    }
    return lines
  }

  private func line(_ cells: [Cell], _ kept: [Int], _ widths: [Int], _ limit: Int, _ colour: Bool) -> String {
    var line = ""
    var pending = 0
    var used = 0
    for (index, cell) in cells.enumerated() {
      if index > 0 { pending += TextGrid.gap }
      // The last column may run over its own width; nothing runs over the line's.
      let rest = max(limit - used - pending, 0)
      let room = index == cells.count - 1 ? rest : min(widths[index], rest)
      let text = SafeText.truncated(cell.text, to: room)
      let width = SafeText.width(text)
      let isRight = columns[kept[index]].alignment == .right
      if isRight { pending += min(max(widths[index] - width, 0), rest - width) }
      if width > 0 {
        line += String(repeating: " ", count: pending) + TextGrid.styled(text, cell.style, colour)
        used += pending + width
        pending = 0
      }
      if !isRight { pending += max(widths[index] - width, 0) }
    }
    return line
  }

  public static func styled(_ text: String, _ style: Style, _ colour: Bool) -> String {
    guard colour, !text.isEmpty else { return text }
    return switch style {
    case .plain: text
    case .bold: "\u{1B}[1m\(text)\u{1B}[0m"
    case .dim: "\u{1B}[2m\(text)\u{1B}[0m"
    case .bar: "\u{1B}[36m\(text)\u{1B}[0m"
    case .warning: "\u{1B}[33m\(text)\u{1B}[0m"
    }
  }

  /// A bar of Unicode block elements, to the eighth of a column. Anything above zero shows at least one eighth.
  public static func bar(_ value: Figure, of maximum: Figure, columns: Int) -> String {
    let places = max(value.places, maximum.places)
    let whole = Int128(maximum.rescaled(to: places).mantissa)
    let part = Int128(value.rescaled(to: places).mantissa)
    guard whole > 0, part > 0, columns > 0 else { return "" }
    let eighths = max(1, min(Int((part * Int128(columns) * 8).dividedRounding(by: whole)), columns * 8))
    let blocks: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    let full = String(repeating: "█", count: eighths / 8)
    return eighths % 8 == 0 ? full : full + String(blocks[eighths % 8 - 1])
  }

  /// Words set in lines of at most `width` columns, `indent` before all but the first.
  public static func wrapped(_ text: String, width: Int, indent: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      let room = width - (lines.isEmpty ? 0 : indent)
      let candidate = line.isEmpty ? String(word) : line + " " + word
      if SafeText.width(candidate) <= room || line.isEmpty {
        line = candidate
      } else {
        lines.append(lines.isEmpty ? line : String(repeating: " ", count: indent) + line)
        line = String(word)
      }
      while SafeText.width(line) > width - (lines.isEmpty ? 0 : indent) {
        let head = SafeText.prefix(line, columns: width - (lines.isEmpty ? 0 : indent))
        lines.append(lines.isEmpty ? head : String(repeating: " ", count: indent) + head)
        line = String(line.unicodeScalars.dropFirst(head.unicodeScalars.count))
      }
    }
    lines.append(lines.isEmpty ? line : String(repeating: " ", count: indent) + line)
    return lines
  }
}
