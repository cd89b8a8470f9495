import Calendar
import Readings
import Tables
import Text

/// The day-ahead document A44 of ENTSO-E (IEC 62325-451-3, Publication_MarketDocument): positions instead of times.
enum MarketDocument {
  /// A row for each position. In a series of curve type A03 a position that is left out repeats the one before.
  static func table(_ bytes: [UInt8]) throws(TableRefusal) -> WrittenTable {
    let root: XMLElement
    do throws(XMLElement.Malformed) {
      root = try XMLElement.parse(bytes)
    } catch {
      let line = bytes.prefix(error.offset).count { $0 == 10 } + 1
      throw .mistake("line \(line): it is no XML: \(error.reason)")
    }
    if root.name == "Acknowledgement_MarketDocument" {
      let reason = root.first("Reason")?.first("text")?.text ?? "no reason is given"
      throw .mistake("ENTSO-E answered without prices: \(reason.printable)")
    }
    var table = WrittenTable(
      columns: ["start", "end", "price.amount", "in_Domain.mRID", "classificationSequence"], rows: [])
    table.rowWord = "position"
    for series in root.all("TimeSeries") {
      let unit = series.first("price_Measure_Unit.name")?.text ?? ""
      let currency = series.first("currency_Unit.name")?.text ?? ""
      if !unit.isEmpty, !currency.isEmpty { table.remarks.append("\(currency)/\(unit)") }
      let labels = [
        series.first("in_Domain.mRID")?.text ?? "",
        series.first("classificationSequence_AttributeInstanceComponent.position")?.text ?? "",
      ]
      for period in series.all("Period") {
        table.rows += try rows(
          of: period, labels, repeats: series.first("curveType")?.text == "A03", from: table.rows.count + 1)
      }
    }
    guard !table.rows.isEmpty else { throw .mistake("there is no TimeSeries with a Point in it") }
    return table
  }

  private static func rows(
    of period: XMLElement, _ labels: [String], repeats: Bool, from number: Int
  ) throws(TableRefusal) -> [WrittenTable.Row] {
    let interval = period.first("timeInterval")
    guard let start = instant(interval?.first("start")?.text), let end = instant(interval?.first("end")?.text),
      let step = minutes(period.first("resolution")?.text ?? "")
    else { throw .mistake("a Period without a timeInterval and a resolution such as PT60M") }
    let count = (end.milliseconds - start.milliseconds) / 60_000 / step
    guard count > 0, count <= 400_000 else { throw .mistake("a Period that ends before it begins, or is too long") }
    var points: [(position: Int64, price: String)] = []
    for point in period.all("Point") {
      guard let position = Int64(point.first("position")?.text ?? ""), (1...count).contains(position),
        let price = point.first("price.amount")?.text
      else { throw .mistake("a Point without a position within its Period and a price.amount") }
      points.append((position, price))
    }
    points.sort { $0.position < $1.position }
    return points.enumerated().map { place, point in
      let next = place + 1 < points.count ? points[place + 1].position : count + 1
      let last = repeats ? next : point.position + 1
      func text(_ position: Int64) -> String {
        String(start.advanced(byMilliseconds: (position - 1) * step * 60_000).milliseconds)
      }
      return WrittenTable.Row(cells: [text(point.position), text(last), point.price] + labels, number: number + place)
    }
  }

  private static func instant(_ text: String?) -> Timestamp? {
    if case .instant(let instant)? = text.flatMap({ WrittenInstant.parse($0, dates: .dayFirst) }) {
      instant
    } else {
      nil
    }
  }

  /// `PT60M`, `PT15M`, `PT1H`, `P1D`.
  private static func minutes(_ text: String) -> Int64? {
    func number(_ prefix: String, _ suffix: String) -> Int64? {
      guard text.hasPrefix(prefix), text.hasSuffix(suffix) else { return nil }
      return Int64(text.dropFirst(prefix.utf8.count).dropLast(suffix.utf8.count)).flatMap {
        (1...1440).contains($0) ? $0 : nil
      }
    }
    return number("PT", "M") ?? number("PT", "H").map { $0 * 60 } ?? number("P", "D").map { $0 * 1440 }
  }
}
