/// Rows of numbers, one behind the other, in pieces of one size: an array that doubles when it is full holds up to twice
/// what is in it, and three times while it grows.
///
/// A piece whose numbers all fit into 32 bits, as nearly all that plugs send do, takes half as much memory.
struct RowNumbers {
  private static let pieceBits: UInt32 = 14
  /// The numbers of a piece, 64 or 128 KiB. A row lies within one.
  static let pieceCount = 1 << Int(pieceBits)

  private enum Piece {
    case narrow([Int32])
    case wide([Int64])

    subscript(index: Int) -> Int64 {
      switch self {
      case .narrow(let numbers): Int64(numbers[index])
      case .wide(let numbers): numbers[index]
      }
    }
  }

  private var full: [Piece] = []
  private var wideCount = 0
  /// The piece in the making, in one of two forms. The first one grows as it is needed: most plugs of a large house are
  /// quiet.
  private var narrow: [Int32] = []
  private var wide: [Int64] = []
  private var isWide = false

  private var openCount: Int { isWide ? wide.count : narrow.count }

  /// How many there are; what is left over at the end of a piece counts.
  var count: Int { full.count * RowNumbers.pieceCount + openCount }

  /// What they take.
  var byteCount: Int {
    (full.count + wideCount) * RowNumbers.pieceCount * 4 + narrow.count * 4 + wide.count * 8
  }

  /// Makes room for a row.
  ///
  /// - Returns: where it begins.
  /// - Precondition: at most ``pieceCount`` numbers, and all rows together below 2³².
  mutating func beginRow(count: Int) -> UInt32 {
    precondition(count <= RowNumbers.pieceCount, "a row longer than a piece")
    if openCount + count > RowNumbers.pieceCount { beginPiece() }
    return UInt32(truncatingIfNeeded: self.count)
  }

  private mutating func beginPiece() {
    full.append(isWide ? .wide(wide) : .narrow(narrow))
    if isWide { wideCount += 1 }
    (narrow, wide, isWide) = ([], [], false)
    narrow.reserveCapacity(RowNumbers.pieceCount)
  }

  mutating func append(_ number: Int64) {
    if !isWide {
      if let small = Int32(exactly: number) { return narrow.append(small) }
      widen()
    }
    wide.append(number)
  }

  mutating func append(_ numbers: [Int64]) {
    if !isWide, !RowNumbers.areNarrow(numbers) { widen() }
    guard isWide else {
      for number in numbers { narrow.append(Int32(truncatingIfNeeded: number)) }
      return
    }
    wide.append(contentsOf: numbers)
  }

  private static func areNarrow(_ numbers: [Int64]) -> Bool {
    var beyond: Int64 = 0
    for number in numbers { beyond |= number ^ Int64(Int32(truncatingIfNeeded: number)) }
    return beyond == 0
  }

  private mutating func widen() {
    if !full.isEmpty { wide.reserveCapacity(RowNumbers.pieceCount) }
    wide.append(contentsOf: narrow.lazy.map(Int64.init))
    narrow = []
    isWide = true
  }

  /// The number of a row's piece, and where in it the row begins.
  private static func locate(_ start: UInt32) -> (piece: Int, offset: Int) {
    (Int(start >> pieceBits), Int(start) & (pieceCount - 1))
  }

  private func piece(_ index: Int) -> Piece {
    if index < full.count { return full[index] }
    return isWide ? .wide(wide) : .narrow(narrow)
  }

  /// A row, or its beginning.
  func row(at start: UInt32, count: Int) -> ArraySlice<Int64> {
    let (index, offset) = RowNumbers.locate(start)
    switch piece(index) {
    case .narrow(let numbers): return numbers[offset..<offset + count].map(Int64.init)[...]
    case .wide(let numbers): return numbers[offset..<offset + count]
    }
  }

  subscript(start: UInt32, index: Int) -> Int64 {
    let (piece, offset) = RowNumbers.locate(start)
    // Not by a copy of the piece: this is asked for each number of rows that differ.
    if piece < full.count { return full[piece][offset + index] }
    return isWide ? wide[offset + index] : Int64(narrow[offset + index])
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
      switch piece(number) {
      case .narrow(let numbers):
        numbers.withUnsafeBufferPointer { numbers in
          for row in 0..<rows { buffer[filled + row] = Int64(numbers[offset + index + row * count]) }
        }
      case .wide(let numbers):
        numbers.withUnsafeBufferPointer { numbers in
          for row in 0..<rows { buffer[filled + row] = numbers[offset + index + row * count] }
        }
      }
      row += rows
      filled += rows
    }
  }
}
