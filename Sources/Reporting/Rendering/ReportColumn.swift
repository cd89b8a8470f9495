import Text

/// A column of a report's table: its headings, its cells and what stands under them, for every medium.
///
/// The terminal's table, the page and spreadsheets take their columns from one list (``EntryColumn``,
/// ``MatrixColumns``), so none of them counts places.
struct ReportColumn<Row> {
  /// What a renderer must know of a column beside its cells.
  enum Role: Hashable {
    /// What the row is; the first column.
    case name
    case energy
    /// Money, by the report's tariff (0) and by those that it is compared with.
    case cost(Int)
    /// A drawing beside the figures, which the terminal has elsewhere.
    case bar
    case other
  }

  let role: Role
  /// For people. A name from the field is not made safe yet.
  let title: String
  let isLeft: Bool
  /// Columns with a higher number give way first where it is narrow; 0 stays.
  let givesWay: Int
  let cell: (Row) -> ReportCell
  /// Under the rule; nil where nothing adds up.
  let total: ReportCell?

  init(
    _ title: String, _ role: Role = .other, isLeft: Bool = false, givesWay: Int = 0, total: ReportCell? = nil,
    cell: @escaping (Row) -> ReportCell
  ) {
    self.role = role
    self.title = title
    self.isLeft = isLeft
    self.givesWay = givesWay
    self.total = total
    self.cell = cell
  }

  /// As a column of the terminal's table.
  var gridColumn: TextGrid.Column {
    TextGrid.Column(SafeText.neutralised(title), isLeft ? .left : .right, dispensability: givesWay)
  }

  /// The place of a row of money under the columns: nil for columns that hold none.
  func amount(_ amounts: [Figure?]) -> Figure?? {
    guard case .cost(let place) = role, place < amounts.count else { return nil }
    return amounts[place]
  }
}

/// What a cell shows to a person.
struct ReportCell {
  enum Content {
    /// Digits and words of the program.
    case text(String)
    /// A name from the field.
    case name(String)
    /// Ids of notes.
    case notes([String])
    case bar(Figure, of: Figure)
  }
  enum Emphasis { case plain, strong, quiet, warning }

  var content: Content
  var emphasis: Emphasis

  init(_ text: String, _ emphasis: Emphasis = .plain) { self.init(.text(text), emphasis) }

  init(_ content: Content, _ emphasis: Emphasis = .plain) {
    self.content = content
    self.emphasis = emphasis
  }

  static let empty = ReportCell("")

  static func figure(_ figure: Figure?, _ emphasis: Emphasis = .plain) -> ReportCell {
    ReportCell(figure.map(ReportWording.grouped) ?? "", emphasis)
  }
}

extension TextGrid.Cell {
  /// - Parameter columns: the room of a bar.
  init(_ cell: ReportCell, bar columns: Int = 0) {
    let style: TextGrid.Style =
      switch cell.emphasis {
      case .plain: .plain
      case .strong: .bold
      case .quiet: .dim
      case .warning: .warning
      }
    switch cell.content {
    case .text(let text): self.init(text, style)
    case .name(let name): self.init(SafeText.neutralised(name), style)
    case .notes(let ids): self.init(ids.joined(separator: " "), style)
    case .bar(let figure, let whole): self.init(TextGrid.bar(figure, of: whole, columns: columns), .bar)
    }
  }
}
