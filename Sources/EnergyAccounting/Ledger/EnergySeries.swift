import Readings

/// Cumulative energy read off at cut points.
///
/// Energy between two instants is spread evenly; what of it lies before a cut point is cut to the counter's own unit. A
/// slot or bucket is the difference of two such values, so they add up exactly whichever way the time is divided, and
/// are the same wherever the readings begin.
struct EnergySeries {
  /// Only at the edges anybody asks what was inferred or divided.
  private let cuts: CutPoints
  /// The unit of the counter as it is printed now, in mWh.
  var unit: Int64 = 1000
  private(set) var total: Int64 = 0
  private var inferred: Int64 = 0
  private var export: Int64 = 0
  /// Energy that no counter tells, in any number of mWh: units of it count.
  private var loose: Int64 = 0
  private var looseExport: Int64 = 0
  /// Values at the cut points; those that energy has not passed are 0.
  private var totals: [Int64]
  /// The first cut point that energy has not passed.
  private var next = 0
  /// Values at the cut points passed so far, without those before the first export, at which it is 0.
  private var exports: [Int64] = []
  private var cutsBeforeExport = 0
  /// Values at the edges passed so far.
  private var inferreds: [Int64] = []
  private var divided: [Bool]

  init(cuts: CutPoints) {
    self.cuts = cuts
    totals = [Int64](repeating: 0, count: cuts.all.count)
    divided = [Bool](repeating: false, count: cuts.edges.count)
    inferreds.reserveCapacity(cuts.edges.count)
  }

  /// The first cut point that export has not passed.
  private var nextExport: Int { cutsBeforeExport + exports.count }

  /// The next cut point that energy has not passed, or the end of time.
  var nextCut: Int64 { next < cuts.all.count ? cuts.all[next].milliseconds : .max }

  /// Energy that passes no cut point.
  mutating func add(_ energy: Int64) { total &+= energy }

  /// Spreads energy over `start ..< end`, which does not begin before anything that was booked ended.
  mutating func book(from start: Int64, to end: Int64, energy: Int64, isInferred: Bool) {
    while nextCut <= end {
      let cut = nextCut
      let part = EnergySeries.part(of: energy, start, cut, end)
      let isDivided = isInferred && energy > 0 && cut > start && cut < end
      totals[next] = total &+ whole(loose &+ part)
      next += 1
      let edge = inferreds.count
      passEdges(inferred: isInferred ? inferred &+ whole(part) : inferred)
      if isDivided, inferreds.count > edge { divided[edge] = true }
    }
    total &+= energy
    if isInferred { inferred &+= energy }
  }

  /// Reads off what was inferred at edges that energy has passed.
  private mutating func passEdges(inferred: Int64) {
    while inferreds.count < cuts.edgePlaces.count, cuts.edgePlaces[inferreds.count] < next {
      inferreds.append(inferred)
    }
  }

  /// Spreads energy that no counter tells.
  mutating func bookLoose(from start: Int64, to end: Int64, energy: Int64) {
    book(from: start, to: end, energy: energy, isInferred: false)
    total &-= energy
    loose &+= energy
  }

  mutating func bookLooseExport(from start: Int64, to end: Int64, energy: Int64) {
    bookExport(from: start, to: end, energy: energy)
    export &-= energy
    looseExport &+= energy
  }

  /// How far use was booked.
  struct Mark {
    fileprivate var total: Int64
    fileprivate var inferred: Int64
    fileprivate var loose: Int64
    fileprivate var next: Int
    fileprivate var inferredCount: Int
    fileprivate var export: Int64
    fileprivate var looseExport: Int64
    fileprivate var exportCount: Int
    fileprivate var cutsBeforeExport: Int
  }

  var mark: Mark {
    Mark(
      total: total, inferred: inferred, loose: loose, next: next, inferredCount: inferreds.count, export: export,
      looseExport: looseExport, exportCount: exports.count, cutsBeforeExport: cutsBeforeExport)
  }

  /// Takes back what was booked behind a mark.
  ///
  /// - Parameter exports: what was given back, too: false where a register of its own tells it.
  mutating func takeBack(to mark: Mark, exports takesExports: Bool) {
    (total, inferred, loose, next) = (mark.total, mark.inferred, mark.loose, mark.next)
    inferreds.removeSubrange(mark.inferredCount...)
    for edge in mark.inferredCount..<divided.count { divided[edge] = false }
    guard takesExports else { return }
    (export, looseExport, cutsBeforeExport) = (mark.export, mark.looseExport, mark.cutsBeforeExport)
    exports.removeSubrange(mark.exportCount...)
  }

  /// Rounds what no counter told so far to whole units: at instants that do not depend on where the readings begin.
  mutating func settleLoose() {
    total &+= whole(loose &+ unit / 2)
    export &+= whole(looseExport &+ unit / 2)
    loose = 0
    looseExport = 0
  }

  /// Says of the cut points between two instants that energy was divided at them by what is only likely.
  mutating func divide(between start: Int64, and end: Int64) {
    for (index, edge) in cuts.edges.enumerated() where edge.milliseconds > start && edge.milliseconds < end {
      divided[index] = true
    }
  }

  mutating func bookExport(from start: Int64, to end: Int64, energy: Int64) {
    // Cut points before the first export are passed with it.
    if energy == 0, export == 0, looseExport == 0, exports.isEmpty { return }
    passExports(from: start, to: end, energy: energy)
    export &+= energy
  }

  private mutating func passExports(from start: Int64, to end: Int64, energy: Int64) {
    while nextExport < cuts.all.count, cuts.all[nextExport].milliseconds <= end {
      let part = EnergySeries.part(of: energy, start, cuts.all[nextExport].milliseconds, end)
      let value = export &+ whole(looseExport &+ part)
      if exports.isEmpty, value == 0 { cutsBeforeExport += 1 } else { exports.append(value) }
    }
  }

  /// Energy of a run behind its first row by half hours; what was given back likewise, or no number.
  ///
  /// - Precondition: it ``takesRuns(ofUnit:)`` of the energies' unit, and no cut point within the run parts a unit of time.
  mutating func add(_ run: RollupRun, halves: ArraySlice<Int64>, exports: ArraySlice<Int64>) {
    halves.withUnsafeBufferPointer { energies in
      add(run, count: energies.count, length: RollupSeries.halfHour) { energies[$0] }
    }
    exports.withUnsafeBufferPointer { energies in
      addExports(of: run, count: energies.count, length: RollupSeries.halfHour) { energies[$0] }
    }
    passExports(ofRunTo: run.last.time.milliseconds, length: RollupSeries.halfHour)
  }

  /// The same by cells.
  ///
  /// - Parameter length: of a cell.
  mutating func add(_ run: RollupRun, cells: ArraySlice<RollupCell>, tellsExport: Bool, length: Int64) {
    cells.withUnsafeBufferPointer { cells in
      add(run, count: cells.count, length: length) { cells[$0].energy }
      if tellsExport { addExports(of: run, count: cells.count, length: length) { cells[$0].export } }
    }
    passExports(ofRunTo: run.last.time.milliseconds, length: length)
  }

  /// Where what went back did not change, its cut points are passed together.
  private mutating func passExports(ofRunTo end: Int64, length: Int64) {
    let start = end.flooringQuotient(length) * length
    bookExport(from: start, to: start, energy: 0)
  }

  @inline(__always)
  private mutating func add(_ run: RollupRun, count: Int, length: Int64, energy: (Int) -> Int64) {
    var start = run.first.time.milliseconds
    var end = start.nextMultiple(of: length)
    var (place, sum) = (next, total)
    cuts.all.withUnsafeBufferPointer { cuts in
      totals.withUnsafeMutableBufferPointer { totals in
        for index in 0..<count {
          while place < cuts.count, cuts[place].milliseconds <= start {
            totals[place] = sum
            place += 1
          }
          sum &+= energy(index)
          start = end
          end &+= length
        }
      }
    }
    (next, total) = (place, sum)
    passEdges(inferred: inferred)
  }

  @inline(__always)
  private mutating func addExports(of run: RollupRun, count: Int, length: Int64, energy: (Int) -> Int64) {
    var start = run.first.time.milliseconds
    for index in 0..<count {
      let given = energy(index)
      if given != 0 {
        passExports(from: start, to: start, energy: 0)
        export &+= given
      }
      start = start.nextMultiple(of: length)
    }
  }

  /// Is every cut point behind one instant that energy has passed, up to another, a multiple of `unit`?
  func cutsLie(on unit: Int64, after start: Int64, upTo end: Int64) -> Bool {
    cuts.lie(on: unit, from: next, after: start, upTo: end)
  }

  /// Can a run be added whose counter has this unit?
  func takesRuns(ofUnit other: Int64) -> Bool { other == unit && loose == 0 && looseExport == 0 }

  private static func part(of energy: Int64, _ start: Int64, _ cut: Int64, _ end: Int64) -> Int64 {
    guard cut > start, end > start else { return 0 }
    return Int64(clamping: Int128(energy) * Int128(cut - start) / Int128(end - start))
  }

  /// Use and export between neighbouring cut points.
  func slots() -> SlotEnergies {
    let hasExport = !exports.isEmpty || export(at: cuts.all.count) != 0
    var totals = totals
    for cut in next..<totals.count { totals[cut] = total(at: cut) }
    return SlotEnergies(
      uses: EnergySeries.differences(totals),
      exports: hasExport ? EnergySeries.differences(cuts.all.indices.map(export(at:))) : [])
  }

  /// Of neighbouring cut points' values.
  private static func differences(_ values: [Int64]) -> [Energy] {
    guard values.count > 1 else { return [] }
    return [Energy](unsafeUninitializedCapacity: values.count - 1) { slots, count in
      values.withUnsafeBufferPointer { values in
        for index in 1..<values.count {
          slots.initializeElement(at: index - 1, to: Energy(milliwattHours: values[index] &- values[index - 1]))
        }
      }
      count = values.count - 1
    }
  }

  /// Fills energies of the buckets between the edges.
  func fill(_ buckets: inout [Bucket]) {
    func values(at edge: Int) -> (total: Int64, inferred: Int64, export: Int64) {
      let cut = cuts.edgePlaces[edge]
      return (total(at: cut), edge < inferreds.count ? inferreds[edge] : inferred, export(at: cut))
    }
    guard !cuts.edges.isEmpty else { return }
    var before = values(at: 0)
    for index in buckets.indices {
      let after = values(at: index + 1)
      let energy = after.total - before.total
      let inferredPart = min(max(after.inferred - before.inferred, 0), energy)
      buckets[index].measured = Energy(milliwattHours: energy - inferredPart)
      buckets[index].inferred = Energy(milliwattHours: inferredPart)
      buckets[index].export = Energy(milliwattHours: after.export - before.export)
      buckets[index].dividedAtStart = divided[index]
      buckets[index].dividedAtEnd = divided[index + 1]
      before = after
    }
  }

  /// Values at a cut point; behind the last one that was passed, everything.
  private func total(at cut: Int) -> Int64 { cut < next ? totals[cut] : total &+ whole(loose) }

  private func export(at cut: Int) -> Int64 {
    if cut < cutsBeforeExport { return 0 }
    return cut < nextExport ? exports[cut - cutsBeforeExport] : export &+ whole(looseExport)
  }

  private func whole(_ energy: Int64) -> Int64 { energy == 0 ? 0 : energy.flooringQuotient(unit) &* unit }
}
