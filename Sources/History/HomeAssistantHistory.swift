public import Readings

/// Home Assistant's long-term statistics of one entity as a counter.
///
/// `state` is what the entity showed at the end of the hour, `sum` what Home Assistant has counted until then
/// (homeassistant/components/sensor/recorder.py, `compile_statistics`): a fall by a tenth and more begins anew and the whole new
/// state counts as used; a smaller one counts below zero. After a power cut, which takes a plug's running day out of its
/// counter, both are false. So a step is taken where the two columns agree, and judged where they do not.
public enum HomeAssistantHistory {
  /// One row of the table `statistics`.
  public struct Row: Hashable, Sendable {
    /// The hour's beginning.
    public var start: Timestamp
    public var state: Double?
    public var sum: Double?
    public var mean: Double?

    public init(start: Timestamp, state: Double? = nil, sum: Double? = nil, mean: Double? = nil) {
      self.start = start
      self.state = state
      self.sum = sum
      self.mean = mean
    }
  }

  private static let hour: Int64 = 3_600_000

  /// - Parameters:
  ///   - rows: in any order; of several with one start the last counts.
  ///   - unit: of state and sum, or of the mean.
  public static func counter(_ rows: [Row], unit: EnergyUnit) -> ImportedCounter {
    let byStart = Dictionary(rows.map { ($0.start, $0) }, uniquingKeysWith: { $1 })
    let sorted = byStart.values.sorted { $0.start < $1.start }
    return unit.isPower ? integrated(sorted, unit) : counted(sorted, unit)
  }

  /// Hours of means.
  private static func integrated(_ rows: [Row], _ unit: EnergyUnit) -> ImportedCounter {
    var counter = ImportedCounter()
    var sum: Int128 = 0
    for row in rows {
      guard let mean = row.mean.flatMap(unit.milli) else { continue }
      func point(_ time: Timestamp) -> ImportedCounter.Point { .init(time: time, total: ImportedCounter.integral(sum)) }
      if counter.points.last?.time != row.start { counter.points.append(point(row.start)) }
      sum += Int128(mean) * Int128(hour)
      counter.points.append(point(row.start.advanced(byMilliseconds: hour)))
    }
    return counter
  }

  /// What both columns say at the end of an hour, in milliwatt-hours.
  private struct Stand {
    var end: Timestamp
    var state: Int64?
    var sum: Int64
  }

  private static func counted(_ rows: [Row], _ unit: EnergyUnit) -> ImportedCounter {
    let stands = rows.compactMap { row -> Stand? in
      guard let sum = row.sum.flatMap(unit.milli) else { return nil }
      return Stand(
        end: row.start.advanced(byMilliseconds: hour), state: row.state.flatMap(unit.milli), sum: sum)
    }
    var counter = ImportedCounter()
    guard let first = stands.first else { return counter }
    let limit = plausible(stands)
    var total: Int64 = 0
    counter.points.append(.init(time: first.end, total: total))
    for (before, stand) in zip(stands, stands.dropFirst()) {
      let (taken, kind) = judge(before, stand, limit: limit)
      if let kind {
        counter.doubts.append(
          .init(from: before.end, to: stand.end, kind: kind, counted: stand.sum - before.sum, taken: taken ?? 0))
      }
      // Without a figure the next hour goes on from the one before: nothing is counted over this one.
      guard let taken else { continue }
      total += taken
      counter.points.append(.init(time: stand.end, total: total))
    }
    return counter
  }

  /// Floating-point sums are not exact: what is nearer than this is equal.
  private static let tolerance: Int64 = 100

  private static func agree(_ before: Stand, _ stand: Stand) -> Bool {
    guard let (old, new) = states(before, stand) else { return true }
    return ((stand.sum - before.sum) - (new - old)).magnitude <= UInt64(tolerance)
  }

  private static func states(_ before: Stand, _ stand: Stand) -> (Int64, Int64)? {
    guard let old = before.state, let new = stand.state else { return nil }
    return (old, new)
  }

  /// Twice the most that was used in an hour where both columns agree, and no less than 0.1 kWh.
  private static func plausible(_ stands: [Stand]) -> Int64 {
    let sound = zip(stands, stands.dropFirst()).compactMap { before, stand -> Int64? in
      let hours = max((stand.end.milliseconds - before.end.milliseconds) / hour, 1)
      let step = stand.sum - before.sum
      return step >= 0 && agree(before, stand) && states(before, stand) != nil ? step / hours : nil
    }
    return max(2 * (sound.max() ?? 0), 100_000)
  }

  /// What was used between two stands, nil where nobody knows; and why that is not what the sum says.
  private static func judge(
    _ before: Stand, _ stand: Stand, limit: Int64
  ) -> (taken: Int64?, kind: ImportedCounter.Doubt.Kind?) {
    let step = stand.sum - before.sum
    if agree(before, stand) { return step >= 0 ? (step, nil) : (nil, .fall) }
    guard let (old, new) = states(before, stand) else { return (step, nil) }
    let hours = max((stand.end.milliseconds - before.end.milliseconds) / hour, 1)
    let isPlausible = step >= 0 && step <= limit * hours
    if new < old {
      if step < 0 { return (nil, .fall) }
      return isPlausible ? (step, .reset) : (nil, .spike)
    }
    let risen = new - old
    if step > risen, !isPlausible { return (risen, .spike) }
    // The counter rose evenly and the sum did not follow: somebody put the sum right (or wrong).
    return risen <= limit * hours ? (risen, .adjustment) : (max(step, 0), .adjustment)
  }
}
