import Tables

/// Which columns of a table hold the starts, ends and prices. Found by name where one answer alone fits.
struct PriceColumns {
  var start: Int
  var end: Int?
  var price: Int

  /// Where the names are sought.
  struct Asked {
    var start: String?
    var end: String?
    var price: String?
  }

  /// - Parameter currency: the site's code.
  init(_ table: WrittenTable, _ asked: Asked, currency: String) throws(TableRefusal) {
    if let named = try table.column(asked.start, of: "--start") {
      start = named
    } else {
      start = try PriceColumns.start(table)
    }
    end = try table.column(asked.end, of: "--end")
    if asked.end == nil { end = PriceColumns.end(table, start: start) }
    if let named = try table.column(asked.price, of: "--price") {
      price = named
    } else {
      price = try PriceColumns.price(table, start, end, currency: currency)
    }
  }

  /// Names of starts, the surest first.
  private static let startNames = [
    ["start", "valid_from", "validfrom", "startsat", "start_timestamp", "deliverystart", "unix_seconds", "starttime"],
    ["timeutc", "hourutc", "datumvon", "periodfrom", "start_time", "startdate", "from", "begin", "beginn", "von"],
    ["timestamp", "datetime", "time", "date", "datum", "zeit", "hour", "day", "delivery", "deliverydate"],
    ["timedk", "hourdk", "utc", "ts"],
  ]
  private static let endNames: Set<String> = [
    "end", "valid_to", "validto", "endsat", "end_timestamp", "deliveryend", "datumbis", "periodto", "end_time",
    "endtime", "enddate", "to", "ende", "bis",
  ]

  private static func start(_ table: WrittenTable) throws(TableRefusal) -> Int {
    let names = table.columns.map(WrittenTable.bare)
    if let interval = names.firstIndex(where: { $0.hasPrefix("mtu") }) { return interval }
    for group in startNames {
      let found = names.indices.filter { group.contains(names[$0]) || group.contains(last(names[$0])) }
      if found.count == 1 { return found[0] }
      if found.count > 1 {
        throw .choice(
          "several columns may hold the starts: \(WrittenTable.list(found.map { table.columns[$0] }))",
          advice: "say which with --start COLUMN")
      }
    }
    throw .choice(
      "no column is known to hold the starts; a plain list has the columns start,price",
      advice: "name it with --start COLUMN, one of: \(WrittenTable.list(table.columns))")
  }

  private static func end(_ table: WrittenTable, start: Int) -> Int? {
    table.columns.indices.first { column in
      column != start
        && (endNames.contains(WrittenTable.bare(table.columns[column]))
          || endNames.contains(last(WrittenTable.bare(table.columns[column]))))
    }
  }

  private static let priceNames: Set<String> = ["price", "value_inc_vat", "marketprice", "price.amount", "total"]
  /// Columns that tell rows apart, though `price` stands in their names.
  private static let otherWords = ["area", "zone", "currency", "unit", "sequence", "period", "type", "name"]

  private static func price(
    _ table: WrittenTable, _ start: Int, _ end: Int?, currency: String
  ) throws(TableRefusal) -> Int {
    let others = table.columns.indices.filter { column in
      column != start && column != end && table.rows.contains { !WrittenTable.isEmpty($0.cell(column)) }
    }
    let names = table.columns.map(WrittenTable.plain)
    func one(_ holds: (Int) -> Bool) throws(TableRefusal) -> Int? {
      var found = others.filter(holds)
      let own = found.filter { names[$0].contains(currency.lowercased()) }
      // One price in several currencies: that of the site.
      if found.count > 1, own.count == 1, found.allSatisfy({ mentionsCurrency(names[$0]) }) { found = own }
      guard found.count > 1 else { return found.first }
      throw .choice(
        "several columns are prices: \(WrittenTable.list(found.map { table.columns[$0] }))",
        advice: "say which with --price COLUMN")
    }
    if let column = try one({ priceNames.contains(names[$0]) }) { return column }
    let isLabel = { (column: Int) in otherWords.contains { WrittenTable.bare(table.columns[column]).contains($0) } }
    if let column = try one({ !isLabel($0) && isPriceName(table.columns[$0]) }) { return column }
    if let column = try one({ names[$0].hasSuffix(currency.lowercased()) }) { return column }
    if let column = try one({ column in
      table.rows.prefix(50).contains { WrittenPrice.parse($0.cell(column)) != nil }
        && table.rows.prefix(50).allSatisfy {
          WrittenTable.isEmpty($0.cell(column)) || WrittenPrice.parse($0.cell(column)) != nil
        }
    }) {
      return column
    }
    throw .choice(
      "no column is known to hold the prices; a plain list has the columns start,price",
      advice: "name it with --price COLUMN, one of: \(WrittenTable.list(table.columns))")
  }

  private static func isPriceName(_ name: String) -> Bool {
    let plain = WrittenTable.plain(name)
    return ["price", "preis", "pris", "prijs", "prix", "precio", "prezzo", "entryperarea."].contains {
      plain.contains($0)
    }
      || PriceUnit(within: name) != nil
  }

  private static func mentionsCurrency(_ name: String) -> Bool {
    ["eur", "dkk", "nok", "sek", "gbp", "pln", "chf", "czk", "usd", "ron", "huf", "bgn"].contains {
      name.hasSuffix($0) || name.contains($0 + "/")
    }
  }

  private static func last(_ name: String) -> String { name.split(separator: ".").last.map(String.init) ?? name }
}
