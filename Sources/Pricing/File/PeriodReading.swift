import Calendar
import JSON5
import Readings
import Text

/// One period of a tariff file, with its price schedules and tiers.
extension TariffReading {
  func period(_ reader: inout ObjectReader, includesTax: Bool) -> Tariff.Period? {
    reader.require("from", "the first day of these prices, such as \"2026-04-01\"")
    let from = date("from", &reader)
    let name = reader.text("name")
    let tax = TariffReading.tax("vat", &reader)
    let standingCharge = price("standingCharge", &reader) ?? Price(units: 0)
    let includes = reader.boolean("includesVAT") ?? includesTax
    let export = export(&reader)
    let tiers = reader.objects("tiers", maximumCount: 100) { tier(&$0) }
    let charges = reader.objects("charges", maximumCount: 100) { charge(&$0) }
    if !hasSchedule(&reader) { reader.require("rates", "a list of rates, or 'prices' with the name of a price file") }
    let pricing = pricing(&reader, names: (rate: nil, single: name ?? "energy", list: name ?? "dynamic"))
    guard let from, let pricing else { return nil }
    var period = Tariff.Period(
      from: from, standingCharge: standingCharge, includesTax: includes, pricing: pricing,
      tiers: (tiers ?? []).compactMap { $0 }, charges: (charges ?? []).compactMap { $0 }, export: export)
    period.tax = tax
    return period
  }

  private func hasSchedule(_ reader: inout ObjectReader) -> Bool {
    ["price", "rates", "prices"].contains { reader.any($0) != nil }
  }

  /// What a schedule's prices are called: a rate that says no name of its own, a single price, a price list.
  typealias ScheduleNames = (rate: String?, single: String, list: String)

  /// A price schedule: one of `price`, `rates` and `prices`. Nil without any.
  func pricing(
    _ reader: inout ObjectReader, names: ScheduleNames, selector: Tariff.Selector = Tariff.Selector()
  ) -> Tariff.Pricing? {
    let single = price("price", &reader)
    let path = reader.text("prices")
    let rates = reader.objects("rates", maximumCount: 200) { rate(&$0, name: names.rate) }
    let present = ["price", "rates", "prices"].filter { reader.any($0) != nil }
    if present.count > 1, let value = reader.any(present[1]) {
      reader.refuse(value, present[1], "and '\(present[0])' exclude each other")
    }
    if let rates {
      if rates.isEmpty, let value = reader.any("rates") { reader.refuse(value, "rates", "must hold at least one rate") }
      return .rates(rates.compactMap { $0 })
    }
    if let single { return .rates([Tariff.Rate(name: names.single, price: single, selector: selector)]) }
    guard let path, let value = reader.any("prices") else { return nil }
    do throws(TariffFile.UnreadablePrices) {
      let bytes = try surroundings.file(path)
      do throws(PriceFile.Mistake) {
        return .prices(try PriceFile.list(parsing: bytes, name: names.list, zone: surroundings.zone))
      } catch {
        reader.refuse(value, "prices", "\(path.printable), line \(error.line): \(error.reason)")
      }
    } catch {
      reader.refuse(value, "prices", "cannot read '\(path.printable)': \(error.reason)")
    }
    return nil
  }

  /// - Parameter name: of a rate that needs none.
  private func rate(_ reader: inout ObjectReader, name: String?) -> Tariff.Rate? {
    if name == nil { reader.require("name", "what the rate is called in reports") }
    reader.require("price", "the price per kWh")
    let name = reader.text("name") ?? name
    let price = price("price", &reader)
    let selector = selector(&reader)
    guard let name, let price else { return nil }
    return Tariff.Rate(name: name, price: price, selector: selector)
  }

  /// A number, or an object with a schedule.
  private func export(_ reader: inout ObjectReader) -> Tariff.Pricing? {
    guard let value = reader.any("export") else { return nil }
    if case .number = value.content { return price("export", &reader).map { .flat($0) } }
    guard case .object = value.content else {
      reader.refuse(
        value, "export",
        "must be a number (of the currency) or an object with 'rates' or 'prices', not \(value.kindName)")
      return nil
    }
    return reader.object("export") { export -> Tariff.Pricing? in
      if !hasSchedule(&export) { export.require("rates", "a list of rates, or 'price', or 'prices'") }
      return pricing(&export, names: (rate: "export", single: "export", list: "export"))
    } ?? nil
  }

  private func tier(_ reader: inout ObjectReader) -> Tariff.Tier? {
    let limitKey = reader.any("aboveKWhPerBill") != nil ? "aboveKWhPerBill" : "aboveKWh"
    if reader.any("aboveKWh") == nil {
      reader.require("aboveKWhPerBill", "the kWh of a bill from which on it adds, or 'aboveKWh' and 'per'")
    } else if limitKey == "aboveKWhPerBill", let value = reader.any("aboveKWh") {
      reader.refuse(value, "aboveKWh", "and 'aboveKWhPerBill' exclude each other")
    }
    reader.require("add", "what each further kWh costs more")
    let above = reader.decimal(limitKey, from: 0, to: 1_000_000_000, of: "kWh")
    let add = price("add", &reader)
    let per = span("per", &reader)
    if limitKey == "aboveKWhPerBill", per != nil, per != .bill, let value = reader.any("per") {
      reader.refuse(value, "per", "contradicts 'aboveKWhPerBill'; write 'aboveKWh'")
    }
    let over = span("over", &reader)
    if let over, over < per ?? .bill, let value = reader.any("over") {
      reader.refuse(value, "over", "is shorter than 'per', for which the limit is meant")
    }
    let selector = selector(&reader)
    guard let above, let add, let energy = Energy(kilowattHours: above.mantissa, places: above.places) else {
      return nil
    }
    return Tariff.Tier(above: energy, add: add, per: per ?? .bill, over: over, selector: selector)
  }

  private func span(_ key: String, _ reader: inout ObjectReader) -> Tariff.Span? {
    guard let text = reader.text(key), let value = reader.any(key) else { return nil }
    let span = Tariff.Span(rawValue: text)
    if span == nil {
      reader.refuse(value, key, "must be \"day\", \"month\", \"bill\" or \"year\", not \"\(text.printable)\"")
    }
    return span
  }

  // MARK: Selectors

  /// `hours`, `days`, `months` and `devices`, wherever a price stands.
  func selector(_ reader: inout ObjectReader) -> Tariff.Selector {
    var selector = Tariff.Selector()
    if let text = reader.text("hours"), let value = reader.any("hours") {
      selector.hours = Tariff.ClockWindow(text: text)
      if selector.hours == nil {
        reader.refuse(value, "hours", "must be two local times such as \"00:30-05:30\", not \"\(text.printable)\"")
      }
    }
    if let text = reader.text("days"), let value = reader.any("days") {
      if let days = days(text) {
        (selector.days, selector.dateNames) = days
      } else {
        let names =
          dateNames.names.isEmpty ? "" : " or names of the calendar (\(dateNames.names.joined(separator: ", ")))"
        reader.refuse(
          value, "days", "must be days such as \"mon-fri\" or \"sat,sun\"\(names), not \"\(text.printable)\"")
      }
    }
    if let text = reader.text("months"), let value = reader.any("months") {
      selector.months = CalendarWords.numbers(text, of: CalendarWords.months)
      if selector.months.isEmpty {
        reader.refuse(value, "months", "must be months such as \"nov-feb\" or \"jul\", not \"\(text.printable)\"")
      }
    }
    selector.devices = devices(&reader)
    return selector
  }

  /// Weekdays and names of the calendar; nil for anything else.
  private func days(_ text: String) -> (days: Set<Int>, names: UInt64)? {
    var days: Set<Int> = []
    var names: UInt64 = 0
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let word = part.drop { $0 == " " }
      let trimmed = String(word.prefix(word.count - word.reversed().prefix { $0 == " " }.count))
      if let name = dateNames.names.firstIndex(where: { $0.lowercased() == trimmed.lowercased() }) {
        names |= 1 << UInt64(name)
        continue
      }
      let numbers = CalendarWords.numbers(trimmed, of: CalendarWords.days)
      guard !numbers.isEmpty else { return nil }
      days.formUnion(numbers)
    }
    return (days, names)
  }

  private func devices(_ reader: inout ObjectReader) -> [Tariff.DevicePattern] {
    guard let value = reader.any("devices") else { return [] }
    var texts: [String] = []
    switch value.content {
    case .string(let text): texts = [text]
    case .array(let elements):
      for case .string(let text) in elements.map(\.content) { texts.append(text) }
      if texts.count != elements.count { texts = [] }
    default: break
    }
    if texts.isEmpty || texts.contains("") {
      reader.refuse(
        value, "devices", "must be a name, group or pattern such as \"boiler\" or \"heat*\", or a list of them")
      return []
    }
    return texts.map { Tariff.DevicePattern($0) }
  }
}
