import Calendar
import Text

/// A report as rows for a spreadsheet: a row per period and device; per part where the report is split; the lines of the
/// bill, or the tariffs side by side, where these are asked for.
struct ReportSheet {
  let report: Report
  private let kind: Kind

  private enum Kind {
    case entries([SheetColumn<EntryColumn.SheetRow>])
    case parts([SheetColumn<PartRow>])
    case charges([SheetColumn<ChargeRow>])
    case tariffs([SheetColumn<TariffRow>])
    case wide([SheetColumn<WideRow>])
  }

  /// - Parameter isWide: a row for each period, or part, with a column for each plug.
  init(_ report: Report, isWide: Bool = false) {
    self.report = report
    let currency = SheetValue.text(report.currency?.code ?? "")
    if isWide {
      kind = .wide(ReportSheet.wideColumns(report, currency))
    } else if !report.otherTariffs.isEmpty {
      kind = .tariffs(ReportSheet.tariffColumns(report, currency))
    } else if report.listsCharges {
      kind = .charges(ReportSheet.chargeColumns(currency))
    } else if report.split != nil {
      kind = .parts(ReportSheet.partColumns(currency))
    } else {
      kind = .entries(EntryColumn.sheetColumns(report))
    }
  }

  func headings(in language: CSVDialect.Language) -> [String] {
    switch kind {
    case .entries(let columns): columns.map { $0.heading(in: language) }
    case .parts(let columns): columns.map { $0.heading(in: language) }
    case .charges(let columns): columns.map { $0.heading(in: language) }
    case .tariffs(let columns): columns.map { $0.heading(in: language) }
    case .wide(let columns): columns.map { $0.heading(in: language) }
    }
  }

  func write(_ period: Report.Period, to writer: inout some SheetWriter) {
    switch kind {
    case .entries(let columns):
      for entry in period.devices { writer.write(EntryColumn.SheetRow(entry, of: period), columns) }
    case .parts(let columns):
      for entry in period.devices {
        for part in entry.parts { writer.write(PartRow(part: part, entry: entry), columns) }
      }
    case .charges(let columns):
      for row in ReportSheet.chargeRows(period) { writer.write(row, columns) }
    case .tariffs(let columns):
      for row in ReportSheet.tariffRows(period) { writer.write(row, columns) }
    case .wide(let columns):
      for row in wideRows(period) { writer.write(row, columns) }
    }
  }

  // MARK: Parts

  private struct PartRow {
    let part: Report.Part
    let entry: Report.Entry
  }

  private static func partColumns(_ currency: SheetValue) -> [SheetColumn<PartRow>] {
    [
      SheetColumn(.start) { .time($0.part.span.start) },
      SheetColumn(.end) { .time($0.part.span.end) },
      SheetColumn(.hours) { .number(JSONRenderer.hours(of: $0.part.span)) },
      SheetColumn(.device) { .text($0.entry.device) },
      SheetColumn(.channel) { .count($0.entry.channel) },
      SheetColumn(.rate) { .text($0.part.rate ?? "") },
      SheetColumn(.energy) { .number($0.part.kWh) },
      SheetColumn(.cost) { .figure($0.part.cost) },
      SheetColumn(.currency) { _ in currency },
    ]
  }

  // MARK: A column a plug

  private struct WideRow {
    let span: Report.Span
    let rate: String
    /// By title of the plug.
    let kWh: [String: Figure]
    let total: Figure
    let cost: Figure?
  }

  private static func wideColumns(_ report: Report, _ currency: SheetValue) -> [SheetColumn<WideRow>] {
    let titles = ReportWording.unique(report.periods.flatMap { $0.devices.map(\.title) }).sorted()
    var columns: [SheetColumn<WideRow>] = [
      SheetColumn(.start) { .time($0.span.start) }, SheetColumn(.end) { .time($0.span.end) },
    ]
    if report.split == .tariff { columns.append(SheetColumn(.rate) { .text($0.rate) }) }
    columns += titles.map { title in SheetColumn(ColumnName(key: title)) { .figure($0.kWh[title]) } }
    return columns + [
      SheetColumn(.energy) { .number($0.total) }, SheetColumn(.cost) { .figure($0.cost) },
      SheetColumn(.currency) { _ in currency },
    ]
  }

  /// Rows of parts have the cost of energy, those of periods all of it.
  private func wideRows(_ period: Report.Period) -> [WideRow] {
    guard report.split != nil else {
      return [
        WideRow(
          span: period.span, rate: "",
          kWh: Dictionary(period.devices.map { ($0.title, $0.kWh) }, uniquingKeysWith: { $0 + $1 }),
          total: Figure.sum(period.devices.map(\.kWh), places: 3), cost: period.total.cost)
      ]
    }
    struct Key: Hashable {
      let span: Report.Span
      let rate: String?
    }
    let parts = period.devices.flatMap { entry in entry.parts.map { (title: entry.title, part: $0) } }
    let groups = Dictionary(grouping: parts) { Key(span: $0.part.span, rate: $0.part.rate) }
    return ReportWording.unique(parts.map { Key(span: $0.part.span, rate: $0.part.rate) }).map { key in
      let parts = groups[key] ?? []
      let costs = parts.compactMap(\.part.cost)
      return WideRow(
        span: key.span, rate: key.rate ?? "",
        kWh: Dictionary(parts.map { ($0.title, $0.part.kWh) }, uniquingKeysWith: { $0 + $1 }),
        total: Figure.sum(parts.map(\.part.kWh), places: 3), cost: costs.isEmpty ? nil : Figure.sum(costs))
    }
  }

  // MARK: The bill

  private struct ChargeRow {
    let span: Report.Span
    let item: String
    let rate: String
    let kWh: Figure?
    let amount: Figure?
  }

  private static func chargeColumns(_ currency: SheetValue) -> [SheetColumn<ChargeRow>] {
    [
      SheetColumn(.start) { .time($0.span.start) },
      SheetColumn(.end) { .time($0.span.end) },
      SheetColumn(.item) { .text($0.item) },
      SheetColumn(.rate) { .text($0.rate) },
      SheetColumn(.energy) { .figure($0.kWh) },
      SheetColumn(.cost) { .figure($0.amount) },
      SheetColumn(.currency) { _ in currency },
    ]
  }

  /// Each rate, the standing charge, VAT and export credit, which add up to the total behind them.
  private static func chargeRows(_ period: Report.Period) -> [ChargeRow] {
    period.total.charges.map {
      ChargeRow(span: period.span, item: $0.kind.rawValue, rate: $0.name ?? "", kWh: $0.kWh, amount: $0.amount)
    } + [
      ChargeRow(span: period.span, item: "total", rate: "", kWh: period.total.kWh, amount: period.total.cost)
    ]
  }

  // MARK: Tariffs compared

  private struct TariffRow {
    let span: Report.Span
    let item: String
    var device = ""
    var channel: Int?
    let kWh: Figure?
    /// By tariff, the report's own first.
    let costs: [Figure?]
  }

  private static func tariffColumns(_ report: Report, _ currency: SheetValue) -> [SheetColumn<TariffRow>] {
    let tariffs = [report.tariff ?? ""] + report.otherTariffs
    let columns: [SheetColumn<TariffRow>] = [
      SheetColumn(.start) { .time($0.span.start) },
      SheetColumn(.end) { .time($0.span.end) },
      SheetColumn(.item) { .text($0.item) },
      SheetColumn(.device) { .text($0.device) },
      SheetColumn(.channel) { .count($0.channel) },
      SheetColumn(.energy) { .figure($0.kWh) },
      SheetColumn(.currency) { _ in currency },
    ]
    let costs = tariffs.indices.map { place in
      SheetColumn<TariffRow>(.cost, suffix: tariffs[place]) { .figure($0.costs[place]) }
    }
    let differences = tariffs.indices.dropFirst().map { place in
      SheetColumn<TariffRow>(.difference, suffix: tariffs[place]) { row in
        guard let base = row.costs[0], let cost = row.costs[place] else { return .empty }
        return .number(cost - base)
      }
    }
    return columns + costs + differences
  }

  /// A row for each device, then one for each charge and the total: every cost column adds up.
  private static func tariffRows(_ period: Report.Period) -> [TariffRow] {
    let totals = [period.total] + period.total.others
    func charge(_ item: String, kWh: Figure? = nil, _ amount: (Report.Total) -> Figure?) -> TariffRow {
      TariffRow(span: period.span, item: item, kWh: kWh, costs: totals.map(amount))
    }
    return period.devices.map { entry in
      TariffRow(
        span: period.span, item: "device", device: entry.device, channel: entry.channel, kWh: entry.kWh,
        costs: [entry.cost] + entry.otherCosts)
    } + [
      charge("standing charge", \.standingCharge), charge("export credit") { $0.exportCredit.map(-) },
      charge("total", kWh: period.total.kWh, \.cost),
    ]
  }
}
