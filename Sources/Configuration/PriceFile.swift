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
    guard String(validating: bytes, as: UTF8.self) != nil else { throw Mistake(line: 1, reason: "it is not UTF-8") }
    // Some thirty bytes a row: 2027-01-01T00:30Z,0.2417
    var reading = Reading(rowCount: min(bytes.count / 24, maximumRowCount))
    let mistake = bytes.withUnsafeBufferPointer { bytes -> Mistake? in
      // A spreadsheet may begin the file with a byte order mark.
      var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
      while start < bytes.count {
        var end = start
        while end < bytes.count, bytes[end] != UInt8(ascii: "\n"), bytes[end] != UInt8(ascii: "\r") { end += 1 }
        do throws(Mistake) {
          try reading.take(UnsafeBufferPointer(rebasing: bytes[start..<end]))
        } catch {
          return error
        }
        start = end + (end + 1 < bytes.count && bytes[end] == 13 && bytes[end + 1] == 10 ? 2 : 1)
      }
      return nil
    }
    if let mistake { throw mistake }
    return try reading.list(name: name)
  }

  /// What was read so far. A file has a row for each half-hour of years: its cells become no strings.
  private struct Reading {
    private var columns: (start: Int, price: Int)?
    private var slots: [(start: Timestamp, price: Price, line: Int)] = []
    private var number = 0
    private var cells: [UnsafeBufferPointer<UInt8>] = []

    /// - Parameter rowCount: about as many rows are expected.
    init(rowCount: Int) { slots.reserveCapacity(rowCount) }

    mutating func take(_ line: UnsafeBufferPointer<UInt8>) throws(Mistake) {
      number += 1
      split(line)
      guard cells.contains(where: { !$0.isEmpty }) else { return }
      guard let columns else {
        let names = cells.map { String(decoding: $0, as: UTF8.self) }
        guard let start = names.firstIndex(of: "start"), let price = names.firstIndex(of: "price") else {
          throw mistake("the first line must name the columns start,price")
        }
        columns = (start, price)
        return
      }
      guard cells.count > max(columns.start, columns.price) else {
        throw mistake("there are fewer cells than in the header")
      }
      let (start, cell) = (cells[columns.start], cells[columns.price])
      guard let written = WrittenTime(utf8: start) else {
        let text = String(decoding: start, as: UTF8.self).printable
        throw mistake("'\(text)' is no time; write 2027-01-01T00:30Z or 2027-01-01T00:30+01:00")
      }
      guard let price = Price(utf8: cell) else {
        throw mistake("'\(String(decoding: cell, as: UTF8.self).printable)' is no price")
      }
      guard slots.count < maximumRowCount else { throw mistake("there are more than \(maximumRowCount) rows") }
      let seconds = written.civil.secondsSince1970 - Int64(written.offsetSeconds ?? 0)
      slots.append((Timestamp(milliseconds: seconds * 1000 + written.milliseconds), price, number))
    }

    consuming func list(name: String) throws(Mistake) -> Tariff.PriceList {
      if !zip(slots, slots.dropFirst()).allSatisfy({ $0.start < $1.start }) {
        slots.sort { ($0.start, $0.line) < ($1.start, $1.line) }
      }
      for (slot, next) in zip(slots, slots.dropFirst()) where slot.start == next.start {
        throw Mistake(line: next.line, reason: "there is a price for this time in line \(slot.line) already")
      }
      guard let list = Tariff.PriceList(name: name, slots: slots.map { ($0.start, $0.price) }) else {
        throw mistake("there is no price")
      }
      return list
    }

    private func mistake(_ reason: String) -> Mistake { Mistake(line: max(number, 1), reason: reason) }

    /// The cells of a line; blanks and quotes around a cell are taken off.
    private mutating func split(_ line: UnsafeBufferPointer<UInt8>) {
      cells.removeAll(keepingCapacity: true)
      var start = 0
      while start <= line.count {
        var end = start
        while end < line.count, line[end] != UInt8(ascii: ",") { end += 1 }
        var (first, last) = (start, end)
        while first < last, line[first] == UInt8(ascii: " ") { first += 1 }
        while first < last, line[last - 1] == UInt8(ascii: " ") { last -= 1 }
        if last - first >= 2, line[first] == UInt8(ascii: "\""), line[last - 1] == UInt8(ascii: "\"") {
          first += 1
          last -= 1
        }
        cells.append(UnsafeBufferPointer(rebasing: line[first..<last]))
        start = end + 1
      }
    }
  }
}
