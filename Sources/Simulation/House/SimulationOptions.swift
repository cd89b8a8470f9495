public import Readings

/// Everything that decides what a simulated household says. Equal options give equal bytes on every machine.
public struct SimulationOptions: Sendable {
  /// The plugs, in the order in which retained messages are delivered. Names are distinct.
  public var devices: [SimulatedDevice]
  /// Receive times begin here …
  public var from: Timestamp
  /// … and end before this; nil goes on for ever (live).
  public var to: Timestamp?
  /// TelePeriod in seconds, 10 to 3600.
  public var period: Int = 10
  public var seed: UInt64 = 1
  /// The clock by which the people of the house live, and by which the truth is cut into days.
  public var siteClock: ClockOffsets = .utc
  /// The clock that the plugs are set to; it decides `Time`, `Today` and `Yesterday`.
  public var plugClock: ClockOffsets = .utc
  public var faults: Set<Fault> = []
  /// EnergyRes, 0 to 5 decimals of kWh.
  public var energyResolution = 3
  /// WattRes, VoltRes, AmpRes: 0 to 3 decimals.
  public var powerResolution = 0
  public var voltageResolution = 0
  public var currentResolution = 3
  /// PowerDelta of every channel: 0 off, 1 to 100 percent, 101 to 32000 watts plus 100.
  public var powerDelta = 0
  /// SetOption129: Total, Yesterday and Today as arrays on plugs with several channels.
  public var splitTotals = false
  public var timeFormat = TimeFormat.local
  public var solarExport = ExportForm.registers
  /// A script asks each plug for `Status 8` so often, beside TelePeriod: 0 for never, else 1 s to 1 h in milliseconds.
  public var pollMilliseconds = 0
  /// A bridge brings every message a second time.
  public var copies: Copies?
  /// STATE before each SENSOR, as the firmware sends it.
  public var sendsState = true

  /// How the plug prints its own clock (command `Time`, SetOption52).
  public enum TimeFormat: String, Sendable, CaseIterable {
    /// `2025-03-10T20:25:51`
    case local
    /// `2025-03-10T20:25:51+00:00` (SetOption52 1)
    case offset
    /// Local, and `Epoch` beside it (Time 2).
    case epochBeside = "epoch-beside"
    /// A bare number of UTC seconds (Time 3).
    case epoch
    /// `2025-03-10T20:25:51.004` (Time 4)
    case milliseconds
  }

  /// How a meter tells what went back to the grid. Power is negative either way.
  public enum ExportForm: String, Sendable, CaseIterable {
    /// Total counts import only; ExportActive, TodaySumImport and TodaySumExport tell the rest (SDM120 and the like).
    case registers
    /// Today and Total run backwards while energy goes back.
    case backwards
    /// They run backwards, and ExportActive tells what went back beside.
    case both
  }

  /// Where the copies of a bridge appear.
  public enum Copies: String, Sendable, CaseIterable {
    /// Under the plug's own topic.
    case same
    /// Under `bridge/` and the plug's topic: one plug heard under two.
    case prefix

    func topic(_ own: [UInt8]) -> [UInt8] { self == .same ? own : Array("bridge/".utf8) + own }
  }

  public init(devices: [SimulatedDevice], from: Timestamp, to: Timestamp?) {
    self.devices = devices
    self.from = from
    self.to = to
  }

  /// Names the first option that cannot be simulated.
  public func validate() throws(SimulationError) {
    guard !devices.isEmpty else { throw .noDevices }
    guard devices.count <= 4096 else { throw .outOfRange("devices", devices.count, 1...4096) }
    var names = Set<String>()
    for device in devices {
      guard device.isNameValid else { throw .badName(device.name) }
      guard names.insert(device.name).inserted else { throw .nameTwice(device.name) }
      guard (1...8).contains(device.channels) else { throw .outOfRange("channels", device.channels, 1...8) }
    }
    let years = Timestamp(seconds: 946_684_800)...Timestamp(seconds: 4_102_444_800)  // 2000 to 2100
    guard years.contains(from), to.map(years.contains) ?? true else { throw .timeOutOfRange }
    if let to, to <= from { throw .emptyRange }
    guard (10...3600).contains(period) else { throw .outOfRange("period", period, 10...3600) }
    guard (0...5).contains(energyResolution) else { throw .outOfRange("EnergyRes", energyResolution, 0...5) }
    for (name, digits) in [
      ("WattRes", powerResolution), ("VoltRes", voltageResolution), ("AmpRes", currentResolution),
    ] where !(0...3).contains(digits) {
      throw .outOfRange(name, digits, 0...3)
    }
    guard pollMilliseconds == 0 || (1000...3_600_000).contains(pollMilliseconds) else {
      throw .outOfRange("poll", pollMilliseconds, 1000...3_600_000)
    }
    guard (0...32_000).contains(powerDelta) else { throw .outOfRange("PowerDelta", powerDelta, 0...32_000) }
  }
}
