public import Calendar
public import Pricing
public import Readings
public import Reporting
import Storage

/// The pages of a household out of its store, and what tells that a page would be another than before.
///
/// The page of a period tells what a report of that period alone tells.
public final class PagesQuery {
  /// Changes with what makes pages other ones although no reading came: raised with what they look like.
  private static let edition = 3
  private static let recentDayCount = 31
  private static let monthCount = 24
  private static let silentMilliseconds: Int64 = 3_600_000

  public let site: PageSite
  private let store: HouseholdStore
  private let devices: [LogicalDevice]
  private let zone: SiteZone
  private let tariff: Tariff?
  private let mainMeter: String?
  private let outline: StoreOutline
  private let settings: UInt64
  /// Names of all plugs in the order of their colours.
  private let palette: [String]
  /// The last day is today, which is not over.
  private let isToday: Bool
  /// Of the day of the store's first reading.
  private let firstDayStart: Timestamp
  /// Until when the pages tell: the last message of today, or the end of the last day with one.
  private let end: Timestamp
  private let silent: [IndexPage.Silence]
  private let readers = KeptReaders()

  /// - Parameters:
  ///   - tariff: what the energy is priced by; nil for none.
  ///   - settings: changes with configuration and tariff.
  ///   - first: days before it have no page.
  ///   - now: when it is asked.
  /// - Returns: nil where there is no reading since `first`.
  public init?(
    _ store: HouseholdStore, zone: SiteZone, tariff: Tariff?, mainMeter: String?, settings: UInt64,
    from first: LocalDate?, now: Timestamp
  ) {
    guard let firstReading = store.firstReading, let last = store.lastReading else { return nil }
    let lastDay = zone.days.date(at: last)
    let firstDay = max(zone.days.date(at: firstReading), first ?? LocalDate(dayNumber: .min))
    guard firstDay <= lastDay else { return nil }
    self.store = store
    self.zone = zone
    self.tariff = tariff
    self.mainMeter = mainMeter
    devices = store.devices
    outline = store.reader.outline
    palette = devices.sorted { ($0.first, $0.name) < ($1.first, $1.name) }.map(\.name)
    firstDayStart = zone.days.start(of: zone.days.date(at: firstReading))
    let start = zone.days.start(of: firstDay)
    let kept = Set(devices.filter { $0.last >= start }.map(\.name))
    site = PageSite(first: firstDay, last: lastDay, plugs: palette.filter(kept.contains))
    isToday = lastDay >= zone.days.date(at: now)
    end =
      isToday
      ? OpenPeriod.end(last, of: devices, after: zone.days.start(of: lastDay))
      : zone.days.start(of: lastDay.advanced(byDays: 1))
    silent = PagesQuery.silent(devices, last: last, now: now, zone)
    self.settings = PagesQuery.fingerprint(store, palette, settings)
  }

  /// Plugs that were heard in the last days and are not any more.
  private static func silent(
    _ devices: [LogicalDevice], last: Timestamp, now: Timestamp, _ zone: SiteZone
  ) -> [IndexPage.Silence] {
    let recent = last.advanced(byMilliseconds: -Int64(recentDayCount) * 86_400_000)
    return devices.compactMap(\.measured).filter { device in
      device.last >= recent && now.milliseconds - device.last.milliseconds > silentMilliseconds
    }
    .map { device in
      IndexPage.Silence(
        device.name, since: LocalInstant(device.last, offsetSeconds: zone.rules.offset(at: device.last)))
    }
  }

  // MARK: What changed

  private static func fingerprint(_ store: HouseholdStore, _ palette: [String], _ settings: UInt64) -> UInt64 {
    var print = Fingerprint()
    print.add(edition)
    print.add(Int64(bitPattern: settings))
    for name in palette { print.add(name) }
    for correction in store.corrections.inForce { print.add("\(correction)") }
    for line in store.corrections.unreadable { print.add(line) }
    return print.value
  }

  /// Changes when any page does.
  public var fingerprint: UInt64 {
    var print = overallFingerprint
    print.add(site.first.dayNumber)
    print.add(site.last.dayNumber)
    return print.value
  }

  /// Of what the pages tell that tell of everything.
  private var overallFingerprint: Fingerprint {
    var print = Fingerprint()
    print.add(Int64(bitPattern: settings))
    print.add(Int64(bitPattern: outline.fingerprint))
    print.add(end.milliseconds)
    for silence in silent { print.add(silence.name) }
    return print
  }

  /// Changes when a page may be another than before.
  public func fingerprint(of page: PageSite.Page) -> UInt64 {
    var print = Fingerprint()
    switch page {
    case .index, .plug: print = overallFingerprint
    case .period(let period):
      print.add(Int64(bitPattern: settings))
      for pass in query(period).passes {
        print.add(Int64(bitPattern: outline.fingerprint(of: pass.readingRange)))
      }
      print.add(min(end, zone.range(of: period).upperBound).milliseconds)
    }
    print.add(Int64(bitPattern: site.fingerprint(of: page)))
    return print.value
  }

  // MARK: Pages

  /// A page whose readings are read, and what makes its text of them.
  public struct Ready: Sendable {
    public let page: PageSite.Page
    public let text: @Sendable () -> String
  }

  /// As many are handed over at a time, so that few have to be held.
  private static let batchCount = 32

  /// Reads what some pages tell, the periods of a year at once.
  ///
  /// - Parameter body: is handed each page once, some at a time, in another order.
  public func read<Failure: Error>(
    _ pages: [PageSite.Page], _ body: ([Ready]) throws(Failure) -> Void
  ) throws(Failure) {
    var ready: [Ready] = []
    func add(_ page: PageSite.Page, _ text: @escaping @Sendable () -> String) throws(Failure) {
      ready.append(Ready(page: page, text: text))
      guard ready.count == PagesQuery.batchCount else { return }
      try body(ready)
      ready.removeAll()
    }
    var years: [Int: [CalendarPeriod]] = [:]
    for case .period(let period) in pages { years[period.first.components.year, default: []].append(period) }
    for (_, periods) in years.sorted(by: { $0.key < $1.key }) {
      let queries = periods.map(query)
      let ledgers = SharedLedgers(
        store, devices, zone: zone.rules, passes: queries.flatMap(\.passes), keeping: readers)
      for (period, query) in zip(periods, queries) {
        let report = query.maker(of: query.passes.map(ledgers.ledgers))
        try add(.period(period)) { [site, palette] in
          var report = report()
          report.palette = palette
          return site.text(of: period, report)
        }
      }
    }
    for page in pages {
      if case .period = page { continue }
      try add(page, text(of: page))
    }
    if !ready.isEmpty { try body(ready) }
  }

  /// Reads what a page tells that is no single period's.
  private func text(of page: PageSite.Page) -> @Sendable () -> String {
    let site = site
    switch page {
    case .period: preconditionFailure("a period is read with its year")
    case .plug(let name):
      let page = PlugPage(name, days: recentDays, months: months)
      return { page.text(in: site) }
    case .index:
      let index = index
      return { index.text(in: site) }
    }
  }

  private lazy var recentDays = report(
    query(.day, from: max(site.first, site.last.advanced(byDays: 1 - PagesQuery.recentDayCount))))

  private lazy var months: Report = {
    let (year, month, _) = site.last.components
    let first = LocalDate.firstOfMonth(year: year, month: month - PagesQuery.monthCount + 1)
    return report(query(.month, from: max(site.first.startOfMonth, first)))
  }()

  private var index: IndexPage {
    IndexPage(
      day: report(query(CalendarPeriod(.day, holding: site.last))), isToday: isToday,
      month: report(query(CalendarPeriod(.month, holding: site.last))), recent: recentDays, forecast: forecast,
      silent: silent)
  }

  private var forecast: Forecast? {
    guard isToday else { return nil }
    let bill = CalendarPeriod(tariff == nil ? .month : .bill, holding: site.last, billing: zone.billing)
    guard let soFar = report(query(bill)).periods.first else { return nil }
    let over = zone.days.start(of: bill.end)
    return Forecast(
      of: soFar, until: LocalInstant(over, offsetSeconds: zone.rules.offset(at: over)),
      by: recentDays.periods.dropLast())
  }

  // MARK: Reports

  private func report(_ query: ReportQuery) -> Report {
    var report = query.report()
    report.palette = palette
    return report
  }

  /// A report of one period, as its page draws it, beside the period before. The first one begins with the day of the
  /// first reading: nobody pays a standing charge for months without plugs.
  private func query(_ period: CalendarPeriod) -> ReportQuery {
    let range = zone.range(of: period)
    var request = request(period.unit, max(range.lowerBound, firstDayStart)..<range.upperBound)
    request.comparison = .previous
    switch period.unit {
    case .week, .month: request.split = .day
    case .year: request.split = .month
    default: break
    }
    request.draw()
    return ReportQuery(store, devices, request, now: end, keeping: readers)
  }

  /// A report of all periods since a day.
  private func query(_ unit: CalendarPeriod.Unit, from first: LocalDate) -> ReportQuery {
    ReportQuery(
      store, devices, request(unit, zone.days.start(of: first)..<end), now: end, keeping: readers)
  }

  private func request(_ unit: CalendarPeriod.Unit, _ range: Range<Timestamp>) -> ReportRequest {
    ReportRequest(
      granularity: unit, range: range.lowerBound..<min(range.upperBound, end), zone: zone.rules, zoneName: zone.name,
      tariff: tariff, billing: zone.billing, dayStartMinute: zone.days.startMinute, mainMeter: mainMeter)
  }
}
