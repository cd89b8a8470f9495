import Readings

/// The plug's own clock against the receive time.
enum PlugClock {
  /// The zone's offset in a clock's lead: the nearest quarter of an hour when the clock is right to a minute (its
  /// seconds are cut and messages take their time), the lead itself otherwise.
  static func zoneOffset(ofLead lead: Int64) -> Int64 {
    let quarter: Int64 = 900_000
    let nearest = (lead + quarter / 2).flooringQuotient(quarter) * quarter
    return abs(lead - nearest) <= 60_000 ? nearest : lead
  }
}
