public import Calendar
public import Readings

/// What the accounting of one device may be told.
public struct MeteringOptions: Sendable {
  /// The most that the plug can draw on average, in milliwatts; nil to learn it from the readings
  /// (``defaultLimitMilliwatts``, or one and a half times the highest sound power).
  public var maximumMilliwatts: Int64?
  /// The site's zone, which a plug may follow through a clock change; nil when unknown.
  public var timeZone: TimeZoneRules?
  /// Energy times `numerator` / `denominator` for a plug that measures wrong (`device scale`); from the given time on.
  public var scales: [Scale]
  /// Decisions that a person took back (``LedgerEvent/decision``): the counter's own difference counts, at least 0.
  public var undoneDecisions: Set<String>
  /// The ledger keeps what sections of it are made with (``DeviceLedger/section(_:)``).
  public var keepsSections = false
  /// From the plug's very last reading to the newest one of any plug of the house, which shows that messages were heard;
  /// nil where none came later.
  public var silence: Range<Timestamp>?

  public struct Scale: Hashable, Sendable {
    public var from: Timestamp
    public var numerator: Int64
    public var denominator: Int64

    public init(from: Timestamp, numerator: Int64, denominator: Int64) {
      self.from = from
      self.numerator = numerator
      self.denominator = denominator
    }
  }

  /// 20 A at 230 V: no household plug that runs Tasmota is rated higher.
  public static let defaultLimitMilliwatts: Int64 = 4_600_000

  /// How far before the first and after the last cut point rows should be fed, so that the steps over both edges are
  /// known: two days hold the plug's midnight on either side. Longer silences need the neighbouring rows themselves.
  public static let surroundings: Int64 = 2 * 86_400_000

  public init(
    maximumMilliwatts: Int64? = nil, timeZone: TimeZoneRules? = nil, scales: [Scale] = [],
    undoneDecisions: Set<String> = []
  ) {
    self.undoneDecisions = undoneDecisions
    self.maximumMilliwatts = maximumMilliwatts
    self.timeZone = timeZone
    self.scales = scales
  }
}
