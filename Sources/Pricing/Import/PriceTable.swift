import Tables

/// A table of starts and prices as somebody published it.
struct PriceTable {
  /// Whose units and taxes are known though the file does not say them.
  enum Publisher {
    /// The API of Octopus Energy: pence.
    case octopus
    /// The data portal of Nord Pool, Energi Data Service, EPEX SPOT, ENTSO-E, energy-charts: per MWh.
    case exchange
    /// The API of Tibber: whole units per kWh.
    case tibber
  }

  var table: WrittenTable
  var publisher: Publisher?

  /// CSV as spreadsheets, exchanges and scripts write it.
  ///
  /// - Parameter start: the column that a person named, by which a file without a header is known.
  init(delimited bytes: [UInt8], start: String?) throws(TableRefusal) {
    table = try DelimitedTable.table(
      bytes, start: start, maximumRowCount: PriceFile.maximumRowCount,
      nothing: "there is no price; a list has the columns start,price")
    if let wide = HourColumns.rows(of: table) {
      table = wide
      publisher = .exchange
    }
    let names = Set(table.columns.map(WrittenTable.plain))
    if names.contains("value_inc_vat") || names.contains("value_exc_vat") { publisher = .octopus }
    if names.contains("pricearea"), names.contains(where: { $0.contains("price") && $0.hasSuffix("dkk") }) {
      publisher = .exchange
    }
  }

  init(_ table: WrittenTable, by publisher: Publisher?) {
    self.table = table
    self.publisher = publisher
  }
}
