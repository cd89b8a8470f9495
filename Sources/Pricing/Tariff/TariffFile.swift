import Calendar
public import JSON5
import Readings
import Text

/// A tariff file: what it says, and where it says it.
public struct TariffFile: Sendable {
  public var tariff: Tariff
  private var document: JSON5Value

  /// Why a price list beside a tariff could not be read.
  public struct UnreadablePrices: Error {
    public var reason: String
    public init(reason: String) { self.reason = reason }
  }

  /// Reads a tariff from the text of its file.
  ///
  /// - Parameters:
  ///   - name: what the tariff is called when the file does not say.
  ///   - currency: the site's, for a file that names none.
  ///   - prices: the contents of a price list, by its path as written in the file.
  /// - Throws: every mistake with its path and place.
  public init(
    parsing bytes: [UInt8], name: String, currency: Currency? = nil,
    prices: (String) throws(UnreadablePrices) -> [UInt8]
  ) throws(ConfigurationError) {
    do throws(JSON5Error) {
      document = try JSON5.parse(bytes)
    } catch {
      throw ConfigurationError(error)
    }
    var reader = ObjectReader(document, path: "")
    guard reader.problems.isEmpty else { throw ConfigurationError(reader.problems) }
    let tariff = TariffFile.tariff(&reader, name: name, currency: currency, prices)
    reader.finish()
    guard reader.problems.isEmpty, let tariff else { throw ConfigurationError(reader.problems) }
    self.tariff = tariff
  }

  /// What is valid and yet will not do what its author thinks: holes, rates that never apply, missing prices. With
  /// places, errors first.
  public var findings: [(severity: TariffProblem.Severity, problem: ConfigurationError.Problem)] {
    tariff.check().map { finding in
      let place = document.value(at: finding.path)?.place ?? document.place
      return (finding.severity, ConfigurationError.Problem(at: place, path: finding.path, finding.text))
    }
    .sorted { $0.severity == .error && $1.severity != .error }
  }

  private static func tariff(
    _ reader: inout ObjectReader, name: String, currency siteCurrency: Currency?,
    _ prices: (String) throws(UnreadablePrices) -> [UInt8]
  ) -> Tariff? {
    _ = reader.text("$schema")
    let name = reader.text("name") ?? name
    var currency = siteCurrency
    if let code = reader.text("currency"), let value = reader.any("currency") {
      currency = Currency(code: code)
      if currency == nil {
        reader.refuse(
          value, "currency", "must be three capital letters, such as \"GBP\", not \"\(code.printable)\"")
      }
    } else if siteCurrency == nil {
      reader.require("currency", "three letters, such as \"GBP\"")
    }
    var tax = Tax.none
    if let text = reader.text("vat"), let value = reader.any("vat") {
      if let read = Tax(percent: text) {
        tax = read
      } else {
        reader.refuse(
          value, "vat", "must be a percentage from \"0%\" to \"100%\", such as \"5%\", not \"\(text.printable)\"")
      }
    }
    let includesTax = reader.boolean("includesVAT") ?? false
    reader.require("periods", "a list of dated prices")
    let periods = reader.objects("periods", maximumCount: 1000) { period in
      let read = TariffFile.period(&period, includesTax: includesTax, prices)
      return (read, period.any("from") ?? period.value, period.path(of: "from"))
    }
    var accepted: [Tariff.Period] = []
    for case (let period?, let value, let path) in periods ?? [] {
      if let before = accepted.last, period.from <= before.from {
        reader.problem(at: value, path, "must be later than the 'from' of the period above")
      }
      accepted.append(period)
    }
    if let periods, periods.isEmpty, let value = reader.any("periods") {
      reader.refuse(value, "periods", "must hold at least one period")
    }
    return currency.map { Tariff(name: name, currency: $0, tax: tax, periods: accepted) }
  }

  private static func period(
    _ reader: inout ObjectReader, includesTax: Bool, _ prices: (String) throws(UnreadablePrices) -> [UInt8]
  ) -> Tariff.Period? {
    reader.require("from", "the first day of these prices, such as \"2026-04-01\"")
    let from = date("from", &reader)
    let name = reader.text("name")
    let standingCharge = price("standingCharge", &reader) ?? Price(units: 0)
    let includes = reader.boolean("includesVAT") ?? includesTax
    let export = price("export", &reader)
    let tiers = reader.objects("tiers", maximumCount: 100) { tier -> Tariff.Tier? in
      tier.require("aboveKWhPerBill", "the kWh of a bill from which on it adds")
      tier.require("add", "what each further kWh costs more")
      let above = tier.decimal("aboveKWhPerBill", from: 0, to: 1_000_000_000, of: "kWh")
      let add = price("add", &tier)
      guard let above, let add, let energy = Energy(kilowattHours: above.mantissa, places: above.places) else {
        return nil
      }
      return Tariff.Tier(above: energy, add: add)
    }
    let pricing = pricing(&reader, name: name, prices)
    guard let from, let pricing else { return nil }
    return Tariff.Period(
      from: from, standingCharge: standingCharge, includesTax: includes, pricing: pricing,
      tiers: (tiers ?? []).compactMap { $0 }, export: export)
  }

  private static func pricing(
    _ reader: inout ObjectReader, name: String?, _ prices: (String) throws(UnreadablePrices) -> [UInt8]
  ) -> Tariff.Pricing? {
    let path = reader.text("prices")
    let rates = reader.objects("rates", maximumCount: 200) { rate(&$0) }
    if let rates {
      if let value = reader.any("prices") { reader.refuse(value, "prices", "and 'rates' exclude each other") }
      if rates.isEmpty, let value = reader.any("rates") { reader.refuse(value, "rates", "must hold at least one rate") }
      return .rates(rates.compactMap { $0 })
    }
    guard let path, let value = reader.any("prices") else {
      if reader.any("prices") == nil {
        reader.require("rates", "a list of rates, or 'prices' with the name of a price file")
      }
      return nil
    }
    do throws(UnreadablePrices) {
      let bytes = try prices(path)
      do throws(PriceFile.Mistake) {
        return .prices(try PriceFile.list(parsing: bytes, name: name ?? "dynamic"))
      } catch {
        reader.refuse(value, "prices", "\(path.printable), line \(error.line): \(error.reason)")
      }
    } catch {
      reader.refuse(value, "prices", "cannot read '\(path.printable)': \(error.reason)")
    }
    return nil
  }

  private static func rate(_ reader: inout ObjectReader) -> Tariff.Rate? {
    reader.require("name", "what the rate is called in reports")
    reader.require("price", "the price per kWh")
    let name = reader.text("name")
    let price = price("price", &reader)
    var hours: Tariff.ClockWindow?
    if let text = reader.text("hours"), let value = reader.any("hours") {
      hours = Tariff.ClockWindow(text: text)
      if hours == nil {
        reader.refuse(value, "hours", "must be two local times such as \"00:30-05:30\", not \"\(text.printable)\"")
      }
    }
    var days: Set<Int> = []
    if let text = reader.text("days"), let value = reader.any("days") {
      days = CalendarWords.numbers(text, of: CalendarWords.days)
      if days.isEmpty {
        reader.refuse(
          value, "days", "must be days such as \"mon-fri\" or \"sat,sun\", not \"\(text.printable)\"")
      }
    }
    var months: Set<Int> = []
    if let text = reader.text("months"), let value = reader.any("months") {
      months = CalendarWords.numbers(text, of: CalendarWords.months)
      if months.isEmpty {
        reader.refuse(value, "months", "must be months such as \"nov-feb\" or \"jul\", not \"\(text.printable)\"")
      }
    }
    guard let name, let price else { return nil }
    return Tariff.Rate(name: name, price: price, hours: hours, days: days, months: months)
  }

  /// An amount of money per kWh or day, at most a million, with at most eight decimals.
  private static func price(_ key: String, _ reader: inout ObjectReader) -> Price? {
    guard let number = reader.decimal(key, from: -1_000_000, to: 1_000_000, of: "of the currency") else { return nil }
    let price = Price(mantissa: number.mantissa, places: number.places)
    if price == nil, let value = reader.any(key) { reader.refuse(value, key, "has more than eight decimals") }
    return price
  }

  private static func date(_ key: String, _ reader: inout ObjectReader) -> LocalDate? {
    guard let text = reader.text(key), let value = reader.any(key) else { return nil }
    guard let period = CalendarPeriod(text, today: LocalDate(dayNumber: 0)), period.unit == .day,
      text.first?.isNumber ?? false
    else {
      reader.refuse(value, key, "must be a date such as \"2026-04-01\", not \"\(text.printable)\"")
      return nil
    }
    return period.first
  }
}

extension JSON5Value {
  /// The value at a path such as `periods[0].rates[2]`, or the nearest value above it.
  fileprivate func value(at path: String) -> JSON5Value? {
    var here = self
    for part in path.split(whereSeparator: { ".[]".contains($0) }) {
      switch here.content {
      case .object(let members):
        guard let member = members.first(where: { $0.name == part }) else { return here }
        here = member.value
      case .array(let elements):
        guard let index = Int(part), elements.indices.contains(index) else { return here }
        here = elements[index]
      default: return here
      }
    }
    return here
  }
}
