import Text

extension Report {
  /// For how long a device's power is known, and for how long its use; both in seconds.
  public struct PowerTime: Sendable, Equatable {
    public var known: Int64
    /// With readings, or silent while the counter went on.
    public var counted: Int64

    public init(known: Int64, counted: Int64) {
      self.known = known
      self.counted = counted
    }
  }

  /// Of the time in which use is counted, how much has a known power, in percent, rounded down.
  ///
  /// - Returns: nil where it is nine tenths or more: there what is always on may be held against all that was used.
  static func partWithPower(_ entries: [Entry]) -> Int64? {
    let times = entries.compactMap(\.powerTime)
    let counted = times.reduce(0) { $0 + $1.counted }
    let known = times.reduce(0) { $0 + min($1.known, $1.counted) }
    return known * 10 < counted * 9 ? known * 100 / counted : nil
  }
}

extension Report.Entry {
  /// What ``alwaysOnW`` comes to while power is known, to the milliwatt-hour; never more than was used. A plug that was heard
  /// for minutes has been on for minutes, as far as anybody knows; of a history without powers nobody knows.
  func alwaysOnKWh(in span: Report.Span) -> Figure {
    let watts = max(Int128(alwaysOnW?.rescaled(to: 3).mantissa ?? 0), 0)
    let always = Figure.ratio(watts * Int128(powerTime?.known ?? span.seconds), 3_600_000_000, places: 6)
    return kWh.isLess(than: always) ? kWh.rescaled(to: 6) : always
  }
}
