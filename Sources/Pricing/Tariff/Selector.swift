import Readings
import Text

extension Tariff {
  /// When, and for which devices, a price holds. Everything that it says must be so.
  public struct Selector: Hashable, Sendable {
    /// nil for the whole day.
    public var hours: ClockWindow?
    /// 1 Monday to 7 Sunday; with ``dateNames`` empty, empty for every day.
    public var days: Set<Int>
    /// Places in ``Tariff/dateNames``, a bit each.
    public var dateNames: UInt64 = 0
    /// 1 to 12; empty for every month.
    public var months: Set<Int>
    /// Any of them; empty for every device.
    public var devices: [DevicePattern] = []
    /// For a device that it does not mean (``Tariff/narrowed(to:otherNames:)``).
    var isNever = false

    public init(hours: ClockWindow? = nil, days: Set<Int> = [], months: Set<Int> = []) {
      self.hours = hours
      self.days = days
      self.months = months
    }

    /// True where it says nothing of time.
    public var isAlways: Bool { hours == nil && days.isEmpty && dateNames == 0 && months.isEmpty && !isNever }

    /// Does it hold on a day at all?
    func holds(on day: TariffDay) -> Bool {
      guard !isNever, months.isEmpty || months.contains(day.month) else { return false }
      if days.isEmpty && dateNames == 0 { return true }
      // A date that has names is no weekday.
      return day.names == 0 ? days.contains(day.weekday) : day.names & dateNames != 0
    }

    func holds(on day: TariffDay, minuteOfDay: Int) -> Bool {
      holds(on: day) && hours?.contains(minuteOfDay: minuteOfDay) ?? true
    }
  }

  /// A part of the day by the local clock, its end excluded; over midnight when it ends before it starts.
  public struct ClockWindow: Hashable, Sendable {
    /// Minutes of the day, 0 to 1439.
    public var start: Int
    /// 0 to 1440.
    public var end: Int

    /// nil where a minute is out of range, or the window is empty.
    public init?(start: Int, end: Int) {
      guard (0...1439).contains(start), (0...1440).contains(end), start != end else { return nil }
      self.start = start
      self.end = end
    }

    public func contains(minuteOfDay minute: Int) -> Bool {
      start < end ? minute >= start && minute < end : minute >= start || minute < end
    }
  }

  /// Devices by a name, topic, address or group, or a pattern of these.
  public struct DevicePattern: Hashable, Sendable {
    public let text: String
    private let pattern: GlobPattern

    public init(_ text: String) {
      self.text = text
      pattern = GlobPattern(text)
    }

    func matches(_ name: String, _ otherNames: [String]) -> Bool {
      pattern.matches(name) || otherNames.contains { pattern.matches($0) }
    }
  }
}

/// What a selector asks of a day.
struct TariffDay: Hashable {
  var month: Int
  /// 1 Monday to 7 Sunday.
  var weekday: Int
  /// The names of its date, a bit each.
  var names: UInt64
}
