import Readings

/// What of a history is new beside what was imported before.
public struct HistoryMerge: Sendable {
  /// What is to be stored, in order of time.
  public private(set) var new: [ImportedCounter.Point] = []
  /// Points that are there.
  public private(set) var knownCount = 0
  /// The history does not go on from what is there, or says otherwise: it needs a series of its own, and all of it is new.
  public private(set) var isApart = false

  /// - Parameter stored: the points of a series that an import made, in order of time.
  public init(_ counter: ImportedCounter, stored: [ImportedCounter.Point]) {
    let known = Dictionary(stored.map { ($0.time, $0.total) }, uniquingKeysWith: { one, _ in one })
    // A sum is rounded once more where it begins elsewhere.
    let slack = Energy.unit(places: counter.places).milliwattHours.magnitude
    var offset: Int64 = 0
    var differs = false
    if !counter.isAbsolute, !stored.isEmpty {
      // Where both end: what was judged otherwise before does not move what follows.
      guard let common = counter.points.last(where: { known[$0.time] != nil }), let total = known[common.time] else {
        setApart(counter)
        return
      }
      offset = total - common.total
    }
    for point in counter.points {
      var point = point
      point.total += offset
      if let total = known[point.time] {
        knownCount += 1
        differs = differs || (total - point.total).magnitude > slack
      } else {
        new.append(point)
      }
    }
    // A sum that begins before what is there would have to begin below zero.
    if differs || !counter.isAbsolute && new.first.map({ $0.total < 0 }) ?? false { setApart(counter) }
  }

  private mutating func setApart(_ counter: ImportedCounter) {
    new = counter.points
    knownCount = 0
    isApart = true
  }
}
