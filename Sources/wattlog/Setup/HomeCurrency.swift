/// What is paid with where a zone's clocks hang.
enum HomeCurrency {
  /// Countries (ISO 3166) by their currency (ISO 4217).
  private static let countries: [(currency: String, codes: String)] = [
    (
      "EUR",
      "AD AT AX BE BG BL CY DE EE ES FI FR GF GP GR HR IE IT LT LU LV MC ME MF MQ MT NL PM PT RE SI SK SM TF VA XK YT"
    ),
    ("USD", "AS BQ EC FM GU IO MH MP PR PW SV TC TL UM US VG VI"), ("GBP", "GB GG IM JE"), ("CHF", "CH LI"),
    ("NOK", "BV NO SJ"), ("DKK", "DK FO GL"), ("AUD", "AU CC CX HM KI NF NR TV"), ("NZD", "CK NU NZ PN TK"),
    ("SEK", "SE"), ("ISK", "IS"), ("PLN", "PL"), ("CZK", "CZ"), ("HUF", "HU"), ("RON", "RO"), ("RSD", "RS"),
    ("BAM", "BA"), ("MKD", "MK"), ("ALL", "AL"), ("MDL", "MD"), ("UAH", "UA"), ("BYN", "BY"), ("RUB", "RU"),
    ("TRY", "TR"), ("GEL", "GE"), ("AMD", "AM"), ("AZN", "AZ"), ("KZT", "KZ"), ("ILS", "IL PS"), ("JOD", "JO"),
    ("AED", "AE"), ("SAR", "SA"), ("QAR", "QA"), ("KWD", "KW"), ("BHD", "BH"), ("OMR", "OM"), ("IQD", "IQ"),
    ("EGP", "EG"), ("MAD", "EH MA"), ("TND", "TN"), ("DZD", "DZ"), ("ZAR", "ZA"), ("NAD", "NA"), ("BWP", "BW"),
    ("KES", "KE"), ("TZS", "TZ"), ("UGX", "UG"), ("RWF", "RW"), ("ETB", "ET"), ("GHS", "GH"), ("NGN", "NG"),
    ("XOF", "BF BJ CI GW ML NE SN TG"), ("XAF", "CF CG CM GA GQ TD"), ("MUR", "MU"), ("INR", "BT IN"), ("PKR", "PK"),
    ("BDT", "BD"), ("LKR", "LK"), ("NPR", "NP"), ("THB", "TH"), ("VND", "VN"), ("MYR", "MY"), ("SGD", "SG"),
    ("IDR", "ID"), ("PHP", "PH"), ("JPY", "JP"), ("KRW", "KR"), ("CNY", "CN"), ("HKD", "HK"), ("MOP", "MO"),
    ("TWD", "TW"), ("CAD", "CA"), ("MXN", "MX"), ("BRL", "BR"), ("ARS", "AR"), ("CLP", "CL"), ("COP", "CO"),
    ("PEN", "PE"), ("UYU", "UY"), ("PYG", "PY"), ("BOB", "BO"), ("CRC", "CR"), ("GTQ", "GT"), ("PAB", "PA"),
    ("DOP", "DO"), ("XPF", "NC PF WF"),
  ]

  /// - Parameter zoneTable: zone.tab of the machine: country, place and name of each zone, tab-separated.
  /// - Returns: nil for a zone of no country, such as UTC, and where nothing above names the country.
  static func code(of zone: String, zoneTable: String) -> String? {
    for line in zoneTable.split(separator: "\n") where !line.hasPrefix("#") {
      let cells = line.split(separator: "\t")
      guard cells.count >= 3, cells[2] == zone else { continue }
      return countries.first { $0.codes.split(separator: " ").contains(cells[0]) }?.currency
    }
    return nil
  }

  /// The same by the machine's own table.
  static func code(of zone: String) -> String? {
    let table = try? InputFile.read(ZoneFiles.directory + "/zone.tab", maximumByteCount: 1 << 20)
    return table.flatMap { code(of: zone, zoneTable: String(decoding: $0, as: UTF8.self)) }
  }
}
