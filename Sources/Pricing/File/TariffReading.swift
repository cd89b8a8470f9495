import Calendar
import JSON5
import Readings
import Text

/// Reads the parts of a tariff file.
struct TariffReading {
  let surroundings: TariffFile.Surroundings
  /// Of the file, as soon as its calendar is read.
  var dateNames = DateNames()

  init(_ surroundings: TariffFile.Surroundings) { self.surroundings = surroundings }

  func tariff(_ reader: inout ObjectReader, name: String) -> Tariff? {
    _ = reader.text("$schema")
    let name = reader.text("name") ?? name
    let currency = currency(&reader)
    let tax = TariffReading.tax("vat", &reader) ?? .none
    let includesTax = reader.boolean("includesVAT") ?? false
    let clock = clock(&reader)
    let dayStart = dayStart(&reader)
    var reading = self
    reading.dateNames = reading.calendar(&reader)
    reader.require("periods", "a list of dated prices")
    let periods = reader.objects("periods", maximumCount: 1000) { period in
      let read = reading.period(&period, includesTax: includesTax)
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
    guard let currency else { return nil }
    var tariff = Tariff(name: name, currency: currency, tax: tax, periods: accepted)
    tariff.clock = clock
    tariff.dayStartMinute = dayStart
    tariff.dateNames = reading.dateNames
    TariffReading.refuseTakenNames(tariff, &reader)
    return tariff
  }

  private func currency(_ reader: inout ObjectReader) -> Currency? {
    guard let code = reader.text("currency"), let value = reader.any("currency") else {
      if surroundings.currency == nil { reader.require("currency", "three letters, such as \"GBP\"") }
      return surroundings.currency
    }
    let currency = Currency(code: code)
    if currency == nil {
      reader.refuse(value, "currency", "must be three capital letters, such as \"GBP\", not \"\(code.printable)\"")
    }
    return currency
  }

  /// A zone's name, `UTC`, or `UTC-06:00`.
  private func clock(_ reader: inout ObjectReader) -> TimeZoneRules? {
    guard let text = reader.text("clock"), let value = reader.any("clock") else { return nil }
    if let offset = TariffReading.offset(text) { return TimeZoneRules(offsetSeconds: offset) }
    if let zone = surroundings.namedZone(text) { return zone }
    reader.refuse(
      value, "clock", "must be a zone such as \"Europe/London\", \"UTC\" or \"UTC-06:00\", not \"\(text.printable)\"")
    return nil
  }

  private static func offset(_ text: String) -> Int? {
    guard text.hasPrefix("UTC") || text.hasPrefix("GMT") else { return nil }
    let offset = text.dropFirst(3)
    guard let sign = offset.first else { return 0 }
    guard sign == "+" || sign == "-" else { return nil }
    let parts = offset.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), parts.allSatisfy({ (1...2).contains($0.utf8.count) }),
      let hours = Int(parts[0]), hours <= 15, let minutes = parts.count == 2 ? Int(parts[1]) : 0,
      (0..<60).contains(minutes), hours >= 0
    else { return nil }
    return (hours * 3600 + minutes * 60) * (sign == "-" ? -1 : 1)
  }

  private func dayStart(_ reader: inout ObjectReader) -> Int {
    guard let text = reader.text("dayStart"), let value = reader.any("dayStart") else { return 0 }
    guard let minute = CalendarWords.minute(text[...]), minute < 1440 else {
      reader.refuse(value, "dayStart", "must be a local time such as \"06:00\", not \"\(text.printable)\"")
      return 0
    }
    return minute
  }

  static func tax(_ key: String, _ reader: inout ObjectReader) -> Tax? {
    guard let text = reader.text(key), let value = reader.any(key) else { return nil }
    let tax = Tax(percent: text)
    if tax == nil {
      reader.refuse(
        value, key, "must be a percentage from \"0%\" to \"100%\", such as \"5%\", not \"\(text.printable)\"")
    }
    return tax
  }

  /// `tier`, `VAT` and `export` are lines of every bill that has them: nothing else may be called so beside them.
  private static func refuseTakenNames(_ tariff: Tariff, _ reader: inout ObjectReader) {
    let hasTiers = tariff.periods.contains { !$0.tiers.isEmpty }
    let hasExport = tariff.periods.contains { $0.export != nil }
    func meaning(_ name: String) -> String? {
      switch name.lowercased() {
      case "tier" where hasTiers: "what tiers add"
      case "vat" where tariff.namesTax: "the value added tax"
      case "export" where hasExport: "the credit for what goes back"
      default: nil
      }
    }
    for (place, period) in tariff.periods.enumerated() {
      var names: [(String, String)] = []
      switch period.pricing {
      case .rates(let rates): names = rates.enumerated().map { ("rates[\($0.offset)].name", $0.element.name) }
      case .prices(let list): names = [("name", list.name)]
      }
      names += period.charges.enumerated().map { ("charges[\($0.offset)].name", $0.element.name) }
      for (path, name) in names {
        guard let meaning = meaning(name) else { continue }
        reader.problem(
          at: reader.value, "periods[\(place)].\(path)",
          "'\(name.printable)' is the name of \(meaning): give it another")
      }
    }
  }

  // MARK: Dates

  private func calendar(_ reader: inout ObjectReader) -> DateNames {
    var names = DateNames()
    guard let value = reader.any("calendar") else { return names }
    guard case .object(let members) = value.content else {
      reader.refuse(value, "calendar", "must be an object of names with their dates, not \(value.kindName)")
      return names
    }
    if members.count > DateNames.maximumCount {
      reader.refuse(value, "calendar", "has \(members.count) names, at most \(DateNames.maximumCount) are allowed")
    }
    for member in members.prefix(DateNames.maximumCount) {
      let path = "calendar.\(member.name.printable)"
      let isWord =
        !CalendarWords.numbers(member.name, of: CalendarWords.days).isEmpty
        || !CalendarWords.numbers(member.name, of: CalendarWords.months).isEmpty
      if isWord || member.name.contains(",") || member.name.isEmpty {
        reader.problem(at: member.value, path, "is no name for dates: a weekday or month, or with a comma in it")
      }
      names.add(member.name, dates: dates(of: member.value, path, &reader))
    }
    return names
  }

  /// A list of dates, or a file of them, one a line.
  private func dates(of value: JSON5Value, _ path: String, _ reader: inout ObjectReader) -> [LocalDate] {
    switch value.content {
    case .array(let elements):
      return elements.enumerated().compactMap { place, element in
        if case .string(let text) = element.content, let date = LocalDate(text: text) { return date }
        reader.problem(at: element, "\(path)[\(place)]", "must be a date such as \"2026-04-01\"")
        return nil
      }
    case .string(let file):
      do throws(TariffFile.UnreadablePrices) {
        return dates(in: try surroundings.file(file), file, value, path, &reader)
      } catch {
        reader.problem(at: value, path, "cannot read '\(file.printable)': \(error.reason)")
      }
    default:
      reader.problem(at: value, path, "must be a list of dates or the name of a file of dates, not \(value.kindName)")
    }
    return []
  }

  private func dates(
    in bytes: [UInt8], _ file: String, _ value: JSON5Value, _ path: String, _ reader: inout ObjectReader
  ) -> [LocalDate] {
    var dates: [LocalDate] = []
    let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
    for (number, line) in body.split(omittingEmptySubsequences: false, whereSeparator: { $0 == 10 }).enumerated() {
      // A comment may stand behind a date.
      let text = String(decoding: line.prefix { $0 != UInt8(ascii: "#") && $0 != 13 }, as: UTF8.self)
        .filter { $0 != " " && $0 != "\t" }
      if text.isEmpty { continue }
      guard let date = LocalDate(text: text) else {
        reader.problem(
          at: value, path,
          "\(file.printable), line \(number + 1): '\(text.printable)' is no date; write 2026-04-01, one a line")
        return dates
      }
      guard dates.count < 100_000 else {
        reader.problem(at: value, path, "\(file.printable) has more than 100000 dates")
        return dates
      }
      dates.append(date)
    }
    return dates
  }

  func date(_ key: String, _ reader: inout ObjectReader) -> LocalDate? {
    guard let text = reader.text(key), let value = reader.any(key) else { return nil }
    let date = LocalDate(text: text)
    if date == nil { reader.refuse(value, key, "must be a date such as \"2026-04-01\", not \"\(text.printable)\"") }
    return date
  }

  // MARK: Prices

  /// An amount of money, at most a million. More than eight decimals are rounded, half away from zero.
  func price(_ key: String, _ reader: inout ObjectReader) -> Price? {
    guard let value = reader.any(key) else { return nil }
    guard case .number(let text) = value.content else {
      reader.refuse(value, key, "must be a number (of the currency), not \(value.kindName)")
      return nil
    }
    let hexadecimal = JSON5Number(text)?.whole.flatMap { Price(mantissa: $0, places: 0) }
    if let price = Price(rounding: text) ?? hexadecimal { return price }
    reader.refuse(value, key, "must be from -1000000 to 1000000 of the currency, not \(text)")
    return nil
  }
}
