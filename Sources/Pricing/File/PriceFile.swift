import Calendar
import Readings
import Tables
import Text

/// A price list: CSV with the columns `start` and `price`, and `end` where a price may stop before another begins.
enum PriceFile {
  struct Mistake: Error, Equatable {
    /// From 1, the header included.
    var line: Int
    var reason: String
  }

  /// 50 years of half-hours.
  static let maximumRowCount = 900_000

  /// Reads the list. Rows may stand in any order, and other columns beside these.
  ///
  /// - Parameter zone: of times that name none.
  static func list(
    parsing bytes: [UInt8], name: String, zone: TimeZoneRules
  ) throws(Mistake) -> Tariff.PriceList {
    guard (try? UTF8Span(validating: bytes.span)) != nil else { throw Mistake(line: 1, reason: "it is not UTF-8") }
    // Some thirty bytes a row: 2027-01-01T00:30Z,0.2417
    var reading = Reading(rowCount: min(bytes.count / 24, maximumRowCount), zone: zone)
    let mistake = bytes.withUnsafeBufferPointer { bytes -> Mistake? in
      // A spreadsheet may begin the file with a byte order mark.
      var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
      let all = UnsafeRawBufferPointer(bytes)
      let hasReturns = all.place(of: UInt8(ascii: "\r"), from: 0) < all.count
      var newline = -1
      while start < bytes.count {
        if newline < start { newline = all.place(of: UInt8(ascii: "\n"), from: start) }
        let end =
          hasReturns
          ? UnsafeRawBufferPointer(rebasing: all[..<newline]).place(of: UInt8(ascii: "\r"), from: start) : newline
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
    private let zone: TimeZoneRules
    private var columns: (start: Int, end: Int?, price: Int)?
    private var starts: [Timestamp] = []
    /// As many, where there is a column for them.
    private var ends: [Timestamp?] = []
    private var prices: [Price] = []
    private var lines: [Int] = []
    private var number = 0
    private var repeated = RepeatedTimes()

    /// - Parameter rowCount: about as many rows are expected.
    init(rowCount: Int, zone: TimeZoneRules) {
      self.zone = zone
      starts.reserveCapacity(rowCount)
      prices.reserveCapacity(rowCount)
      lines.reserveCapacity(rowCount)
    }

    mutating func take(_ line: UnsafeBufferPointer<UInt8>) throws(Mistake) {
      number += 1
      guard let columns else { return try takeHeader(line) }
      var cells = Cells(line: line)
      var (start, end, price): (UnsafeBufferPointer<UInt8>?, UnsafeBufferPointer<UInt8>?, UnsafeBufferPointer<UInt8>?)
      for place in 0...max(columns.start, columns.price, columns.end ?? 0) {
        let cell = cells.next()
        if place == columns.start { start = cell }
        if place == columns.price { price = cell }
        if place == columns.end { end = cell }
      }
      guard let start, let cell = price else {
        guard Cells.hasText(line) else { return }
        throw mistake("there are fewer cells than in the header")
      }
      guard let instant = try instant(start) else {
        guard Cells.hasText(line) else { return }
        throw noTime(start)
      }
      guard let price = Price(utf8: cell) ?? Price(rounding: String(decoding: cell, as: UTF8.self)) else {
        throw mistake("'\(String(decoding: cell, as: UTF8.self).printable)' is no price")
      }
      guard starts.count < maximumRowCount else { throw mistake("there are more than \(maximumRowCount) rows") }
      starts.append(instant)
      prices.append(price)
      lines.append(number)
      if columns.end != nil { ends.append(try self.end(end, after: instant)) }
    }

    private func noTime(_ cell: UnsafeBufferPointer<UInt8>) -> Mistake {
      mistake(
        "'\(String(decoding: cell, as: UTF8.self).printable)' is no time; write 2027-01-01T00:30Z or "
          + "2027-01-01T00:30+01:00")
    }

    /// Where a price ends that begins at an instant: the first instant after it that the text may mean. Nil for an empty
    /// cell.
    private func end(_ cell: UnsafeBufferPointer<UInt8>?, after start: Timestamp) throws(Mistake) -> Timestamp? {
      guard let cell, !cell.isEmpty else { return nil }
      guard let written = WrittenTime(utf8: cell) else { throw noTime(cell) }
      var candidates: [Timestamp]
      if let offset = written.offsetSeconds {
        candidates = [written.instant(offsetSeconds: offset)]
      } else {
        switch zone.instants(of: written.civil) {
        case .one(let instant), .none(let instant): candidates = [instant]
        case .two(let earlier, let later): candidates = [earlier, later]
        }
      }
      candidates.removeAll { $0 <= start }
      guard let end = candidates.first else { throw mistake("it ends before it begins") }
      return end
    }

    /// The row before as it was written, and the minute of the day in it.
    private var last: (cell: UnsafeBufferPointer<UInt8>, minute: Int, instant: Timestamp)?

    /// Most rows differ from the one before in hour and minute alone, which then tell how far apart they are, as long as
    /// they say how far from UTC they are.
    private mutating func instant(_ cell: UnsafeBufferPointer<UInt8>) throws(Mistake) -> Timestamp? {
      let minute = Self.minute(in: cell)
      if let minute, let last, Self.areAlike(cell, last.cell) {
        let instant = last.instant.advanced(byMilliseconds: Int64(minute - last.minute) * 60_000)
        self.last = (cell, minute, instant)
        return instant
      }
      guard let written = WrittenTime(utf8: cell) else { return nil }
      guard let offset = written.offsetSeconds else { return try local(written, cell) }
      let instant = written.instant(offsetSeconds: offset)
      if let minute { last = (cell, minute, instant) }
      return instant
    }

    /// A time without a zone, by the site's clocks.
    private mutating func local(
      _ written: WrittenTime, _ cell: UnsafeBufferPointer<UInt8>
    ) throws(Mistake) -> Timestamp {
      switch zone.instants(of: written.civil) {
      case .one(let instant):
        repeated.passed(instant)
        return instant.advanced(byMilliseconds: written.milliseconds)
      case .two(let earlier, let later):
        repeated.take(starts.count, earlier, later)
        return earlier.advanced(byMilliseconds: written.milliseconds)
      case .none(let change):
        throw mistake(
          "'\(String(decoding: cell, as: UTF8.self).printable)' "
            + InstantText.Refusal.skipped(
              before: InstantText.text(change.advanced(byMilliseconds: -1000), in: zone),
              after: InstantText.text(change, in: zone)
            ).reason)
      }
    }

    /// Hour and minute stand behind `2027-01-01T`.
    private static let clock = 11..<16

    private static func minute(in cell: UnsafeBufferPointer<UInt8>) -> Int? {
      guard cell.count >= clock.upperBound, cell[13] == UInt8(ascii: ":") else { return nil }
      let digits = (cell[11] &- 48, cell[12] &- 48, cell[14] &- 48, cell[15] &- 48)
      guard max(digits.0, digits.1, digits.2, digits.3) <= 9 else { return nil }
      let (hour, minute) = (Int(digits.0) * 10 + Int(digits.1), Int(digits.2) * 10 + Int(digits.3))
      return hour < 24 && minute < 60 ? hour * 60 + minute : nil
    }

    private static func areAlike(_ cell: UnsafeBufferPointer<UInt8>, _ other: UnsafeBufferPointer<UInt8>) -> Bool {
      guard cell.count == other.count, cell.count >= clock.upperBound else { return false }
      for place in 0..<clock.lowerBound where cell[place] != other[place] { return false }
      for place in clock.upperBound..<cell.count where cell[place] != other[place] { return false }
      return true
    }

    private mutating func takeHeader(_ line: UnsafeBufferPointer<UInt8>) throws(Mistake) {
      guard Cells.hasText(line) else { return }
      var cells = Cells(line: line)
      var names: [String] = []
      while let name = cells.next() { names.append(String(decoding: name, as: UTF8.self)) }
      guard let start = names.firstIndex(of: "start"), let price = names.firstIndex(of: "price") else {
        throw mistake("the first line must name the columns start,price")
      }
      columns = (start, names.firstIndex(of: "end"), price)
    }

    consuming func list(name: String) throws(Mistake) -> Tariff.PriceList {
      for (row, meaning) in repeated.meanings {
        guard let isEarlier = meaning.isEarlier else {
          let time = InstantText.text(meaning.earlier, in: zone)
          throw Mistake(
            line: lines[row],
            reason: "'\(time.prefix(16))' "
              + InstantText.Refusal.ambiguous(earlier: time, later: InstantText.text(meaning.later, in: zone)).reason)
        }
        if !isEarlier {
          starts[row] = starts[row].advanced(
            byMilliseconds: meaning.later.milliseconds - meaning.earlier.milliseconds)
        }
      }
      if !zip(starts, starts.dropFirst()).allSatisfy({ $0 < $1 }) {
        let order = starts.indices.sorted { (starts[$0], lines[$0]) < (starts[$1], lines[$1]) }
        for (one, next) in zip(order, order.dropFirst()) where starts[one] == starts[next] {
          throw Mistake(
            line: lines[next], reason: "there is a price for this time in line \(lines[one]) already")
        }
        starts = order.map { starts[$0] }
        prices = order.map { prices[$0] }
        if columns?.end != nil { ends = order.map { ends[$0] } }
      }
      guard
        let list = Tariff.PriceList(
          name: name, starts: starts, ends: columns?.end == nil ? nil : ends, prices: prices)
      else { throw mistake("there is no price") }
      return list
    }

    private func mistake(_ reason: String) -> Mistake { Mistake(line: max(number, 1), reason: reason) }
  }

  /// The cells of a line one after the other, without the blanks and quotes around them.
  private struct Cells {
    private let line: UnsafeBufferPointer<UInt8>
    /// Behind the line's end when all were taken.
    private var place = 0

    init(line: UnsafeBufferPointer<UInt8>) { self.line = line }

    mutating func next() -> UnsafeBufferPointer<UInt8>? {
      guard place <= line.count else { return nil }
      var start = place
      var end = UnsafeRawBufferPointer(line).place(of: UInt8(ascii: ","), from: start)
      place = end + 1
      while start < end, line[start] == UInt8(ascii: " ") { start += 1 }
      while start < end, line[end - 1] == UInt8(ascii: " ") { end -= 1 }
      if end - start >= 2, line[start] == UInt8(ascii: "\""), line[end - 1] == UInt8(ascii: "\"") {
        start += 1
        end -= 1
      }
      return UnsafeBufferPointer(rebasing: line[start..<end])
    }

    /// False for a line of empty cells alone.
    static func hasText(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
      var cells = Cells(line: line)
      while let cell = cells.next() { if !cell.isEmpty { return true } }
      return false
    }
  }
}
