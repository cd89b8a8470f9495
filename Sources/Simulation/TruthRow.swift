import Readings

/// The energy of one device on one day of the site's clock.
public struct TruthRow: Sendable, Equatable {
  /// Days since 1970-01-01 of the site's clock.
  public var day: Int64
  public var device: String
  /// Use and export, exactly, in microjoules (1 kWh = 3.6e12): power times time while the plug had power.
  public var used: Int64
  public var exported: Int64
  /// What the plug's counter moved forward, in 1e-5 kWh, before midnights and power cuts took some of it.
  public var counted: Int64
  /// The part of `used` that the messages let a reader know, at least: without what was used between the last
  /// message and a power cut, a swap or a cleared counter, before the first message, and after the last.
  public var visible: Int64
  /// Readings that arrived.
  public var messages: Int64
  public var poweredSeconds: Int64
  public var faults: [Fault]

  public static let header =
    "day,device,kwh,kwh_counted,kwh_visible,export_kwh,messages,powered_s,faults"

  /// Appends the header's columns and a line feed; kWh with six digits, faults joined by blanks.
  public func append(to bytes: inout [UInt8]) {
    bytes += MessageText.date(day)
    bytes.append(UInt8(ascii: ","))
    bytes += device.utf8
    for microjoules in [used, counted * EnergyCounter.unit, visible, exported] {
      bytes.append(UInt8(ascii: ","))
      // 1e-6 kWh are 3.6e6 microjoules; half up.
      Decimal.append((microjoules + 1_800_000).flooringQuotient(3_600_000), places: 6, to: &bytes)
    }
    for count in [messages, poweredSeconds] {
      bytes.append(UInt8(ascii: ","))
      Decimal.append(count, places: 0, to: &bytes)
    }
    bytes.append(UInt8(ascii: ","))
    bytes += faults.map(\.rawValue).joined(separator: " ").utf8
    bytes.append(UInt8(ascii: "\n"))
  }
}

extension TruthRow {
  init(_ day: TruthLedger.Day, device: String) {
    self.init(
      day: day.day, device: device, used: day.used, exported: day.exported, counted: day.counted,
      visible: day.used - day.unseen - day.pending, messages: day.messages,
      poweredSeconds: day.poweredMilliseconds / 1000,
      faults: Fault.allCases.enumerated().filter { day.faults & (1 << UInt16($0.offset)) != 0 }.map(\.element))
  }
}
