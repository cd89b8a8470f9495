public import Readings

/// The readings of one device as bytes: Schema/columns.md describes them.
public enum Block {
  /// Most rows that one block holds.
  public static let maximumRowCount = 65_536
  public static let maximumColumnCount = 1024
  /// Most values, absent ones included: what bounds a reader's memory, since rows as predicted take no bytes.
  public static let maximumCellCount = 1 << 22

  /// Most rows that a block of so many columns holds.
  public static func rowLimit(columnCount: Int) -> Int {
    min(maximumRowCount, maximumCellCount / max(1, columnCount))
  }

  /// Most values that a writer puts into one: 8 MB of them, so that whoever reads a few plugs side by side needs little.
  private static let writtenCellCount = 1 << 20

  /// Rows of so many columns that a writer puts into one block.
  public static func writtenRowLimit(columnCount: Int) -> Int {
    min(maximumRowCount, writtenCellCount / max(1, columnCount))
  }

  /// Encodes 1 to ``rowLimit(columnCount:)`` rows; no column takes more bytes than its plain form would (SF-C3).
  ///
  /// - Parameter timeUnit: milliseconds per unit of the store's time resolution (1 to 1000); every time in `rows` is
  ///   a multiple of it.
  public static func encode(_ rows: ReadingColumns, timeUnit: Int64) -> [UInt8] {
    var sizes = BlockSizes()
    return encode(rows, timeUnit: timeUnit, sizes: &sizes)
  }

  /// The same, and how many bytes each part took.
  public static func encode(_ rows: ReadingColumns, timeUnit: Int64, sizes: inout BlockSizes) -> [UInt8] {
    precondition(
      rows.rowCount > 0 && rows.columns.count <= maximumColumnCount
        && rows.rowCount <= rowLimit(columnCount: rows.columns.count), "a block of too many or no rows")
    precondition(timeUnit > 0 && timeUnit <= 1000, "a time unit that no store has")
    let fields = rows.columns.map(\.field)
    let hasAbsent = rows.columns.map { $0.values.contains(ReadingColumns.absent) }
    let space = BlockWorkspace(rowCount: rows.rowCount, fields: fields, hasAbsent: hasAbsent, timeUnit: timeUnit)
    defer { withExtendedLifetime(space) {} }
    space.rows.load(rows)
    var pieces: [BlockPiece] = Array(repeating: BlockPiece(), count: fields.count + 1)
    for step in space.plan.steps {
      let piece = encode(step, in: space)
      switch step.source {
      case .times: pieces[0] = piece
      case .column(let index):
        pieces[index + 1] = piece
        if index == space.plan.clock { space.findDayStarts() }
      }
    }
    return BlockDirectory.write(rows, timeUnit: timeUnit, pieces: pieces, sizes: &sizes)
  }

  private static func encode(_ step: BlockPlan.Step, in space: BlockWorkspace) -> BlockPiece {
    let rowCount = space.rows.rowCount
    var piece = BlockPiece()
    let present = space.rows.presence(step.source)
    if case .column(let index) = step.source, present != nil {
      var pass = EncodingPass(coder: RangeEncoder(), rowCount: rowCount)
      space.withPresence(index, &pass)
      piece.presence = pass.coder.finish()
    }
    let values = space.rows.values(step.source)
    if case .generic = step.model { piece.method = PlainColumn.bestMethod(values, present, rowCount) }
    var pass = EncodingPass(coder: RangeEncoder(), rowCount: rowCount)
    space.withModel(step, method: piece.method, &pass)
    piece.bytes = pass.coder.finish()
    let plain = PlainColumn(values, present, rowCount)
    if plain.byteCount < piece.bytes.count {
      piece.method = .plain
      space.forget(step)
      piece.bytes = plain.encoded(values, present, rowCount)
    }
    return piece
  }

  /// Decodes exactly one block; anything wrong with it, whatever it is, throws (SF-C2).
  public static func decode(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> ReadingColumns {
    try decode(bytes, keys: nil)
  }

  /// Decodes the receive times and the columns of the given keys, and works out no other column than those need.
  public static func decode(_ bytes: ArraySlice<UInt8>, keys: Set<FieldKey>?) throws(FormatError) -> ReadingColumns {
    let directory = try BlockDirectory(bytes)
    let fields = directory.entries.map(\.field)
    let space = BlockWorkspace(
      rowCount: directory.rowCount, fields: fields, hasAbsent: directory.entries.map(\.hasAbsent),
      timeUnit: directory.timeUnit)
    defer { withExtendedLifetime(space) {} }
    let wanted = fields.map { keys?.contains($0.key) ?? true }
    let needed = space.plan.needed(wanted: wanted)
    for step in space.plan.steps {
      var entry = directory.times
      if case .column(let index) = step.source {
        entry = directory.entries[index]
        // A column's absent rows help to tell the next one's, wanted or not.
        if entry.hasAbsent {
          entry.presence.withUnsafeBufferPointer { bytes in
            var pass = DecodingPass(coder: RangeDecoder(bytes), rowCount: directory.rowCount)
            space.withPresence(index, &pass)
          }
        }
        guard needed[index] else { continue }
      }
      if entry.method == .plain {
        try PlainColumn.decode(entry.bytes, into: space.rows, step.source)
      } else {
        entry.bytes.withUnsafeBufferPointer { bytes in
          var pass = DecodingPass(coder: RangeDecoder(bytes), rowCount: directory.rowCount)
          space.withModel(step, method: entry.method, &pass)
        }
      }
      if case .column(let index) = step.source, index == space.plan.clock { space.findDayStarts() }
    }
    return try space.rows.collect(directory.entries, wanted: wanted)
  }
}

/// How many bytes each part of a block took.
public struct BlockSizes: Sendable {
  /// Everything but the streams: counts, names, lengths.
  public var directory = 0
  public var times = 0
  /// By column of the block.
  public var columns: [Int] = []
  public init() {}
}

/// One column's streams while a block is put together.
struct BlockPiece {
  var method = ColumnMethod.model
  var presence: [UInt8] = []
  var bytes: [UInt8] = []
}
