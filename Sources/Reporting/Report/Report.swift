public import Calendar
import EnergyAccounting
public import Readings
public import Text

/// What a person asked for, computed and rounded: every renderer prints exactly these figures.
///
/// The shape is that of the `wattlog.report/1` JSON. A report is built once and compared in tests as a value; no
/// renderer computes energy or money.
///
/// - Invariant: in printed digits, for each period the devices' `kWh` and `cost` add up to the total's `kWh` and
///   `energyCost`, `cost` = `energyCost` + `standingCharge` − `exportCredit`; the periods add up to ``total``; `byRate`
///   and `parts` add up to their device entry.
public struct Report: Sendable, Equatable {
  public var granularity: Granularity
  /// How the entries are split into `parts`; nil when they are not.
  public var split: Split?
  /// What the entries' `parts` are drawn by where ``split`` asks for no rows: nil where they are not there.
  public var drawnSplit: Split?
  /// The zone's name, as `Europe/London`.
  public var timeZone: String
  /// nil without a tariff; then every money field is nil.
  public var currency: Currency?
  /// The tariff's name.
  public var tariff: String?
  /// Names of the tariffs that it is compared with; empty for most reports.
  public var otherTariffs: [String]
  /// True when the printed money includes VAT; nil where no tariff says anything of it.
  public var includesVAT: Bool?
  /// What the periods are compared with, whether or not anything is known of that time; nil for most reports.
  public var comparison: Comparison.Kind?
  /// Names of the household's plugs in an order that stays as plugs are added: a plug's place is its colour.
  public var palette: [String] = []
  /// The order of devices in tables and on the page.
  public var order = Order.use
  /// In order of time, none overlapping.
  public var periods: [Period]
  public var total: Total
  public var notes: [Note]
  /// The device whose counter is the total; its lines are the plugs and ``MainMeter/rest``. Nil without one.
  public var mainMeter: String?
  /// True when the lines of the bill are asked for: then rows for spreadsheets are these lines.
  public var listsCharges = false
  /// True when the lines of the bill are shown beside the plugs.
  public var showsCharges: Bool { listsCharges || granularity == .bill }
  /// When days, and so weeks, months and years, begin: minutes after local midnight.
  public var dayStartMinute: Int
  /// Days that begin at another time of the clock, because it skips theirs.
  public var unusualDayStarts: Set<Timestamp> = []

  public init(
    granularity: Granularity, split: Split? = nil, timeZone: String, currency: Currency? = nil, tariff: String? = nil,
    otherTariffs: [String] = [], includesVAT: Bool? = nil, periods: [Period] = [], total: Total, notes: [Note] = [],
    mainMeter: String? = nil, dayStartMinute: Int = 0
  ) {
    self.dayStartMinute = dayStartMinute
    self.mainMeter = mainMeter
    self.granularity = granularity
    self.split = split
    self.timeZone = timeZone
    self.currency = currency
    self.tariff = tariff
    self.otherTariffs = otherTariffs
    self.includesVAT = includesVAT
    self.periods = periods
    self.total = total
    self.notes = notes
  }

  /// What one period is. `bill` is from one billing day to the next, `range` one period from `--from` to `--to`.
  public typealias Granularity = CalendarPeriod.Unit

  /// Which devices stand first in tables and on the page. JSON and CSV have them by name.
  public enum Order: String, Sendable, CaseIterable {
    /// By use, largest first.
    case use
    case cost
    /// By what changed against the time that is compared with, the largest rise first.
    case change
    case name
  }

  /// What a device's entry is split into.
  public enum Split: String, Sendable, CaseIterable { case tariff, hour, day, week, month }

  public struct Currency: Sendable, Equatable {
    /// ISO 4217, as `GBP`.
    public var code: String
    /// Digits after the point in printed money: 2 for most, 0 for JPY, 3 for KWD.
    public var digits: Int

    public init(code: String, digits: Int) {
      self.code = code
      self.digits = digits
    }
  }

  /// A half-open span of time with the offsets that hold at its ends.
  public struct Span: Sendable, Hashable {
    public var start: LocalInstant
    public var end: LocalInstant

    public init(start: LocalInstant, end: LocalInstant) {
      self.start = start
      self.end = end
    }

    public var seconds: Int64 { (end.at.milliseconds - start.at.milliseconds) / 1000 }
  }

  public struct Period: Sendable, Equatable {
    public var span: Span
    /// False when energy is missing, or was placed in the period by time alone.
    public var complete: Bool
    public var devices: [Entry]
    public var total: Total
    /// The clock changes inside the period: what the clock showed before and after, as seconds of the day.
    public var clockChanges: [ClockChange] = []
    /// How long each rate held, in seconds, in the tariff's order.
    public var rateSeconds: [RateTime] = []
    public var comparison: Comparison?
    /// What all devices used in each hour, for a drawing; empty unless asked for.
    public var hours: [Part] = []

    public init(
      span: Span, complete: Bool, devices: [Entry], total: Total, clockChanges: [ClockChange] = [],
      rateSeconds: [RateTime] = [], comparison: Comparison? = nil
    ) {
      self.span = span
      self.complete = complete
      self.devices = devices
      self.total = total
      self.clockChanges = clockChanges
      self.rateSeconds = rateSeconds
      self.comparison = comparison
    }
  }

  public struct ClockChange: Sendable, Equatable {
    public var at: Timestamp
    public var offsetBefore: Int
    public var offsetAfter: Int

    public init(at: Timestamp, offsetBefore: Int, offsetAfter: Int) {
      self.at = at
      self.offsetBefore = offsetBefore
      self.offsetAfter = offsetAfter
    }
  }

  public struct RateTime: Sendable, Equatable {
    public var rate: String
    public var seconds: Int64

    public init(rate: String, seconds: Int64) {
      self.rate = rate
      self.seconds = seconds
    }
  }

  /// One device (or one channel of it) in one period.
  public struct Entry: Sendable, Equatable {
    public var device: String
    /// False when energy of it is missing, has no price, or was placed in the period by time alone.
    public var complete = true
    /// nil for a plug whose `Total` is one number.
    public var channel: Int?
    /// Use (import), with the counter's digits.
    public var kWh: Figure
    public var measuredKWh: Figure
    public var inferredKWh: Figure
    public var exportKWh: Figure
    /// Of `kWh` what the sun gave, behind a main meter; nil where there is none.
    public var ownUse: Figure?
    public var cost: Figure?
    /// By the tariffs that the report compares with, in their order.
    public var otherCosts: [Figure?] = []
    /// Share of the period that messages cover, 0 to 1, rounded down, so that 1.000 means all of it.
    public var coverage: Figure
    public var messages: Int
    public var peakW: Figure?
    public var peakAt: LocalInstant?
    public var alwaysOnW: Figure?
    /// nil where power is known for all of the period.
    public var powerTime: PowerTime?
    public var byRate: [RateShare] = []
    /// Shares of a plug with several relays and one counter; empty otherwise.
    public var channels: [ChannelShare] = []
    /// Empty unless the report is split.
    public var parts: [Part] = []
    /// The plug's own figure for the same day (its `Yesterday`), where the period is a day and the plug sent one.
    public var plugSays: Figure?
    /// Ids of ``Report/notes``.
    public var notes: [String] = []

    public init(
      device: String, channel: Int? = nil, kWh: Figure, measuredKWh: Figure, inferredKWh: Figure, exportKWh: Figure,
      cost: Figure? = nil, otherCosts: [Figure?] = [], coverage: Figure, messages: Int, peakW: Figure? = nil,
      peakAt: LocalInstant? = nil, alwaysOnW: Figure? = nil, byRate: [RateShare] = [], channels: [ChannelShare] = [],
      parts: [Part] = [], plugSays: Figure? = nil, notes: [String] = []
    ) {
      self.device = device
      self.channel = channel
      self.kWh = kWh
      self.measuredKWh = measuredKWh
      self.inferredKWh = inferredKWh
      self.exportKWh = exportKWh
      self.cost = cost
      self.otherCosts = otherCosts
      self.coverage = coverage
      self.messages = messages
      self.peakW = peakW
      self.peakAt = peakAt
      self.alwaysOnW = alwaysOnW
      self.byRate = byRate
      self.channels = channels
      self.parts = parts
      self.plugSays = plugSays
      self.notes = notes
    }

    /// What people call the channel; nil where it has a number alone.
    public var channelName: String?

    /// The device's name with its channel: `tv`, `strip 2`, `strip printer`.
    public var title: String { Report.title(of: device, channel, channelName) }
  }

  static func title(of device: String, _ channel: Int?, _ name: String?) -> String {
    channel.map { "\(device) \(name ?? String($0))" } ?? device
  }

  /// Gives channels the names that people call them by.
  ///
  /// - Parameter names: by device and number of the channel.
  public mutating func name(channels names: [String: [Int: String]]) {
    guard !names.isEmpty else { return }
    func name(_ device: String, _ channel: Int?) -> String? { channel.flatMap { names[device]?[$0] } }
    for period in periods.indices {
      for entry in periods[period].devices.indices where periods[period].devices[entry].channel != nil {
        let line = periods[period].devices[entry]
        periods[period].devices[entry].channelName = name(line.device, line.channel)
      }
      guard let compared = periods[period].comparison?.devices else { continue }
      for (place, line) in compared.enumerated() where line.channel != nil {
        periods[period].comparison?.devices[place].channelName = name(line.device, line.channel)
      }
    }
  }

  public struct RateShare: Sendable, Equatable {
    public var rate: String
    public var kWh: Figure
    public var cost: Figure?

    public init(rate: String, kWh: Figure, cost: Figure?) {
      self.rate = rate
      self.kWh = kWh
      self.cost = cost
    }
  }

  public struct ChannelShare: Sendable, Equatable {
    public var channel: Int
    public var kWh: Figure

    public init(channel: Int, kWh: Figure) {
      self.channel = channel
      self.kWh = kWh
    }
  }

  public struct Part: Sendable, Equatable {
    public var span: Span
    /// Set when the report is split by tariff.
    public var rate: String?
    public var kWh: Figure
    public var cost: Figure?

    public init(span: Span, rate: String? = nil, kWh: Figure, cost: Figure?) {
      self.span = span
      self.rate = rate
      self.kWh = kWh
      self.cost = cost
    }
  }

  /// Something that a reader should know about a figure: a gap, a fall-back, damage in the store.
  public struct Note: Sendable, Equatable {
    /// A letter for the kind and a number: `G1`, `R1`.
    public var id: String
    /// nil for what concerns the whole report.
    public var device: String?
    /// A kind of `wattlog events`, or `damage`, `plug-day`.
    public var kind: String
    public var span: Span?
    public var text: String
    /// The short word for the reason of what the accounting decided; nil for other notes.
    public var cause: String?
    /// What was counted over the span, where the accounting says it.
    public var energy: Energy?

    public init(
      id: String, device: String?, kind: String, span: Span?, text: String, cause: String? = nil, energy: Energy? = nil
    ) {
      self.id = id
      self.device = device
      self.kind = kind
      self.span = span
      self.text = text
      self.cause = cause
      self.energy = energy
    }
  }
}
