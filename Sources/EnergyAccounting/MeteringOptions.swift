package import Readings

/// What the accounting of one device may be told.
package struct MeteringOptions: Sendable {
  /// The most that the plug can draw on average, in milliwatts; nil to learn it from the readings
  /// (``defaultLimitMilliwatts``, or one and a half times the highest sound power).
  package var maximumMilliwatts: Int64?
  /// The site's zone, which a plug may follow through a clock change; nil when unknown.
  package var timeZone: TimeZoneRules?
  /// Where ``ChannelLedger/buckets`` begin and end: a subset of the cut points. Empty for all cut points.
  package var bucketEdges: [Timestamp]
  /// Energy times `numerator` / `denominator` for a plug that measures wrong (`device scale`); from the given time on.
  package var scales: [Scale]
  /// Decisions that a person took back (``LedgerEvent/decision``): the counter's own difference counts, at least 0.
  package var undoneDecisions: Set<String>

  package struct Scale: Hashable, Sendable {
    package var from: Timestamp
    package var numerator: Int64
    package var denominator: Int64

    package init(from: Timestamp, numerator: Int64, denominator: Int64) {
      self.from = from
      self.numerator = numerator
      self.denominator = denominator
    }
  }

  /// 20 A at 230 V: no household plug that runs Tasmota is rated higher.
  package static let defaultLimitMilliwatts: Int64 = 4_600_000

  /// How far before the first and after the last cut point rows should be fed, so that the steps over both edges are
  /// known: two days hold the plug's midnight on either side. Longer silences need the neighbouring rows themselves.
  package static let surroundings: Int64 = 2 * 86_400_000

  package init(
    maximumMilliwatts: Int64? = nil, timeZone: TimeZoneRules? = nil, bucketEdges: [Timestamp] = [],
    scales: [Scale] = [], undoneDecisions: Set<String> = []
  ) {
    self.undoneDecisions = undoneDecisions
    self.maximumMilliwatts = maximumMilliwatts
    self.timeZone = timeZone
    self.bucketEdges = bucketEdges
    self.scales = scales
  }
}
