import Readings
import Text
public import Work

/// A report as CSV: one row per period and device, or per part where the report is split.
public enum CSVRenderer {
  public static func render(_ report: Report, dialect: CSVDialect = .iso) -> String {
    String(decoding: pieces(of: report, dialect: dialect).joined(), as: UTF8.self)
  }

  /// The same as bytes, in pieces of some periods each, which may be worked out at the same time.
  public static func pieces(
    of report: Report, dialect: CSVDialect = .iso, working sideBySide: SideBySide = .inTurn
  ) -> [[UInt8]] {
    var header = CSVCells(dialect: dialect)
    for name in columnNames(of: report, in: dialect.language) { header.text(name) }
    header.endRow()
    let count = max(min(report.periods.count / 16, 16), 1)
    return [header.bytes]
      + sideBySide.map(count) { piece in
        var cells = CSVCells(dialect: dialect, isContinued: true)
        for period in report.periods[SideBySide.piece(piece, of: count, report.periods.indices)] {
          write(period, of: report, to: &cells)
        }
        return cells.bytes
      }
  }

  private static func write(_ period: Report.Period, of report: Report, to cells: inout CSVCells) {
    if !report.otherTariffs.isEmpty { return writeTariffs(of: period, report: report, to: &cells) }
    if report.listsCharges { return writeCharges(of: period, report: report, to: &cells) }
    if report.split == nil { return writeEntries(of: period, report: report, to: &cells) }
    for entry in period.devices {
      for part in entry.parts { writePart(part, of: entry, report: report, to: &cells) }
    }
  }

  private static func writeEntries(of period: Report.Period, report: Report, to cells: inout CSVCells) {
    // The same for every device.
    var span = CSVCells(dialect: cells.dialect, isContinued: true)
    span.time(period.span.start)
    span.time(period.span.end)
    span.number(JSONRenderer.hours(of: period.span))
    for entry in period.devices {
      cells.written(span.bytes)
      writeEntry(entry, currency: report.currency?.code ?? "", to: &cells)
    }
  }

  private static func writeEntry(_ entry: Report.Entry, currency: String, to cells: inout CSVCells) {
    cells.text(entry.device)
    cells.number(entry.channel)
    cells.number(entry.kWh)
    cells.number(entry.measuredKWh)
    cells.number(entry.inferredKWh)
    cells.number(entry.exportKWh)
    cells.number(entry.cost)
    cells.text(currency)
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
    _ part: Report.Part, of entry: Report.Entry, report: Report, to cells: inout CSVCells
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

  // MARK: The bill

  /// A row for each rate, the standing charge, VAT and export credit, which add up to the total behind them.
  private static func writeCharges(of period: Report.Period, report: Report, to cells: inout CSVCells) {
    func row(_ item: String, _ rate: String?, _ kWh: Figure?, _ amount: Figure?) {
      cells.time(period.span.start)
      cells.time(period.span.end)
      cells.text(item)
      cells.text(rate ?? "")
      cells.number(kWh)
      cells.number(amount)
      cells.text(report.currency?.code ?? "")
      cells.endRow()
    }
    for charge in period.total.charges { row(charge.kind.rawValue, charge.name, charge.kWh, charge.amount) }
    row("total", nil, period.total.kWh, period.total.cost)
  }

  // MARK: Tariffs compared

  /// A row for each device, then one for each charge and the total: every cost column adds up.
  private static func writeTariffs(of period: Report.Period, report: Report, to cells: inout CSVCells) {
    // The same for every row.
    var span = CSVCells(dialect: cells.dialect, isContinued: true)
    span.time(period.span.start)
    span.time(period.span.end)
    let currency = report.currency?.code ?? ""
    func row(
      _ item: String, device: String = "", channel: Int? = nil, _ kWh: Figure?, _ base: Figure?,
      _ others: some Sequence<Figure?>
    ) {
      cells.written(span.bytes)
      cells.text(item)
      cells.text(device)
      cells.number(channel)
      cells.number(kWh)
      cells.text(currency)
      cells.number(base)
      for cost in others { cells.number(cost) }
      for cost in others {
        guard let cost, let base else {
          cells.number(Figure?.none)
          continue
        }
        cells.number(cost - base)
      }
      cells.endRow()
    }
    // By their places: an entry is much to move about.
    let (devices, total) = (period.devices, period.total)
    for place in devices.indices {
      row(
        "device", device: devices[place].device, channel: devices[place].channel, devices[place].kWh,
        devices[place].cost, devices[place].otherCosts)
    }
    row("standing charge", nil, total.standingCharge, total.others.lazy.map(\.standingCharge))
    row("export credit", nil, total.exportCredit.map(-), total.others.lazy.map { $0.exportCredit.map(-) })
    row("total", total.kWh, total.cost, total.others.lazy.map(\.cost))
  }

  // MARK: Columns

  private static func columnNames(of report: Report, in language: CSVDialect.Language) -> [String] {
    func names(_ columns: [ColumnName]) -> [String] { columns.map { $0.name(in: language) } }
    if !report.otherTariffs.isEmpty {
      return names([.start, .end, .item, .device, .channel, .energy, .currency])
        + ([report.tariff ?? ""] + report.otherTariffs).map { "\(ColumnName.cost.name(in: language)) \($0)" }
        + report.otherTariffs.map { "\(ColumnName.difference.name(in: language)) \($0)" }
    }
    if report.listsCharges { return names([.start, .end, .item, .rate, .energy, .cost, .currency]) }
    if report.split != nil {
      return names([.start, .end, .hours, .device, .channel, .rate, .energy, .cost, .currency])
    }
    return names([
      .start, .end, .hours, .device, .channel, .energy, .measured, .inferred, .export, .cost, .currency, .coverage,
      .messages, .peak, .peakAt, .alwaysOn, .plugSays, .notes,
    ])
  }
}
