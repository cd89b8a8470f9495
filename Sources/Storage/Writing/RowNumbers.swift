/// Rows of numbers, one behind the other, in pieces of one size: an array that doubles when it is full holds up to twice
/// what is in it, and three times while it grows.
struct RowNumbers {
  private static let pieceBits: UInt32 = 14
  /// The numbers of a piece, 128 KiB. A row lies within one.
  static let pieceCount = 1 << Int(pieceBits)

  private var full: [[Int64]] = []
  /// The piece in the making. The first one grows as it is needed: most plugs of a large house are quiet.
  private var open: [Int64] = []

  /// How many there are; what is left over at the end of a piece counts.
  var count: Int { full.count * RowNumbers.pieceCount + open.count }

  /// Makes room for a row.
  ///
  /// - Returns: where it begins.
  /// - Precondition: at most ``pieceCount`` numbers, and all rows together below 2³².
  mutating func beginRow(count: Int) -> UInt32 {
    precondition(count <= RowNumbers.pieceCount, "a row longer than a piece")
    if open.count + count > RowNumbers.pieceCount {
      full.append(open)
      open = []
      open.reserveCapacity(RowNumbers.pieceCount)
    }
    return UInt32(truncatingIfNeeded: self.count)
  }

  mutating func append(_ number: Int64) { open.append(number) }

  mutating func append(_ numbers: [Int64]) { open.append(contentsOf: numbers) }

  /// The number of a row's piece, and where in it the row begins.
  private static func locate(_ start: UInt32) -> (piece: Int, offset: Int) {
    (Int(start >> pieceBits), Int(start) & (pieceCount - 1))
  }

  private func piece(_ index: Int) -> [Int64] { index < full.count ? full[index] : open }

  /// A row, or its beginning.
  func row(at start: UInt32, count: Int) -> ArraySlice<Int64> {
    let (index, offset) = RowNumbers.locate(start)
    return piece(index)[offset..<offset + count]
  }

  subscript(start: UInt32, index: Int) -> Int64 {
    let (piece, offset) = RowNumbers.locate(start)
    // Not by a copy of the piece: this is asked for each number of rows that differ.
    return piece < full.count ? full[piece][offset + index] : open[offset + index]
  }

  /// Takes one number out of each of some rows that are equally long and follow each other.
  ///
  /// - Parameters:
  ///   - starts: where they begin.
  ///   - buffer: as many places.
  func gather(_ index: Int, ofRowsAt starts: ArraySlice<UInt32>, count: Int, into buffer: UnsafeMutablePointer<Int64>) {
    var (row, filled) = (starts.startIndex, 0)
    while row < starts.endIndex {
      let (number, offset) = RowNumbers.locate(starts[row])
      let rows = min(starts.endIndex - row, (RowNumbers.pieceCount - offset) / count)
      piece(number).withUnsafeBufferPointer { numbers in
        for place in 0..<rows { buffer[filled + place] = numbers[offset + index + place * count] }
      }
      row += rows
      filled += rows
    }
  }
}
