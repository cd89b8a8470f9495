/// A report as CSV: one row per period and device, or per part where the report is split.
package enum CSVRenderer {
  package static func render(_ report: Report, dialect: CSVDialect = .iso) -> String {
    var cells = CSVCells(dialect: dialect)
    let isSplit = report.split != nil
    for column in columns(isSplit: isSplit) { cells.text(column.name(in: dialect.language)) }
    cells.endRow()
    for period in report.periods {
      for entry in period.devices {
        if isSplit {
          for part in entry.parts { writePart(part, of: entry, in: period, report: report, to: &cells) }
        } else {
          writeEntry(entry, in: period, report: report, to: &cells)
        }
      }
    }
    return String(decoding: cells.bytes, as: UTF8.self)
  }

  private static func writeEntry(
    _ entry: Report.Entry, in period: Report.Period, report: Report, to cells: inout CSVCells
  ) {
    cells.time(period.span.start)
    cells.time(period.span.end)
    cells.number(JSONRenderer.hours(of: period.span))
    cells.text(entry.device)
    cells.number(entry.channel)
    cells.number(entry.kWh)
    cells.number(entry.measuredKWh)
    cells.number(entry.inferredKWh)
    cells.number(entry.exportKWh)
    cells.number(entry.cost)
    cells.text(report.currency?.code ?? "")
    cells.number(entry.coverage)
    cells.number(entry.messages)
    cells.number(entry.peakW)
    cells.time(entry.peakAt)
    cells.number(entry.alwaysOnW)
    cells.number(entry.plugSays)
    cells.text(entry.notes.joined(separator: " "))
    cells.endRow()
  }

  private static func writePart(
    _ part: Report.Part, of entry: Report.Entry, in period: Report.Period, report: Report, to cells: inout CSVCells
  ) {
    cells.time(part.span.start)
    cells.time(part.span.end)
    cells.number(JSONRenderer.hours(of: part.span))
    cells.text(entry.device)
    cells.number(entry.channel)
    cells.text(part.rate ?? "")
    cells.number(part.kWh)
    cells.number(part.cost)
    cells.text(report.currency?.code ?? "")
    cells.endRow()
  }

  private static func columns(isSplit: Bool) -> [ColumnName] {
    isSplit
      ? [.start, .end, .hours, .device, .channel, .rate, .energy, .cost, .currency]
      : [
        .start, .end, .hours, .device, .channel, .energy, .measured, .inferred, .export, .cost, .currency, .coverage,
        .messages, .peak, .peakAt, .alwaysOn, .plugSays, .notes,
      ]
  }
}
