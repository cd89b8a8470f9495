public import Work

/// A report as CSV, in the rows of ``ReportSheet``.
public enum CSVRenderer {
  public static func render(_ report: Report, dialect: CSVDialect = .iso, isWide: Bool = false) -> String {
    String(decoding: pieces(of: report, dialect: dialect, isWide: isWide).joined(), as: UTF8.self)
  }

  /// The same as bytes, in pieces of some periods each, which may be worked out at the same time.
  public static func pieces(
    of report: Report, dialect: CSVDialect = .iso, isWide: Bool = false, working sideBySide: SideBySide = .inTurn
  ) -> [[UInt8]] {
    var heading = CSVCells(dialect: dialect)
    for name in ReportSheet(report, isWide: isWide).headings(in: dialect.language) { heading.text(name) }
    heading.endRow()
    let count = max(min(report.periods.count / 16, 16), 1)
    return [heading.bytes]
      + sideBySide.map(count) { piece in
        let sheet = ReportSheet(report, isWide: isWide)
        var cells = CSVCells(dialect: dialect, isContinued: true)
        for period in report.periods[SideBySide.piece(piece, of: count, report.periods.indices)] {
          sheet.write(period, to: &cells)
        }
        return cells.bytes
      }
  }
}
