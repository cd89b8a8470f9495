/// The probabilities with which every block starts, so that short blocks do not pay for learning what all plugs do
/// (SF-C14).
enum StartingProbabilities {
  /// Puts a model's probabilities at their start.
  @inline(__always)
  static func fill(_ table: Probabilities, _ kind: ModelKind) {
    states[kind.rawValue].withUnsafeBufferPointer { start in
      if let base = start.baseAddress { table.update(from: base, count: start.count) }
    }
  }

  private static let states: [[UInt32]] = ModelKind.allCases.map(expand)

  /// Reads one line of ``startingLevels``: a digit is the level of one context, `digit.count.` of a run of contexts.
  private static func expand(_ kind: ModelKind) -> [UInt32] {
    var result: [UInt32] = []
    let text = Array(startingLevels[kind.rawValue].utf8)
    var at = 0
    while at < text.count {
      let state = self.state(level: digits.firstIndex(of: text[at]) ?? 32)
      at += 1
      var count = 1
      if at < text.count && text[at] == UInt8(ascii: ".") {
        count = 0
        at += 1
        while at < text.count && text[at] != UInt8(ascii: ".") {
          count = count * 10 + Int(text[at] &- 48)
          at += 1
        }
        at += 1
      }
      result.append(contentsOf: repeatElement(state, count: count))
    }
    // A table for other contexts than the model's is our own mistake.
    let count = kind.declaration.contextCount
    precondition(result.count == count, "starting probabilities of \(kind): \(result.count) for \(count)")
    return result
  }

  private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-".utf8)

  /// Both estimates of a probability at one of 64 levels.
  private static func state(level: Int) -> UInt32 {
    let chance = UInt32(chances[level])
    return chance | chance << 16
  }

  /// 65,536 / (1 + e^(−x)) for x from −7.5 to 7.5 in 63 equal steps, not beyond 64 and 65,472.
  private static let chances: [UInt16] = [
    64, 64, 64, 74, 94, 119, 151, 191, 243, 308, 390, 494, 625, 791, 1001, 1264, 1596, 2012, 2532, 3179, 3982, 4971,
    6182, 7650, 9411, 11_497, 13_931, 16_720, 19_854, 23_294, 26_978, 30_820, 34_716, 38_558, 42_242, 45_682, 48_816,
    51_605, 54_039, 56_125, 57_886, 59_354, 60_565, 61_554, 62_357, 63_004, 63_524, 63_940, 64_272, 64_535, 64_745,
    64_911, 65_042, 65_146, 65_228, 65_293, 65_345, 65_385, 65_417, 65_442, 65_462, 65_472, 65_472, 65_472,
  ]
}
