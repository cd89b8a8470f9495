extension [Timestamp] {
  /// The instants in order, each once. Those that are so already, a year of half hours, are not sorted again.
  public func inOrder() -> [Timestamp] {
    if zip(self, dropFirst()).allSatisfy({ $0 < $1 }) { return self }
    return sorted().merged(with: [])
  }

  /// Two lists in order as one, each instant once.
  public func merged(with others: [Timestamp]) -> [Timestamp] {
    var result: [Timestamp] = []
    result.reserveCapacity(count + others.count)
    var (place, other) = (0, 0)
    var last: Timestamp?
    while place < count || other < others.count {
      var next: Timestamp
      if other == others.count || (place < count && self[place] <= others[other]) {
        next = self[place]
        place += 1
      } else {
        next = others[other]
        other += 1
      }
      if next != last { result.append(next) }
      last = next
    }
    return result
  }
}
