/// Codes bytes that repeat themselves, as the texts of events do: each is what followed the same bytes last time, or
/// it is spelled (SF-8).
///
/// A guess comes from the last four bytes, else from the last two; how often it was right in a row is the context of
/// the decision whether it is right again.
struct TextCoder {
  private static let guessCount = 4096
  private static let none = UInt16.max

  /// What followed, and how often in a row, by hash of the last four bytes, then of the last two: byte · 16 + times.
  private var guesses = [UInt16](repeating: none, count: 2 * guessCount)
  /// 32 contexts of guesses, then 8 × 256 of a byte's bits by the upper three of the byte before.
  private var chances = [UInt32](repeating: AdaptiveProbability.even, count: 32 + 8 * 256)
  private var history: UInt32 = 0

  static func encode(_ text: [UInt8]) -> [UInt8] {
    var coder = RangeEncoder()
    var model = TextCoder()
    for byte in text { _ = model.code(byte, &coder) }
    return coder.finish()
  }

  /// Never fails: any bytes are some text of that length.
  static func decode(_ bytes: ArraySlice<UInt8>, count: Int) -> [UInt8] {
    bytes.withUnsafeBufferPointer { bytes in
      var coder = RangeDecoder(bytes)
      var model = TextCoder()
      var text: [UInt8] = []
      text.reserveCapacity(count)
      for _ in 0..<count { text.append(model.code(0, &coder)) }
      return text
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
    let isRight =
      guess != TextCoder.none
      && chances.withUnsafeMutableBufferPointer { chances in
        chances.baseAddress.map { coder.decide(byte == known, $0 + context) } ?? false
      }
    if !isRight { byte = spell(known, &coder) }
    learn(four, byte)
    learn(two, byte)
    history = history << 8 | UInt32(byte)
    return byte
  }

  /// Eight decisions from the top bit down; true is 0.
  private mutating func spell<Coder: BlockCoder>(_ byte: UInt8, _ coder: inout Coder) -> UInt8 {
    let base = 32 + Int(history >> 5 & 7) * 256
    var found = 1
    chances.withUnsafeMutableBufferPointer { chances in
      guard let start = chances.baseAddress else { return }
      for bit in (0..<8).reversed() {
        let isZero = coder.decide(byte >> UInt8(bit) & 1 == 0, start + base + found)
        found = found << 1 | (isZero ? 0 : 1)
      }
    }
    return UInt8(truncatingIfNeeded: found)
  }

  private mutating func learn(_ index: Int, _ byte: UInt8) {
    let guess = guesses[index]
    if guess != TextCoder.none, guess >> 4 == UInt16(byte) {
      guesses[index] = min(guess & 15 + 1, 15) | UInt16(byte) << 4
    } else {
      guesses[index] = UInt16(byte) << 4
    }
  }
}
