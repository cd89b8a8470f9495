import Readings

/// Prices that look as if they were of another unit: pence, or per MWh.
extension TariffCheck {
  /// About what households pay for a kWh, in 10^-2 of a currency. Orders of magnitude are all that counts here.
  private static let usual: [String: Int64] = [
    "AED": 10, "ARS": 8000, "AUD": 30, "BDT": 800, "BGN": 25, "BRL": 80, "CAD": 15, "CHF": 27, "CLP": 17_000, "CNY": 55,
    "COP": 85_000, "CRC": 8000, "CZK": 600, "DKK": 250, "EGP": 150, "EUR": 28, "GBP": 27, "GEL": 25, "HKD": 140,
    "HUF": 4000, "IDR": 145_000, "ILS": 60, "INR": 700, "ISK": 2000, "JPY": 3000, "KES": 2700, "KRW": 15_000,
    "KZT": 2500,
    "LKR": 4000, "MAD": 120, "MDL": 300, "MKD": 700, "MXN": 200, "MYR": 30, "NGN": 10_000, "NOK": 150, "NZD": 32,
    "PEN": 70, "PHP": 1100, "PKR": 4000, "PLN": 100, "RON": 140, "RSD": 1200, "RUB": 600, "SAR": 20, "SEK": 180,
    "SGD": 30,
    "THB": 420, "TRY": 300, "TWD": 350, "UAH": 430, "USD": 17, "UYU": 900, "VND": 220_000, "ZAR": 300,
  ]

  /// How many times the usual price is asked about: a hundredth looks a hundred times too high, and a cheap hour of an
  /// exchange per MWh some fifty.
  private static let factor: Int64 = 20

  mutating func checkUnits(_ period: Tariff.Period, path: String) {
    for (pricing, path) in [(period.pricing, path)]
      + period.charges.enumerated().compactMap({ charge in
        charge.element.pricing.map { ($0, "\(path).charges[\(charge.offset)]") }
      })
      + (period.export.map { [($0, "\(path).export")] } ?? [])
    {
      switch pricing {
      case .rates(let rates):
        for (place, rate) in rates.enumerated() {
          ask(rate.price, "\(path).rates[\(place)]", "'\(rate.name)' costs")
        }
      case .prices(let list):
        // One dear hour is a real one; half of them are a unit.
        let sorted = list.prices.map(\.units).sorted()
        ask(Price(units: sorted[sorted.count / 2]), "\(path).prices", "half of the prices are above")
      }
    }
  }

  private mutating func ask(_ price: Price, _ path: String, _ words: String) {
    let code = tariff.currency.code
    guard let usual = TariffCheck.usual[code], price.units > usual * TariffCheck.factor * 1_000_000 else { return }
    let times = price.units / (usual * 1_000_000)
    warn(
      path,
      "\(words) \(price.text) \(code) per kWh, some \(times) times what is usual: are they hundredths (pence, cents, öre), "
        + "or prices per MWh?")
  }
}
