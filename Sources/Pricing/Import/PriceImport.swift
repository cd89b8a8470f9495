public import Calendar
public import Readings
public import Tables
import Text

/// What a person says of a price file; what is nil is found by name.
public struct PriceImportOptions: Sendable {
  public var start: String?
  public var end: String?
  public var price: String?
  /// Rows that count: those whose cell in a column is this.
  public var conditions: [(column: String, value: String)] = []
  /// `kWh`, `MWh`, `DKK/MWh`, `p`, …
  public var unit: String?
  /// True for `11/28/2025`.
  public var isMonthFirst = false
  /// True where `--timezone` was given: then the header's zone does not count.
  public var isZoneAsked = false
  /// Of the site.
  public var currency: Currency
  public var zone: TimeZoneRules
  /// Central European time, for headers that name it.
  public var centralZone: TimeZoneRules

  public init(currency: Currency, zone: TimeZoneRules, centralZone: TimeZoneRules) {
    self.currency = currency
    self.zone = zone
    self.centralZone = centralZone
  }
}

/// Prices taken from a published file: plain rows, and what was taken and left.
public struct ImportedPrices: Sendable {
  public struct Row: Hashable, Sendable {
    public var start: Timestamp
    /// nil for one that lasts until another begins.
    public var end: Timestamp?
    /// Per kWh of the site's currency.
    public var price: Price
  }

  /// By start, none overlapping.
  public var rows: [Row] = []
  public var includesTax = false
  /// True for a CSV with the columns start and price, per kWh, which may be used as it is.
  public var isPlain = false
  /// One sentence each: the column and unit that were taken, the rows that were left.
  public var remarks: [String] = []

  /// Reads a price file of any of the shapes that are known.
  public init(_ bytes: [UInt8], _ options: PriceImportOptions) throws(TableRefusal) {
    let first = bytes.first { $0 > 32 && $0 != 0xEF && $0 != 0xBB && $0 != 0xBF }
    let published: PriceTable
    switch first {
    case UInt8(ascii: "{"), UInt8(ascii: "["): published = try PriceDocument.table(bytes)
    case UInt8(ascii: "<"): published = PriceTable(try MarketDocument.table(bytes), by: .exchange)
    default:
      published = try PriceTable(delimited: bytes, start: options.start)
      let table = published.table
      isPlain = Set(table.columns).isSuperset(of: ["start", "price"]) && bytes.first != 0xFE && bytes.first != 0xFF
    }
    var table = published.table
    let left = try table.select(options.conditions)
    if left > 0 { remarks.append("left \(left) rows that --where does not name") }
    let asked = PriceColumns.Asked(start: options.start, end: options.end, price: options.price)
    let columns = try PriceColumns(table, asked, currency: options.currency.code)
    let unit = try ImportedPrices.unit(of: table, by: published.publisher, columns, options)
    let zone = ImportedPrices.zone(of: table, columns, options)
    let times = try TableTimes(
      table, start: columns.start, end: columns.end, dates: options.isMonthFirst ? .monthFirst : .dayFirst, zone: zone,
      saysSomething: { !WrittenTable.isEmpty($0.cell(columns.price)) })
    includesTax = WrittenTable.plain(table.columns[columns.price]) == "value_inc_vat"
    isPlain =
      isPlain && table.hasHeader && unit.shift == 0 && table.columns[columns.start] == "start"
      && table.columns[columns.price] == "price" && options.conditions.isEmpty
    let slots = try ImportedPrices.slots(of: table, columns, times, unit)
    let hasEnds = times.ends.contains { $0 != nil }
    rows = ImportedPrices.rows(of: slots, hasEnds: hasEnds)
    guard !rows.isEmpty else { throw .mistake("there is no price") }
    let empty = slots.count { $0.price == nil }
    if empty > 0 { remarks.append("left \(empty) rows without a price") }
    let words =
      unit.shift == 0
      ? "per kWh" : unit.shift == -3 ? "per MWh" : unit.shift == -2 ? "in hundredths" : "in hundredths per MWh"
    remarks.insert(
      "took the column '\(table.columns[columns.price].printable)' as prices \(words) of \(options.currency.code)"
        + (includesTax ? ", VAT included" : ""), at: 0)
  }

  private static func unit(
    of table: WrittenTable, by publisher: PriceTable.Publisher?, _ columns: PriceColumns,
    _ options: PriceImportOptions
  ) throws(TableRefusal) -> PriceUnit {
    if let text = options.unit {
      guard let unit = PriceUnit(text) else {
        throw .choice(
          "'\(text.printable)' is no unit of prices",
          advice: "--unit takes kWh, MWh, \(options.currency.code)/MWh, p, ct or öre")
      }
      if let currency = unit.currency, currency != options.currency.code {
        throw .choice(
          "the prices are in \(currency), the site's currency is \(options.currency.code)",
          advice: "take a column in \(options.currency.code)")
      }
      return unit
    }
    var unit = PriceUnit(within: table.columns[columns.price])
    if unit == nil,
      let column = table.columns.firstIndex(where: {
        ["unit", "unitname", "price_unit"].contains(WrittenTable.plain($0))
      })
    {
      unit = table.rows.first.flatMap { PriceUnit($0.cell(column)) ?? PriceUnit(within: $0.cell(column)) }
    }
    for remark in table.remarks where unit == nil { unit = PriceUnit(remark) ?? PriceUnit(within: remark) }
    if let currency = unit?.currency, currency != options.currency.code {
      throw .mistake(
        "the prices are in \(currency), but the site's currency is \(options.currency.code); take a file or a column "
          + "in \(options.currency.code)")
    }
    if let unit { return unit }
    return switch publisher {
    case .octopus: .hundredths
    case .exchange: .perMegawattHour
    case .tibber, nil: .perKilowattHour
    }
  }

  /// Of clock times in a table: what its header says, else what was asked for, else the site's.
  private static func zone(
    of table: WrittenTable, _ columns: PriceColumns, _ options: PriceImportOptions
  ) -> TimeZoneRules {
    let header = WrittenTable.plain(table.columns[columns.start])
    if header.contains("utc") || header.contains("gmt") { return .utc }
    guard header.contains("cet") else { return options.zone }
    func offset(_ month: Int) -> Int {
      options.zone.offset(at: Timestamp(seconds: CivilTime(year: 2025, month: month, day: 15).secondsSince1970))
    }
    return offset(1) == 3600 && offset(7) == 7200 ? options.zone : options.centralZone
  }

  /// A row's time with its price; nil for a price that is left open.
  private struct Slot {
    var start: Timestamp
    var end: Timestamp?
    var price: Price?
    var row: Int
  }

  /// In order of time, each start once.
  private static func slots(
    of table: WrittenTable, _ columns: PriceColumns, _ times: TableTimes, _ unit: PriceUnit
  ) throws(TableRefusal) -> [Slot] {
    var slots: [Slot] = []
    for (place, row) in table.rows.enumerated() {
      guard let start = times.starts[place] else { continue }
      let cell = row.cell(columns.price)
      var price: Price?
      if !WrittenTable.isEmpty(cell) {
        price = WrittenPrice.parse(cell, shift: unit.shift)
        guard price != nil else {
          throw .mistake("\(table.rowWord) \(row.number): '\(cell.printable)' is no price")
        }
      }
      slots.append(Slot(start: start, end: times.ends[place], price: price, row: place))
    }
    slots.sort { ($0.start, $0.price == nil ? 1 : 0, $0.row) < ($1.start, $1.price == nil ? 1 : 0, $1.row) }
    var single: [Slot] = []
    for slot in slots {
      guard let before = single.last, before.start == slot.start else {
        single.append(slot)
        continue
      }
      guard let price = slot.price, price != before.price else { continue }
      let (one, other) = (table.rows[before.row], table.rows[slot.row])
      let labels = table.columns.indices.filter {
        $0 != columns.start && $0 != columns.end && $0 != columns.price && one.cell($0) != other.cell($0)
          && !isNumber(one.cell($0))
      }
      let place = "\(table.rowWord)s \(one.number) and \(other.number) have different prices for one time"
      guard let label = labels.first else { throw .mistake(place) }
      let values = Set(table.rows.map { $0.cell(label) }).sorted()
      throw .choice(
        "\(place): their '\(table.columns[label].printable)' tells them apart",
        advice:
          "take one with --where '\(table.columns[label].printable)=\((values.first ?? "").printable)'; there are "
          + WrittenTable.list(values))
    }
    return single
  }

  private static func isNumber(_ cell: String) -> Bool { cell.contains(".") && WrittenPrice.parse(cell) != nil }

  /// Rows with their ends. A row without a price is a hole: it ends the one before.
  private static func rows(of slots: [Slot], hasEnds: Bool) -> [Row] {
    let lasting = PriceSpans.ends(slots.map(\.start))
    return slots.enumerated().compactMap { place, slot in
      guard let price = slot.price else { return nil }
      let next = place + 1 < slots.count ? slots[place + 1].start : nil
      if hasEnds {
        guard let end = slot.end else { return Row(start: slot.start, end: next, price: price) }
        return Row(start: slot.start, end: next.map { min($0, end) } ?? end, price: price)
      }
      return Row(start: slot.start, end: lasting[place], price: price)
    }
  }

  /// The rows of a plain list, as ``text(of:)`` writes it.
  public static func rows(ofPlainList bytes: [UInt8], zone: TimeZoneRules) throws(TableRefusal) -> [Row] {
    do throws(PriceFile.Mistake) {
      let list = try PriceFile.list(parsing: bytes, name: "", zone: zone)
      return list.starts.indices.map { place in
        let end = list.ends[place]
        return Row(
          start: list.starts[place], end: end == Timestamp(milliseconds: .max) ? nil : end, price: list.prices[place])
      }
    } catch {
      throw .mistake("line \(error.line): \(error.reason)")
    }
  }

  /// The plain list: `start,end,price`, in UTC, per kWh.
  public static func text(of rows: [Row]) -> String {
    var text = "start,end,price\n"
    for row in rows {
      text += "\(utc(row.start)),\(row.end.map(utc) ?? ""),\(row.price.text)\n"
    }
    return text
  }

  private static func utc(_ instant: Timestamp) -> String {
    let written = InstantText.text(instant, in: .utc).dropLast(6)
    let milliseconds = instant.milliseconds.flooringRemainder(1000)
    if milliseconds != 0 {
      return written + "." + String(String(1000 + milliseconds).dropFirst()) + "Z"
    }
    return (written.hasSuffix(":00") ? written.dropLast(3) : written) + "Z"
  }
}
