/// The probabilities with which every block starts.
enum StartingProbabilities {
  static func fill(_ table: Probabilities, _ kind: ModelKind) {
    table.update(repeating: AdaptiveProbability.even, count: kind.size)
  }
}
