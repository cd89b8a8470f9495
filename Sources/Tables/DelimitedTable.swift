/// CSV files as spreadsheets, exchanges and scripts write them: any of four separators, quotes, comments, encodings.
public struct DelimitedTable {
  /// Reads every row as cells.
  ///
  /// - Parameters:
  ///   - start: the column that a person named, by which a file without a header is known.
  ///   - nothing: what is said of a file without a line.
  public static func table(
    _ bytes: [UInt8], start: String?, maximumRowCount: Int, nothing: String
  ) throws(TableRefusal) -> WrittenTable {
    var reader = DelimitedTable(text: try text(of: bytes))
    var remarks: [String] = []
    var header: [String]?
    var headerNumber = 1
    var rows: [WrittenTable.Row] = []
    while let line = reader.nextLine() {
      let trimmed = line.text.drop { $0 == 32 || $0 == 9 }
      if trimmed.isEmpty { continue }
      if trimmed.first == UInt8(ascii: "#") {
        remarks.append(String(decoding: trimmed, as: UTF8.self))
        continue
      }
      // What tells some spreadsheets how to open the file.
      if header == nil, trimmed.count <= 6, trimmed.starts(with: "sep=".utf8), let mark = trimmed.dropFirst(4).first {
        reader.separator = mark
        continue
      }
      if reader.separator == nil { reader.separator = separator(of: line.text) }
      let cells = reader.cells(line.text)
      guard cells.contains(where: { !$0.isEmpty }) else { continue }
      if header == nil {
        header = cells
        headerNumber = line.number
        continue
      }
      guard rows.count < maximumRowCount else {
        throw .mistake("line \(line.number): there are more than \(maximumRowCount) rows")
      }
      rows.append(WrittenTable.Row(cells: cells, number: line.number))
    }
    guard let header else { throw .mistake("line 1: \(nothing)") }
    var table = WrittenTable(columns: header, rows: rows, remarks: remarks)
    if let start, let number = Int(start), !header.contains(start), (1...header.count).contains(number),
      WrittenInstant.parse(header[number - 1], dates: .dayFirst) != nil
    {
      table.rows.insert(WrittenTable.Row(cells: header, number: headerNumber), at: 0)
      table.columns = header.indices.map { String($0 + 1) }
      table.hasHeader = false
    }
    return table
  }

  /// UTF-8: separators, quotes and line ends are single bytes.
  private let text: [UInt8]
  private var place = 0
  private var lineNumber = 0
  private var separator: UInt8?
  private static let quote = UInt8(ascii: "\"")

  private init(text: [UInt8]) { self.text = text }

  /// UTF-8 with or without its mark, or UTF-16 of either order with it.
  private static func text(of bytes: [UInt8]) throws(TableRefusal) -> [UInt8] {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      let isLittle = bytes[0] == 0xFF
      var units: [UInt16] = []
      units.reserveCapacity(bytes.count / 2)
      for place in stride(from: 2, to: bytes.count - 1, by: 2) {
        let (one, two) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
        units.append(isLittle ? two << 8 | one : one << 8 | two)
      }
      guard let text = String(validating: units, as: UTF16.self) else { throw .mistake("line 1: it is not UTF-16") }
      return Array(text.utf8)
    }
    let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes[3...]) : bytes
    guard (try? UTF8Span(validating: body.span)) != nil else {
      throw .mistake("line 1: it is neither UTF-8 nor UTF-16 with its mark; save it as UTF-8")
    }
    return body
  }

  /// The next line with its number, quoted line ends within it.
  private mutating func nextLine() -> (text: ArraySlice<UInt8>, number: Int)? {
    guard place < text.count else { return nil }
    lineNumber += 1
    let number = lineNumber
    let start = place
    var isQuoted = false
    while place < text.count {
      let byte = text[place]
      if byte == DelimitedTable.quote { isQuoted.toggle() }
      if byte == 10 || byte == 13 {
        let end = place
        place += byte == 13 && place + 1 < text.count && text[place + 1] == 10 ? 2 : 1
        if !isQuoted { return (text[start..<end], number) }
        lineNumber += 1
      } else {
        place += 1
      }
    }
    return (text[start...], number)
  }

  /// The separator that a header line has outside of its quotes; of several the one that is there most often.
  private static func separator(of line: ArraySlice<UInt8>) -> UInt8 {
    // Names of columns hold commas and bars more easily than tabs and semicolons.
    let marks = "\t;,|".utf8.map { ($0, 0) }
    var counts = marks
    var isQuoted = false
    for byte in line {
      if byte == quote { isQuoted.toggle() }
      if !isQuoted, let mark = counts.firstIndex(where: { $0.0 == byte }) { counts[mark].1 += 1 }
    }
    let most = counts.map(\.1).max() ?? 0
    return counts.first { $0.1 == most && most > 0 }?.0 ?? UInt8(ascii: ",")
  }

  private func cells(_ line: ArraySlice<UInt8>) -> [String] {
    let separator = separator ?? UInt8(ascii: ",")
    var cells: [String] = []
    var cell: [UInt8] = []
    var isQuoted = false
    func close() {
      let start = cell.firstIndex { $0 != 32 && $0 != 9 } ?? cell.endIndex
      let end = cell.lastIndex { $0 != 32 && $0 != 9 }.map { $0 + 1 } ?? start
      cells.append(String(decoding: cell[start..<end], as: UTF8.self))
      cell.removeAll(keepingCapacity: true)
    }
    var place = line.startIndex
    while place < line.endIndex {
      let byte = line[place]
      place += 1
      if byte == DelimitedTable.quote {
        if isQuoted, place < line.endIndex, line[place] == DelimitedTable.quote {
          cell.append(byte)
          place += 1
        } else {
          isQuoted.toggle()
        }
      } else if byte == separator, !isQuoted {
        close()
      } else {
        cell.append(byte)
      }
    }
    close()
    return cells
  }
}
