import Calendar
import Readings
import Text

/// The columns of a table of plugs, one row for each of a period's entries: what each of them is called and holds, in
/// tables, on the page and in spreadsheets.
enum EntryColumn {
  case plug, energy, bar, rates, export, sun, costs, before, change, percent, costChange, share, peak, peakAt, cover,
    notes
  // What only spreadsheets have.
  case start, end, hours, device, channel, measured, inferred, currency, messages, alwaysOn, plugSays
  case costBefore, house, fedIn, saved, credit

  /// In the order of the terminal's table.
  static let table: [EntryColumn] = [
    .plug, .energy, .rates, .export, .sun, .costs, .before, .change, .percent, .costChange, .share, .peak, .peakAt,
    .cover, .notes,
  ]
  /// In the order of the page.
  static let page: [EntryColumn] = [
    .plug, .energy, .costs, .bar, .share, .before, .change, .percent, .costChange, .rates, .export, .sun, .peak,
    .peakAt, .cover, .notes,
  ]
  /// Of the plugs that used most.
  static let short: [EntryColumn] = [.plug, .energy, .costs, .bar, .share, .change, .percent]

  /// In the order of CSV and workbooks, which is a contract with scripts.
  static let sheet: [EntryColumn] = [
    .start, .end, .hours, .device, .channel, .energy, .measured, .inferred, .export, .costs, .currency, .cover,
    .messages, .peak, .peakAt, .alwaysOn, .plugSays, .notes,
  ]
  /// Behind those, where the report compares.
  static let comparedSheet: [EntryColumn] = [.before, .costBefore, .change, .percent]
  /// Behind those, where plugs behind a main meter produce. What is the household's stands in the rest's row.
  static let sunSheet: [EntryColumn] = [.sun, .house, .fedIn, .saved, .credit]

  struct Row {
    let entry: Report.Entry
    /// Its part of all, in percent; nil where nothing is shared.
    let share: String?
    /// In the time that is compared with; nil where the device was not there, or nothing is compared.
    let before: Report.ComparedEntry?

    var change: Figure? { before.map { entry.kWh - $0.kWh } }
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
      let rows = entries.indices.map { place in
        Row(entry: entries[place], share: shares?[place], before: period.comparison?.entry(entries[place]))
      }
      self.rows = Source.ordered(rows, by: wording.report.order)
      rates = wording.rateNames(of: period)
      let name = report.mainMeter.map(ReportCell.Content.name) ?? .text(totalName)
      self.totalName = ReportCell(period.total.sun == nil ? name : .text("house"), .strong)
    }

    /// By use as they come; otherwise by what is asked for, equal ones by use.
    private static func ordered(_ rows: [Row], by order: Report.Order) -> [Row] {
      func figure(_ row: Row) -> Figure {
        switch order {
        case .cost: row.entry.cost ?? Figure(0)
        case .change: row.change ?? row.entry.kWh
        case .use, .name: row.entry.kWh
        }
      }
      return rows.enumerated().sorted { a, b in
        if order == .name { return (a.element.entry.title, a.offset) < (b.element.entry.title, b.offset) }
        let (first, second) = (figure(a.element), figure(b.element))
        return second.isLess(than: first) || (!first.isLess(than: second) && a.offset < b.offset)
      }.map(\.element)
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
      let total = ReportCell.figure(source.period.total.used, .strong)
      return [ReportColumn("kWh", .energy, total: total) { .figure($0.entry.kWh) }]
    case .bar:
      let largest = source.entries.map(\.kWh).max { $0.isLess(than: $1) } ?? Figure(0)
      return [ReportColumn("", .bar, isLeft: true) { ReportCell(.bar($0.entry.kWh, of: largest)) }]
    case .rates: return source.rates.map { EntryColumn.column(ofRate: $0, source.entries) }
    case .export:
      guard source.entries.contains(where: { !$0.exportKWh.isZero }) else { return [] }
      return [
        ReportColumn(
          "export", total: .figure(source.period.total.sun?.produced ?? source.period.total.exportKWh, .strong)
        ) { row in
          .figure(row.entry.exportKWh.isZero ? nil : row.entry.exportKWh)
        }
      ]
    case .sun:
      guard let sun = source.period.total.sun else { return [] }
      return [ReportColumn("of sun", givesWay: 7, total: .figure(sun.ownUse, .strong)) { .figure($0.entry.ownUse) }]
    case .costs:
      guard source.report.currency != nil else { return [] }
      let totals = [source.period.total] + source.period.total.others
      return zip(wording.costTitles, totals).enumerated().map { place, column in
        ReportColumn(column.0, .cost(place), total: ReportCell(wording.money(column.1.energyCost), .strong)) { row in
          ReportCell(wording.money(place == 0 ? row.entry.cost : row.entry.otherCosts[place - 1]))
        }
      }
    case .before, .change, .percent, .costChange: return comparedColumn(source).map { [$0] } ?? []
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
    case .start, .end, .hours, .device, .channel, .measured, .inferred, .currency, .messages, .alwaysOn, .plugSays,
      .costBefore, .house, .fedIn, .saved, .credit:
      return []
    }
  }

  /// What the plug used in the time that is compared with, and what changed since; nil where nothing is compared.
  private func comparedColumn(_ source: Source) -> ReportColumn<Row>? {
    guard let comparison = source.period.comparison else { return nil }
    let (wording, total) = (source.wording, source.period.total)
    func change(_ old: Figure, _ new: Figure) -> String { ReportWording.signed(new - old) }
    switch self {
    case .before:
      return ReportColumn("before", total: .figure(comparison.used, .strong)) { row in
        guard let before = row.before else { return ReportCell("no data", .quiet) }
        return ReportCell(ReportWording.grouped(before.kWh), before.complete ? .plain : .warning)
      }
    case .change:
      return ReportColumn("change", total: ReportCell(change(comparison.used, total.used), .strong)) { row in
        ReportCell(row.before.map { change($0.kWh, row.entry.kWh) } ?? "")
      }
    case .percent:
      let sum = ReportWording.change(from: comparison.used, to: total.used) ?? ""
      return ReportColumn("%", givesWay: 5, total: ReportCell(sum, .strong)) { row in
        ReportCell(row.before.flatMap { ReportWording.change(from: $0.kWh, to: row.entry.kWh) } ?? "")
      }
    case .costChange:
      guard source.report.currency != nil else { return nil }
      return ReportColumn(wording.moneyTitle("cost change"), givesWay: 6) { row in
        guard let old = row.before?.cost, let new = row.entry.cost else { return .empty }
        return ReportCell(wording.signedMoney(new - old))
      }
    default: return nil
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
    let before: Report.ComparedEntry?
    /// Of the household, in the row of the rest alone, so that a column adds up.
    let total: Report.Total?

    init(_ entry: Report.Entry, of period: Report.Period) {
      span = period.span
      self.entry = entry
      before = period.comparison?.entry(entry)
      total = period.total.sun != nil && entry.device == MainMeter.rest ? period.total : nil
    }
  }

  static func sheetColumns(_ report: Report) -> [SheetColumn<SheetRow>] {
    let currency = SheetValue.text(report.currency?.code ?? "")
    let list = sheet + (report.comparison == nil ? [] : comparedSheet) + (report.total.sun == nil ? [] : sunSheet)
    return list.map { $0.sheetColumn(currency) }
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
    case .before: SheetColumn(.energyBefore) { .figure($0.before?.kWh) }
    case .costBefore: SheetColumn(.costBefore) { .figure($0.before?.cost) }
    case .change, .costChange:
      SheetColumn(.energyChange) { row in .figure(row.before.map { row.entry.kWh - $0.kWh }) }
    case .percent:
      SheetColumn(.changePercent) { row in
        .figure(row.before.flatMap { row.entry.kWh.changePercent(from: $0.kWh) })
      }
    case .sun: SheetColumn(.ownUse) { .figure($0.entry.ownUse) }
    case .house: SheetColumn(.house) { .figure($0.total?.sun?.house) }
    case .fedIn: SheetColumn(.fedIn) { .figure($0.total?.sun?.fedIn) }
    case .saved: SheetColumn(.saved) { .figure($0.total?.sun?.saved) }
    case .credit: SheetColumn(.credit) { .figure($0.total?.exportCredit) }
    }
  }
}
