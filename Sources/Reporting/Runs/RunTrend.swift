public import Text

/// How the runs of a period compare with those of the time before.
public struct RunTrend: Sendable, Equatable {
  public var span: Report.Span
  /// Mean of the whole runs of that time.
  public var kWh: Figure?
  public var kWhChangePercent: Figure?
  /// For appliances that work by themselves.
  public var dutyPercent: Figure?
  public var dutyChangePercent: Figure?

  /// So many whole runs on either side, or the mean says nothing.
  private static let fewest = 3

  /// nil where that time has too little to compare with.
  ///
  /// - Parameter known: for how long power was known in that time, in milliseconds; half of it at least for a duty cycle.
  init?(
    _ averages: RunAverages?, _ duty: DutyCycle?, before runs: [Run], _ span: Report.Span, known: Int64,
    currencyDigits: Int
  ) {
    self.span = span
    if let averages, let earlier = RunAverages(runs, currencyDigits: currencyDigits),
      averages.count >= RunTrend.fewest, earlier.count >= RunTrend.fewest
    {
      kWh = earlier.kWh
      kWhChangePercent = averages.kWh.changePercent(from: earlier.kWh)
    }
    if let duty, known >= span.seconds * 500, let earlier = DutyCycle(runs, known: known) {
      dutyPercent = earlier.percent
      dutyChangePercent = duty.percent.changePercent(from: earlier.percent)
    }
    if kWh == nil, dutyPercent == nil { return nil }
  }
}
