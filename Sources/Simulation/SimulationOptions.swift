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
    guard (0...32_000).contains(powerDelta) else { throw .outOfRange("PowerDelta", powerDelta, 0...32_000) }
  }
}

/// One plug and what hangs on it.
public struct SimulatedDevice: Sendable, Equatable {
  /// The topic, of 1 to 64 bytes without `+ # " \`, blanks and control characters.
  public var name: String
  public var kind: ApplianceKind
  /// 1 to 8; each has an appliance of the kind.
  public var channels: Int

  public init(name: String, kind: ApplianceKind, channels: Int = 1) {
    self.name = name
    self.kind = kind
    self.channels = channels
  }

  /// Takes the kind from the name: `fridge`, `fridge-2`; nil when it begins with no kind.
  public init?(name: String, channels: Int = 1) {
    guard let kind = ApplianceKind(deviceName: name) else { return nil }
    self.init(name: name, kind: kind, channels: channels)
  }

  var isNameValid: Bool {
    let forbidden = Set("+#\"\\ ".utf8)
    return (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { $0 > 32 && $0 != 127 && !forbidden.contains($0) }
  }
}

/// Why a household cannot be simulated.
public enum SimulationError: Error, Sendable, Equatable, CustomStringConvertible {
  case noDevices
  case badName(String)
  case nameTwice(String)
  case outOfRange(String, Int, ClosedRange<Int>)
  case timeOutOfRange
  case emptyRange

  public var description: String {
    switch self {
    case .noDevices: "no devices to simulate"
    case .badName(let name): "'\(name)' is no topic: 1 to 64 characters without blanks, + # \" and \\"
    case .nameTwice(let name): "'\(name)' is named twice"
    case .outOfRange(let what, let value, let range):
      "\(what) \(value) is outside \(range.lowerBound) to \(range.upperBound)"
    case .timeOutOfRange: "the simulation covers the years 2000 to 2099"
    case .emptyRange: "the end is not after the start"
    }
  }
}
