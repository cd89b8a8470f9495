/// Of what a published price is: how many of the site's currency per kWh one of it is.
struct PriceUnit: Hashable {
  /// A price times 10^shift is one of the currency per kWh: −2 for hundredths, −3 for MWh.
  var shift: Int
  /// The code or sign that the text names; nil where it names none, or a hundredth.
  var currency: String?

  static let perKilowattHour = PriceUnit(shift: 0)
  static let perMegawattHour = PriceUnit(shift: -3)
  static let hundredths = PriceUnit(shift: -2)

  init(shift: Int, currency: String? = nil) {
    self.shift = shift
    self.currency = currency
  }

  private static let hundredthWords: Set<String> = [
    "p", "ct", "cts", "c", "cent", "cents", "pence", "öre", "ore", "øre", "¢", "gr", "grosz",
  ]
  private static let signs = ["€": "EUR", "£": "GBP", "zł": "PLN", "₹": "INR", "kč": "CZK", "¥": "JPY"]

  /// A unit as an option or a file writes it alone: `kWh`, `MWh`, `EUR/MWh`, `€/kWh`, `p`, `ct/kWh`; nil for others.
  init?(_ text: String) {
    let plain = text.lowercased().filter { !$0.isWhitespace && !"()[]".contains($0) }
    let parts = plain.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard (1...2).contains(parts.count), let first = parts.first, let last = parts.last else { return nil }
    func energy(_ word: String) -> Int? { word == "kwh" ? 0 : word == "mwh" ? -3 : nil }
    if parts.count == 1 {
      if let shift = energy(first) {
        self.init(shift: shift)
      } else if PriceUnit.hundredthWords.contains(first) {
        self.init(shift: -2)
      } else {
        return nil
      }
      return
    }
    guard let shift = energy(last) else { return nil }
    if PriceUnit.hundredthWords.contains(first) {
      self.init(shift: shift - 2)
    } else if let code = PriceUnit.signs[first] {
      self.init(shift: shift, currency: code)
    } else if first == "$" || first == "kr" {
      self.init(shift: shift)
    } else if first.utf8.count == 3, first.allSatisfy({ $0.isASCII && $0.isLetter }) {
      self.init(shift: shift, currency: first.uppercased())
    } else {
      return nil
    }
  }

  /// A unit within a longer text: `Day-ahead Price [EUR/MWh]`, `Preis (ct/kWh)`, `# Prices in EUR / MWh`.
  init?(within text: String) {
    let lower = text.lowercased()
    for energy in ["/kwh", "/mwh", "/ kwh", "/ mwh"] {
      guard let found = lower.firstRange(of: energy) else { continue }
      var before = lower[..<found.lowerBound]
      while before.last == " " { before.removeLast() }
      let word = before.reversed().prefix { !" ([:;,/=\t".contains($0) }
      if let unit = PriceUnit(String(word.reversed()) + energy) {
        self = unit
        return
      }
    }
    if let open = lower.lastIndex(where: { "([".contains($0) }),
      let close = lower[open...].firstIndex(where: { ")]".contains($0) }),
      let unit = PriceUnit(String(lower[lower.index(after: open)..<close]))
    {
      self = unit
      return
    }
    return nil
  }
}
