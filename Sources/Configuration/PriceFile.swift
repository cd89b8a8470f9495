import EnergyAccounting
import Readings

/// A price list: CSV with the header `start,price`, a row for each half-hour or hour.
enum PriceFile {
  struct Mistake: Error, Equatable {
    /// From 1, the header included.
    var line: Int
    var reason: String
  }

  /// 50 years of half-hours.
  static let maximumRowCount = 900_000

  /// Reads the list. Starts stand in UTC or with an offset; rows may stand in any order, and other columns beside
  /// these two.
  static func list(parsing bytes: [UInt8], name: String) throws(Mistake) -> Tariff.PriceList {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw Mistake(line: 1, reason: "it is not UTF-8") }
    var columns: (start: Int, price: Int)?
    var slots: [(start: Timestamp, price: Price, line: Int)] = []
    var number = 0
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      number += 1
      let cells = cells(number == 1 && line.hasPrefix("\u{FEFF}") ? line.dropFirst() : line)
      guard cells.contains(where: { !$0.isEmpty }) else { continue }
      guard let columns else {
        guard let start = cells.firstIndex(of: "start"), let price = cells.firstIndex(of: "price") else {
          throw Mistake(line: number, reason: "the first line must name the columns start,price")
        }
        columns = (start, price)
        continue
      }
      guard cells.count > max(columns.start, columns.price) else {
        throw Mistake(line: number, reason: "there are fewer cells than in the header")
      }
      guard let written = WrittenTime(cells[columns.start]) else {
        throw Mistake(
          line: number,
          reason: "'\(cells[columns.start].printable)' is no time; write 2027-01-01T00:30Z or 2027-01-01T00:30+01:00")
      }
      guard let price = Price(cells[columns.price]) else {
        throw Mistake(line: number, reason: "'\(cells[columns.price].printable)' is no price")
      }
      guard slots.count < maximumRowCount else {
        throw Mistake(line: number, reason: "there are more than \(maximumRowCount) rows")
      }
      let seconds = written.civil.secondsSince1970 - Int64(written.offsetSeconds ?? 0)
      slots.append((Timestamp(milliseconds: seconds * 1000 + written.milliseconds), price, number))
    }
    slots.sort { ($0.start, $0.line) < ($1.start, $1.line) }
    for (slot, next) in zip(slots, slots.dropFirst()) where slot.start == next.start {
      throw Mistake(line: next.line, reason: "there is a price for this time in line \(slot.line) already")
    }
    guard let list = Tariff.PriceList(name: name, slots: slots.map { ($0.start, $0.price) }) else {
      throw Mistake(line: number, reason: "there is no price")
    }
    return list
  }

  /// The cells of a line; quotes around a cell are taken off.
  private static func cells(_ line: Substring) -> [String] {
    line.split(separator: ",", omittingEmptySubsequences: false).map { cell in
      var text = cell.drop { $0 == " " }
      while text.last == " " { text.removeLast() }
      if text.count >= 2, text.first == "\"", text.last == "\"" { text = text.dropFirst().dropLast() }
      return String(text)
    }
  }
}
