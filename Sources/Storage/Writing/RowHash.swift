import Readings

/// 64 bits that stand for a row's numbers, for finding duplicates.
///
/// The sum over fields does not depend on their order, and absent values add nothing, so a row hashes alike as it
/// arrives and as it is read back. The start is drawn at random in each process: a sender cannot aim at a collision,
/// and by chance two rows of one time are taken for one in 1 of 2^64 cases.
enum RowHash {
  private static let start = UInt64.random(in: .min ... .max)

  static func seed(_ field: Field) -> UInt64 {
    let word = UInt64(field.key.rawValue) << 32 | UInt64(field.channel) << 16 | UInt64(field.form.rawValue)
    return scramble(word ^ start)
  }

  static func mix(_ seed: UInt64, _ value: Int64) -> UInt64 { scramble(seed ^ UInt64(bitPattern: value)) }

  static func text(_ text: String) -> Int64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = scramble(hash ^ UInt64(byte)) }
    return Int64(bitPattern: hash)
  }

  static func of(_ reading: Reading) -> UInt64 {
    var hash: UInt64 = 0
    for (index, field) in reading.layout.fields.enumerated() {
      let value = reading.values[index]
      guard value != ReadingColumns.absent else { continue }
      hash &+= mix(seed(field), field.form == .verbatim ? text(reading.texts[Int(value)]) : value)
    }
    return hash
  }

  /// One hash per row.
  static func of(_ rows: ReadingColumns) -> [UInt64] {
    var hashes = [UInt64](repeating: 0, count: rows.rowCount)
    for column in rows.columns {
      let seed = seed(column.field)
      let texts = column.texts.map(text)
      for (row, value) in column.values.enumerated() where value != ReadingColumns.absent {
        hashes[row] &+= mix(seed, column.field.form == .verbatim ? texts[Int(value)] : value)
      }
    }
    return hashes
  }

  /// The finaliser of SplitMix64: every bit of the input moves every bit of the output.
  private static func scramble(_ word: UInt64) -> UInt64 {
    var word = word &+ 0x9E37_79B9_7F4A_7C15
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }
}

/// Hashes readings one after another, with the seeds of the last one's layout kept for the next.
struct ReadingHasher {
  private var layout: Layout?
  /// None for a layout with texts.
  private var seeds: [UInt64] = []

  mutating func hash(of reading: Reading) -> UInt64 {
    if layout !== reading.layout {
      layout = reading.layout
      seeds = reading.layout.fields.contains { $0.form == .verbatim } ? [] : reading.layout.fields.map(RowHash.seed)
    }
    guard seeds.count == reading.values.count else { return RowHash.of(reading) }
    var hash: UInt64 = 0
    for (seed, value) in zip(seeds, reading.values) where value != ReadingColumns.absent {
      hash &+= RowHash.mix(seed, value)
    }
    return hash
  }
}
