import Configuration
import Text

/// `tariff init`: a tariff with comments, to fill in.
enum TariffTemplate {
  static func write(to path: String?, _ settings: Settings, _ console: Console) throws(Failure) -> ExitCode {
    if let path, path != "-", InputFile.exists(path) {
      throw Failure(
        .failed, "'\(SafeText.printable(path))' is there already", "choose another name, or edit it")
    }
    try OutputFile.write(text(currency: settings.configuration.site.currency ?? "EUR"), to: path)
    if let path, path != "-" {
      console.note(
        "fill in \(SafeText.printable(path)), then 'wattlog tariff check \(SafeText.printable(path))' says whether it is whole"
      )
    }
    return .done
  }

  /// - Parameter price: of a kWh with all taxes, as a JSON number; without it there is one to replace.
  static func text(currency: String, price: String? = nil) -> String {
    """
    // What electricity costs: JSON with comments and trailing commas. Take the prices from your bill.
    // 'wattlog tariff check FILE' says what is wrong with it, 'wattlog tariff show FILE' what each hour costs.
    {
      name: "home",
      currency: \(ConfigurationText.quoted(currency)),
      vat: "0%",                     // prices below are \(price == nil ? "without it; or includesVAT: true" : "with all taxes")
      // clock: "UTC",               // hours by this clock instead of the site's (a meter without summer time)
      // calendar: { holiday: ["2026-01-01", "2026-12-25"] },   // names for dates, or a file with one date a line

      periods: [                     // a new one for each change of prices; the old ones stay for old days
        {
          from: "2020-01-01",
          standingCharge: 0.00,      // a day
          rates: [                   // a kWh; the first that matches wins
            // { name: "night", price: 0.20, hours: "22:00-06:00" },
            // { name: "weekend", price: 0.22, days: "sat,sun,holiday" },
            { name: "day", price: \(price ?? "0.30") },
          ],
          // prices: "spot.csv",     // instead of rates: 'wattlog tariff import' makes such a list
          // charges: [              // whatever else is on the bill
          //   { name: "grid fee", price: 0.08 },                                     // a kWh
          //   { name: "basic fee", price: 12.90, per: "month" },                     // day, month, year, bill
          //   { name: "capacity", price: 3.50, per: "kW", window: "15m" },           // the month's highest quarter-hour
          //   { name: "electricity tax", percent: "5.1%" },                          // of all above it
          // ],
          // tiers: [ { aboveKWh: 250, per: "bill", add: 0.02 } ],                    // day, month, bill, year
          // export: 0.08,           // for a kWh that goes back; or { rates: […] }, { prices: "out.csv" }
        },
      ],
    }

    """
  }
}
