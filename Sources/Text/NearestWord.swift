/// The word of a list that a person most likely meant.
public enum NearestWord {
  /// The nearest of `candidates` to `word`, or nil when none is near enough to be worth a suggestion.
  ///
  /// Near is at most one edit in three letters (insertion, deletion, replacement, two letters swapped; case does not
  /// count), or a word that begins with the other. Among equally near ones the first wins.
  public static func nearest(to word: String, in candidates: some Sequence<String>) -> String? {
    let wanted = Array(word.lowercased().utf8)
    guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
    var best: (distance: Int, word: String)?
    for candidate in candidates {
      let other = Array(candidate.lowercased().utf8)
      guard other.count <= 64 else { continue }
      var distance = editDistance(wanted, other)
      let allowed = max(1, max(wanted.count, other.count) / 3)
      if wanted.count >= 2, other.starts(with: wanted) || (other.count >= 3 && wanted.starts(with: other)) {
        distance = min(distance, allowed)
      }
      guard distance <= allowed, distance < max(wanted.count, other.count) else { continue }
      if best.map({ distance < $0.distance }) ?? true { best = (distance, candidate) }
    }
    return best?.word
  }

  /// Optimal string alignment distance.
  public static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for (row, byte) in a.enumerated() {
      var current = [row + 1]
      for (column, other) in b.enumerated() {
        var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (byte == other ? 0 : 1))
        if row > 0, column > 0, byte == b[column - 1], a[row - 1] == other {
          cost = min(cost, beforeLast[column - 1] + 1)
        }
        current.append(cost)
      }
      (beforeLast, last) = (last, current)
    }
    return last[b.count]
  }
}
