/// Codes bytes that repeat themselves, as the texts of events do: each is what followed the same bytes last time, or
/// it is spelled (SF-8).
///
/// A guess comes from the last four bytes, else from the last two; how often it was right in a row is the context of
/// the decision whether it is right again.
struct TextCoder {
  private static let guessCount = 4096
  private static let none = UInt16.max

  /// 32 contexts of guesses, then 8 × 256 of a byte's bits by the upper three of the byte before.
  private static let chanceCount = 32 + 8 * 256

  /// What followed, and how often in a row, by hash of the last four bytes, then of the last two: byte · 16 + times.
  private let guesses: UnsafeMutablePointer<UInt16>
  private let chances: UnsafeMutablePointer<UInt32>
  private var history: UInt32 = 0

  /// Calls `body` with a model that has seen nothing; its memory goes when `body` returns.
  private static func withModel<Result>(_ body: (inout TextCoder) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 2 * guessCount) { guesses in
      AdaptiveProbability.withTable(chanceCount) { chances in
        guesses.initialize(repeating: none)
        guard let guesses = guesses.baseAddress else { preconditionFailure("memory without an address") }
        var model = TextCoder(guesses: guesses, chances: chances)
        return body(&model)
      }
    }
  }

  private init(guesses: UnsafeMutablePointer<UInt16>, chances: UnsafeMutablePointer<UInt32>) {
    self.guesses = guesses
    self.chances = chances
  }

  static func encode(_ text: [UInt8]) -> [UInt8] {
    withModel { model in
      var coder = RangeEncoder()
      for byte in text { _ = model.code(byte, &coder) }
      return coder.finish()
    }
  }

  /// Never fails: any bytes are some text of that length.
  static func decode(_ bytes: ArraySlice<UInt8>, count: Int) -> [UInt8] {
    bytes.withUnsafeBufferPointer { bytes in
      withModel { model in
        var coder = RangeDecoder(bytes)
        return [UInt8](unsafeUninitializedCapacity: count) { text, filled in
          for index in 0..<count { text.initializeElement(at: index, to: model.code(0, &coder)) }
          filled = count
        }
      }
    }
  }

  private mutating func code<Coder: BlockCoder>(_ byte: UInt8, _ coder: inout Coder) -> UInt8 {
    let four = Int((history &* 0x9E37_79B1) >> 20)
    let two = TextCoder.guessCount + Int(((history & 0xFFFF) &* 0x9E37_79B1) >> 20)
    let isFour = guesses[four] != TextCoder.none
    let guess = guesses[isFour ? four : two]
    let known = byte
    var byte = UInt8(truncatingIfNeeded: guess >> 4)
    let context = (isFour ? 0 : 16) + Int(guess & 15)
    let isRight = guess != TextCoder.none && coder.decide(byte == known, chances + context)
    if !isRight { byte = spell(known, &coder) }
    learn(four, byte)
    learn(two, byte)
    history = history << 8 | UInt32(byte)
    return byte
  }

  /// Eight decisions from the top bit down; true is 0.
  private func spell<Coder: BlockCoder>(_ byte: UInt8, _ coder: inout Coder) -> UInt8 {
    let base = 32 + Int(history >> 5 & 7) * 256
    var found = 1
    for bit in (0..<8).reversed() {
      let isZero = coder.decide(byte >> UInt8(bit) & 1 == 0, chances + base + found)
      found = found << 1 | (isZero ? 0 : 1)
    }
    return UInt8(truncatingIfNeeded: found)
  }

  private func learn(_ index: Int, _ byte: UInt8) {
    let guess = guesses[index]
    if guess != TextCoder.none, guess >> 4 == UInt16(byte) {
      guesses[index] = min(guess & 15 + 1, 15) | UInt16(byte) << 4
    } else {
      guesses[index] = UInt16(byte) << 4
    }
  }
}
