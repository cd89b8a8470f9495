import Readings

/// The columns of a table of plugs, one row for each of a period's entries: what each of them is called and holds, in
/// tables, on the page and in spreadsheets.
enum EntryColumn {
  case plug, energy, bar, rates, export, costs, share, peak, peakAt, cover, notes
  // What only spreadsheets have.
  case start, end, hours, device, channel, measured, inferred, currency, messages, alwaysOn, plugSays

  /// In the order of the terminal's table.
  static let table: [EntryColumn] = [.plug, .energy, .rates, .export, .costs, .share, .peak, .peakAt, .cover, .notes]
  /// In the order of the page.
  static let page: [EntryColumn] = [
    .plug, .bar, .energy, .share, .rates, .export, .costs, .peak, .peakAt, .cover, .notes,
  ]

  /// In the order of CSV and workbooks, which is a contract with scripts.
  static let sheet: [EntryColumn] = [
    .start, .end, .hours, .device, .channel, .energy, .measured, .inferred, .export, .costs, .currency, .cover,
    .messages, .peak, .peakAt, .alwaysOn, .plugSays, .notes,
  ]

  struct Row {
    let entry: Report.Entry
    /// Its part of all, in percent; nil where nothing is shared.
    let share: String?
  }

  /// What all columns of one table are made of.
  struct Source {
    let report: Report
    let period: Report.Period
    let wording: ReportWording
    /// Largest use first.
    let rows: [Row]
    let rates: [String]
    /// What stands in the first column under the rule.
    let totalName: ReportCell

    init(_ period: Report.Period, _ wording: ReportWording, totalName: String) {
      report = wording.report
      self.period = period
      self.wording = wording
      let entries = period.devices.sorted { $1.kWh.isLess(than: $0.kWh) }
      let shares = ReportWording.shares(entries.map(\.kWh))
      rows = entries.indices.map { Row(entry: entries[$0], share: shares?[$0]) }
      rates = wording.rateNames(of: period)
      self.totalName = ReportCell(report.mainMeter.map(ReportCell.Content.name) ?? .text(totalName), .strong)
    }

    var entries: [Report.Entry] { rows.map(\.entry) }
  }

  /// The columns for what a period holds: none for what it does not have, several for rates and tariffs.
  static func columns(_ list: [EntryColumn], of source: Source) -> [ReportColumn<Row>] {
    list.flatMap { $0.columns(source) }
  }

  private func columns(_ source: Source) -> [ReportColumn<Row>] {
    let wording = source.wording
    switch self {
    case .plug:
      return [
        ReportColumn("plug", .name, isLeft: true, total: source.totalName) { ReportCell(.name($0.entry.title)) }
      ]
    case .energy:
      let total = ReportCell.figure(source.period.total.kWh, .strong)
      return [ReportColumn("kWh", .energy, total: total) { .figure($0.entry.kWh) }]
    case .bar:
      let largest = source.entries.map(\.kWh).max { $0.isLess(than: $1) } ?? Figure(0)
      return [ReportColumn("", .bar, isLeft: true) { ReportCell(.bar($0.entry.kWh, of: largest)) }]
    case .rates: return source.rates.map { EntryColumn.column(ofRate: $0, source.entries) }
    case .export:
      guard source.entries.contains(where: { !$0.exportKWh.isZero }) else { return [] }
      return [
        ReportColumn("export", total: .figure(source.period.total.exportKWh, .strong)) { row in
          .figure(row.entry.exportKWh.isZero ? nil : row.entry.exportKWh)
        }
      ]
    case .costs:
      guard source.report.currency != nil else { return [] }
      let totals = [source.period.total] + source.period.total.others
      return zip(wording.costTitles, totals).enumerated().map { place, column in
        ReportColumn(column.0, .cost(place), total: ReportCell(wording.money(column.1.energyCost), .strong)) { row in
          ReportCell(wording.money(place == 0 ? row.entry.cost : row.entry.otherCosts[place - 1]))
        }
      }
    case .share:
      guard source.rows.contains(where: { $0.share != nil }) else { return [] }
      return [ReportColumn("share", givesWay: 8, total: ReportCell("100 %", .strong)) { ReportCell($0.share ?? "") }]
    case .peak:
      return [ReportColumn("peak W", givesWay: 3) { .figure($0.entry.peakW?.rescaled(to: 0)) }]
    case .peakAt:
      let span = source.period.span
      return [
        ReportColumn("at", isLeft: true, givesWay: 4) { ReportCell(wording.peakTime($0.entry.peakAt, in: span)) }
      ]
    case .cover:
      return [
        ReportColumn("cover", givesWay: 1) { row in
          let cover = ReportWording.percent(coverage: row.entry.coverage)
          return ReportCell(cover, cover == "100 %" ? .plain : .warning)
        }
      ]
    case .notes:
      guard source.entries.contains(where: { !$0.notes.isEmpty }) else { return [] }
      return [ReportColumn("note", isLeft: true) { ReportCell(.notes($0.entry.notes), .quiet) }]
    case .start, .end, .hours, .device, .channel, .measured, .inferred, .currency, .messages, .alwaysOn, .plugSays:
      return []
    }
  }

  private static func column(ofRate rate: String, _ entries: [Report.Entry]) -> ReportColumn<Row> {
    func energy(_ entry: Report.Entry) -> Figure? {
      let shares = entry.byRate.filter { $0.rate == rate }
      return shares.isEmpty ? nil : Figure.sum(shares.map(\.kWh))
    }
    return ReportColumn(
      SafeText.truncated(SafeText.neutralised(rate), to: 12), givesWay: 9,
      total: .figure(Figure.sum(entries.compactMap(energy)), .strong)
    ) { .figure(energy($0.entry)) }
  }
}

// MARK: Spreadsheets

extension EntryColumn {
  struct SheetRow {
    let span: Report.Span
    let entry: Report.Entry
  }

  /// - Parameter currency: of the money, the same in every row.
  static func sheetColumns(_ currency: SheetValue) -> [SheetColumn<SheetRow>] {
    sheet.map { $0.sheetColumn(currency) }
  }

  private func sheetColumn(_ currency: SheetValue) -> SheetColumn<SheetRow> {
    switch self {
    case .start: SheetColumn(.start) { .time($0.span.start) }
    case .end: SheetColumn(.end) { .time($0.span.end) }
    case .hours: SheetColumn(.hours) { .number(JSONRenderer.hours(of: $0.span)) }
    case .plug, .device: SheetColumn(.device) { .text($0.entry.device) }
    case .channel: SheetColumn(.channel) { .count($0.entry.channel) }
    case .energy, .bar: SheetColumn(.energy) { .number($0.entry.kWh) }
    case .measured: SheetColumn(.measured) { .number($0.entry.measuredKWh) }
    case .inferred: SheetColumn(.inferred) { .number($0.entry.inferredKWh) }
    case .export: SheetColumn(.export) { .number($0.entry.exportKWh) }
    case .costs, .rates: SheetColumn(.cost) { .figure($0.entry.cost) }
    case .currency: SheetColumn(.currency) { _ in currency }
    case .cover, .share: SheetColumn(.coverage) { .number($0.entry.coverage) }
    case .messages: SheetColumn(.messages) { .count($0.entry.messages) }
    case .peak: SheetColumn(.peak) { .figure($0.entry.peakW) }
    case .peakAt: SheetColumn(.peakAt) { .instant($0.entry.peakAt) }
    case .alwaysOn: SheetColumn(.alwaysOn) { .figure($0.entry.alwaysOnW) }
    case .plugSays: SheetColumn(.plugSays) { .figure($0.entry.plugSays) }
    case .notes: SheetColumn(.notes) { .text($0.entry.notes.joined(separator: " ")) }
    }
  }
}
