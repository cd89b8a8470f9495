/// The plug's own clock against the receive time.
public enum PlugClock {
  /// May a clock that is so many ms further than it was have been put to another zone? Zones are half hours apart.
  public static func isZoneStep(_ shift: Int64) -> Bool {
    abs((shift + 900_000).flooringRemainder(1_800_000) - 900_000) < 90_000
  }

  /// When a day of the plug's clock ends, by how far the clock is ahead of the receive time, in ms. Accounting and the
  /// runs of rollups must agree on it.
  public static func end(ofDay day: Int64, lead: Int64) -> Int64 { (day + 1) * 86_400_000 - zoneOffset(ofLead: lead) }

  /// The zone's offset in a clock's lead: the nearest quarter of an hour when the clock is right to a minute (its
  /// seconds are cut and messages take their time), the lead itself otherwise.
  public static func zoneOffset(ofLead lead: Int64) -> Int64 {
    let quarter: Int64 = 900_000
    let nearest = (lead + quarter / 2).flooringQuotient(quarter) * quarter
    return abs(lead - nearest) <= 60_000 ? nearest : lead
  }
}
