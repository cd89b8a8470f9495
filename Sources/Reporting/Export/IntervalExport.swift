public import Calendar
import EnergyAccounting
import Pricing
public import Readings
import Text
public import Work

/// Writes `export --every`: energy, power, coverage and cost per interval of the local clock.
///
/// Plan first, read second: the caller feeds each device's rows within ``Plan/readingRange`` to a `MeterAccount` with the
/// plan's cut points and bucket edges. Long exports go plan by plan, for example a month each; the rows are the same.
public struct IntervalExport: Sendable {
  public enum Spacing: String, Sendable, CaseIterable {
    case quarterHour = "15m"
    case halfHour = "30m"
    case hour = "1h"
    case day = "1d"
    case month = "1month"

    /// How many of them a time holds, or some more: months count as the shortest.
    public func count(in range: Range<Timestamp>) -> Int64 {
      let length: Int64 =
        switch self {
        case .quarterHour: 900_000
        case .halfHour: 1_800_000
        case .hour: 3_600_000
        case .day: CalendarPeriod.Unit.day.shortestDayCount * 86_400_000
        case .month: CalendarPeriod.Unit.month.shortestDayCount * 86_400_000
        }
      return (range.upperBound.milliseconds - range.lowerBound.milliseconds) / length
    }

    fileprivate func intervals(_ calendar: ReportCalendar, _ range: Range<Timestamp>) -> [Range<Timestamp>] {
      switch self {
      case .quarterHour: calendar.clockSteps(900, in: range)
      case .halfHour: calendar.clockSteps(1800, in: range)
      case .hour: calendar.clockSteps(3600, in: range)
      case .day: calendar.periods(of: .day, in: range)
      case .month: calendar.periods(of: .month, in: range)
      }
    }
  }

  /// A time, cut into intervals.
  public struct Plan: Sendable {
    public let intervals: [Range<Timestamp>]
    let pass: ReportPlan.Pass
    let request: ReportRequest

    public var cutPoints: [Timestamp] { pass.cutPoints }
    public var bucketEdges: [Timestamp] { pass.bucketEdges }
    public var readingRange: Range<Timestamp> { pass.readingRange }

    /// - Parameter request: its range is half-open, and the first and the last interval are cut to it; in the place of
    ///   its main meter stands the rest that no plug counted.
    /// - Parameter clock: whose hours they are; nil for the request's.
    public init(spacing: Spacing, _ request: ReportRequest, clock: TimeZoneRules? = nil) {
      let calendar = ReportCalendar(zone: request.zone, dayStartMinute: request.dayStartMinute)
      intervals = spacing.intervals(clock.map { ReportCalendar(zone: $0) } ?? calendar, request.range)
      self.request = request
      pass = ReportPlan.pass(intervals, request, calendar)
    }
  }

  private let format: ExportFormat
  private let fields: [IntervalField]

  public init(format: ExportFormat, fields: [IntervalField] = IntervalField.standard) {
    self.format = format
    self.fields = fields
  }

  /// What stands before the first row; empty for formats without a heading.
  public func heading() -> [UInt8] {
    guard case .csv(let dialect) = format else { return [] }
    var cells = CSVCells(dialect: dialect)
    for column in columns { cells.text(column.name(in: dialect.language)) }
    cells.endRow()
    return cells.bytes
  }

  var columns: [ColumnName] { [.time, .timeUTC, .device, .channel] + fields.map(\.column) }

  /// The rows of one plan, by time, then name and channel. An interval of which nothing is known has empty cells and
  /// coverage 0; before a device's first and after its last reading there are no rows.
  ///
  /// Cost has four digits more than the currency prints, because a quarter of an hour often costs less than a cent.
  ///
  /// - Parameter sideBySide: how pieces of the time become text.
  public func rows(
    _ plan: Plan, _ ledgers: [NamedLedger], working sideBySide: SideBySide = .inTurn
  ) -> [UInt8] {
    let lines = IntervalExport.lines(plan, ledgers)
    let pieceCount = plan.intervals.count * lines.count > 4096 ? 8 : 1
    let pieces = sideBySide.map(pieceCount) {
      text(plan, lines, SideBySide.piece($0, of: pieceCount, plan.intervals.indices))
    }
    return pieces.count == 1 ? pieces[0] : Array(pieces.joined())
  }

  private func text(_ plan: Plan, _ lines: [ExactEntry], _ intervals: Range<Int>) -> [UInt8] {
    var cells = CSVCells(dialect: format.dialect, isContinued: true)
    var bytes: [UInt8] = []
    forEachRow(plan, lines, intervals) { start, line, values in
      switch format {
      case .csv: write(start, line, values, to: &cells)
      case .jsonLines: writeJSON(start, line, values, to: &bytes)
      case .influx: writeLine(start, line, values, to: &bytes)
      }
    }
    if case .csv = format { return cells.bytes }
    return bytes
  }

  /// The same rows as cells.
  func write(_ plan: Plan, _ ledgers: [NamedLedger], to sheet: inout some SheetWriter) {
    forEachRow(plan, IntervalExport.lines(plan, ledgers), plan.intervals.indices) { start, line, values in
      write(start, line, values, to: &sheet)
    }
  }

  private func forEachRow(
    _ plan: Plan, _ lines: [ExactEntry], _ intervals: Range<Int>,
    _ body: (LocalInstant, ExactEntry, [SheetValue]) -> Void
  ) {
    IntervalExport.forEachLine(plan, lines, intervals) { interval, line in
      let start = LocalInstant(interval.lowerBound, offsetSeconds: plan.request.zone.offset(at: interval.lowerBound))
      body(start, line, values(line, interval, plan))
    }
  }

  /// By interval, then name and channel, from the interval of each device's first reading to that of its last.
  static func forEachLine(
    _ plan: Plan, _ ledgers: [NamedLedger], _ body: (Range<Timestamp>, ExactEntry) -> Void
  ) {
    forEachLine(plan, lines(plan, ledgers), plan.intervals.indices, body)
  }

  private static func lines(_ plan: Plan, _ ledgers: [NamedLedger]) -> [ExactEntry] {
    let site = ReportBuilder.MeteredSite(ledgers, mainMeter: plan.request.mainMeter, shown: plan.request.shown)
    return ExactEntry.lines(of: site.ledgers, besides: site.others, pass: plan.pass, request: plan.request)
  }

  private static func forEachLine(
    _ plan: Plan, _ lines: [ExactEntry], _ intervals: Range<Int>, _ body: (Range<Timestamp>, ExactEntry) -> Void
  ) {
    for interval in plan.intervals[intervals] {
      for line in lines {
        guard let first = line.firstReading, let last = line.lastReading, first < interval.upperBound,
          last >= interval.lowerBound
        else { continue }
        body(interval, line)
      }
    }
  }

  private func values(_ line: ExactEntry, _ interval: Range<Timestamp>, _ plan: Plan) -> [SheetValue] {
    fields.map { field in
      if field == .currency { return plan.request.tariff.map { .text($0.currency.code) } ?? .empty }
      return .figure(value(field, line, interval, plan))
    }
  }

  private func value(_ field: IntervalField, _ line: ExactEntry, _ interval: Range<Timestamp>, _ plan: Plan) -> Figure?
  {
    let sum = line.channel.sum(plan.pass.buckets(in: interval))
    if field == .coverage { return sum.coverage }
    // What a counter shows over time of which nobody knows when: it was used all the same, and a sum of rows has it.
    guard sum.missing < sum.duration || sum.energy != .zero || sum.export != .zero else { return nil }
    switch field {
    case .energy: return Figure(sum.energy.mantissa(places: line.places), places: line.places)
    case .export: return Figure(sum.export.mantissa(places: line.places), places: line.places)
    case .powerMean: return sum.meanMilliwatts.map { Figure($0, places: 3).rescaled(to: 1) }
    case .powerMin: return sum.lowestMilliwatts.map(ReportBuilder.watts)
    case .powerMax: return sum.peakMilliwatts.map(ReportBuilder.watts)
    case .cost:
      guard let tariff = plan.request.tariff, let billed = line.billed(plan.pass.slots(in: interval)), billed.isPriced
      else { return nil }
      let digits = IntervalExport.costDigits(tariff.currency)
      return Figure(billed.energyCost.rounded(digits: digits), places: digits)
    case .coverage, .currency: return nil
    }
  }

  /// Four digits more than the currency prints.
  static func costDigits(_ currency: Currency) -> Int { min(currency.digits + 4, 8) }

  private func write(
    _ start: LocalInstant, _ line: ExactEntry, _ values: [SheetValue], to writer: inout some SheetWriter
  ) {
    writer.write(.time(start))
    writer.write(.timeUTC(start.at))
    writer.write(.text(line.name))
    writer.write(.count(line.channel.channel))
    for value in values { writer.write(value) }
    writer.endRow()
  }

  private func writeJSON(_ start: LocalInstant, _ line: ExactEntry, _ values: [SheetValue], to bytes: inout [UInt8]) {
    var json = JSONWriter()
    json.object { json in
      json.key("time")
      json.value(start.iso)
      json.key("time_utc")
      json.value(start.isoUTC)
      json.key("device")
      json.value(line.name)
      if let channel = line.channel.channel {
        json.key("channel")
        json.value(channel)
      }
      for (field, value) in zip(fields, values) {
        switch value {
        case .number(let figure):
          json.key(field.rawValue)
          json.value(figure)
        case .text(let text):
          json.key(field.rawValue)
          json.value(text)
        case .empty, .time, .timeUTC: continue
        }
      }
    }
    bytes += json.bytes
    bytes.append(0x0A)
  }

  private func writeLine(_ start: LocalInstant, _ line: ExactEntry, _ values: [SheetValue], to bytes: inout [UInt8]) {
    let present = zip(fields, values).compactMap { field, value in
      if case .number(let figure) = value { return "\(field.rawValue)=\(figure.text)" }
      return String?.none
    }
    guard !present.isEmpty else { return }
    bytes += Array("wattlog,device=".utf8) + LineProtocol.escaped(key: line.name)
    if let channel = line.channel.channel { bytes += Array(",channel=\(channel)".utf8) }
    bytes += Array(" \(present.joined(separator: ",")) \(start.at.milliseconds)000000\n".utf8)
  }
}
