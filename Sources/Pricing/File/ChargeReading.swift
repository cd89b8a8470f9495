import Calendar
import JSON5
import Readings
import Text

/// The charges of a tariff file: what their price is a price of decides what else may stand beside it.
extension TariffReading {
  func charge(_ reader: inout ObjectReader) -> Tariff.Charge? {
    reader.require("name", "what the charge is called on the bill")
    let name = reader.text("name") ?? ""
    let tax = TariffReading.tax("vat", &reader)
    let includesTax = reader.boolean("includesVAT")
    let per = reader.text("per") ?? "kWh"
    let basis: Tariff.Charge.Basis?
    if reader.any("percent") != nil {
      basis = share(&reader)
    } else if per == "kWh" {
      basis = energy(&reader, name).map { .energy($0) }
    } else if per == "kW" {
      basis = demand(&reader).map { .demand($0) }
    } else if let span = Tariff.Span(rawValue: per) {
      basis = time(&reader, name, span)
    } else {
      if let value = reader.any("per") {
        reader.refuse(
          value, "per",
          "must be \"kWh\", \"day\", \"month\", \"year\", \"bill\" or \"kW\", not \"\(per.printable)\"")
      }
      // All of them are known, whatever it is a price of.
      for key in [
        "price", "rates", "prices", "hours", "days", "months", "devices", "window", "peaks", "minimum", "steps",
      ] {
        _ = reader.any(key)
      }
      basis = nil
    }
    guard !name.isEmpty, let basis else { return nil }
    return Tariff.Charge(name: name, basis: basis, tax: tax, includesTax: includesTax)
  }

  private func energy(_ reader: inout ObjectReader, _ name: String) -> Tariff.Pricing? {
    let selector = selector(&reader)
    let pricing = pricing(&reader, names: (rate: name, single: name, list: name), selector: selector)
    if pricing == nil, ["rates", "prices", "price"].allSatisfy({ reader.any($0) == nil }) {
      reader.require("price", "per kWh; or 'rates', 'prices', 'percent', or 'per' with another unit")
    }
    if reader.any("price") == nil, selector != Tariff.Selector() {
      refuseSelectors(&reader, "stand in each of the rates")
    }
    return pricing
  }

  private func refuseSelectors(
    _ reader: inout ObjectReader, _ why: String, _ keys: [String] = ["hours", "days", "months", "devices"]
  ) {
    for key in keys { if let value = reader.any(key) { reader.refuse(value, key, why) } }
  }

  private func time(_ reader: inout ObjectReader, _ name: String, _ span: Tariff.Span) -> Tariff.Charge.Basis? {
    let selector = selector(&reader)
    let why = "means nothing for a charge per \(span.rawValue): it is the site's, at any hour"
    refuseSelectors(&reader, why, ["hours", "devices"])
    if let value = reader.any("prices") {
      reader.refuse(value, "prices", "are prices per kWh; write 'price' or 'rates'")
    }
    let pricing = pricing(&reader, names: (rate: name, single: name, list: name), selector: selector)
    if pricing == nil { reader.require("price", "per \(span.rawValue)") }
    guard case .rates(let rates)? = pricing else { return nil }
    for (place, rate) in rates.enumerated() where rate.selector.hours != nil || !rate.selector.devices.isEmpty {
      reader.problem(at: reader.value, reader.path(of: "rates[\(place)]"), "'hours' and 'devices' " + why)
    }
    return .time(rates, per: span)
  }

  private func share(_ reader: inout ObjectReader) -> Tariff.Charge.Basis? {
    for key in ["price", "rates", "prices", "per", "hours", "days", "months", "devices"] {
      if let value = reader.any(key) { reader.refuse(value, key, "and 'percent' exclude each other") }
    }
    guard let text = reader.text("percent"), let value = reader.any("percent") else { return nil }
    if text.hasSuffix("%"), let percent = Price(rounding: text.dropLast().filter { $0 != " " }),
      abs(percent.units) <= 10_000_000_000
    {
      return .share(percent.units)
    }
    reader.refuse(
      value, "percent", "must be a percentage of what stands before it, such as \"5.1%\", not \"\(text.printable)\"")
    return nil
  }

  private func demand(_ reader: inout ObjectReader) -> Tariff.Demand? {
    reader.require("window", "over which power is a mean, such as \"15m\"")
    let selector = selector(&reader)
    for key in ["rates", "prices"] {
      if let value = reader.any(key) {
        reader.refuse(value, key, "means nothing per kW; write a charge for each price")
      }
    }
    var minutes = 60
    if let text = reader.text("window"), let value = reader.any("window") {
      let length = SpanText.milliseconds(text).map { $0 / 60_000 } ?? 0
      if [5, 10, 15, 20, 30, 60].contains(length) {
        minutes = Int(length)
      } else {
        reader.refuse(value, "window", "must be \"15m\", \"30m\" or \"1h\", not \"\(text.printable)\"")
      }
    }
    let peaks = reader.whole("peaks", in: 1...31) ?? 1
    let minimum = milliwatts("minimum", &reader) ?? 0
    let price = price("price", &reader)
    let steps = reader.objects("steps", maximumCount: 100) { step -> Tariff.DemandPrice.Step? in
      step.require("aboveKW", "the kW from which on the step holds")
      step.require("price", "what the month costs there")
      guard let above = milliwatts("aboveKW", &step), let price = self.price("price", &step) else { return nil }
      return Tariff.DemandPrice.Step(aboveMilliwatts: above, price: price)
    }
    if price == nil, steps == nil { reader.require("price", "per kW and month, or 'steps'") }
    if let value = reader.any("steps"), reader.any("price") != nil {
      reader.refuse(value, "steps", "and 'price' exclude each other")
    }
    if let steps, steps.isEmpty, let value = reader.any("steps") {
      reader.refuse(value, "steps", "must hold at least one step")
    }
    let sorted = (steps ?? []).compactMap { $0 }
    if zip(sorted, sorted.dropFirst()).contains(where: { $0.aboveMilliwatts >= $1.aboveMilliwatts }),
      let value = reader.any("steps")
    {
      reader.refuse(value, "steps", "must go up: each 'aboveKW' above the one before")
    }
    guard price != nil || !sorted.isEmpty else { return nil }
    return Tariff.Demand(
      windowMinutes: minutes, peaks: Int(peaks), selector: selector, minimumMilliwatts: minimum,
      price: price.map { .perKilowatt($0) } ?? .steps(sorted))
  }

  /// kW as written, at most six decimals.
  private func milliwatts(_ key: String, _ reader: inout ObjectReader) -> Int64? {
    guard let number = reader.decimal(key, from: 0, to: 1_000_000, of: "kW"), let value = reader.any(key) else {
      return nil
    }
    guard let energy = Energy(kilowattHours: number.mantissa, places: number.places) else {
      reader.refuse(value, key, "has more than six decimals")
      return nil
    }
    return energy.milliwattHours
  }
}
