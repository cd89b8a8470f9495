import Work

/// An interned name of a number in a SENSOR message: the firmware's key, nested keys joined by a dot.
///
/// The keys that the firmware is known to send have fixed values (TASMOTA energy driver, `EnergyShow`); others get
/// one when they are first seen in this process. A raw value outside ``knownCount`` means nothing in another process
/// or on disk: the store writes names.
public struct FieldKey: Hashable, Sendable {
  public let rawValue: UInt16

  private init(_ rawValue: UInt16) { self.rawValue = rawValue }

  /// The plug's own clock, `Time`, which stands outside ENERGY.
  public static let time = FieldKey(0)
  /// `Epoch`, which `Time 2` adds outside ENERGY: UTC seconds.
  public static let epoch = FieldKey(1)
  public static let totalStartTime = FieldKey(2)
  public static let total = FieldKey(3)
  /// `TotalTariff[0]`, off-peak, or element 1 of an old three-element `Total`.
  public static let totalTariff1 = FieldKey(4)
  /// `TotalTariff[1]`, standard, or element 2 of an old three-element `Total`.
  public static let totalTariff2 = FieldKey(5)
  public static let yesterday = FieldKey(6)
  public static let today = FieldKey(7)
  public static let period = FieldKey(8)
  public static let power = FieldKey(9)
  public static let apparentPower = FieldKey(10)
  public static let reactivePower = FieldKey(11)
  public static let factor = FieldKey(12)
  public static let frequency = FieldKey(13)
  public static let voltage = FieldKey(14)
  public static let current = FieldKey(15)
  public static let exportActive = FieldKey(16)
  public static let importActive = FieldKey(17)
  public static let todaySumImport = FieldKey(18)
  public static let todaySumExport = FieldKey(19)
  public static let exportTariff1 = FieldKey(20)
  public static let exportTariff2 = FieldKey(21)

  private static let knownNames = [
    "Time", "Epoch", "TotalStartTime", "Total", "TotalTariff1", "TotalTariff2", "Yesterday", "Today", "Period",
    "Power", "ApparentPower", "ReactivePower", "Factor", "Frequency", "Voltage", "Current", "ExportActive",
    "ImportActive", "TodaySumImport", "TodaySumExport", "ExportTariff1", "ExportTariff2",
  ]
  public static let knownCount = 22

  /// How many names one process takes in. A hostile publisher can invent keys without end; memory may not follow.
  public static let maximumCount = 1024

  private struct Table {
    var names: [String] = FieldKey.knownNames
    var values: [String: UInt16] = Dictionary(
      uniqueKeysWithValues: FieldKey.knownNames.enumerated().map { ($0.element, UInt16($0.offset)) })
  }
  private static let table = Mutex(Table())

  /// The key of that name, or nil when the process has taken in ``maximumCount`` names already.
  public init?(name: String) {
    let value: UInt16? = FieldKey.table.withLock { table in
      if let known = table.values[name] { return known }
      guard table.names.count < FieldKey.maximumCount else { return nil }
      let next = UInt16(table.names.count)
      table.names.append(name)
      table.values[name] = next
      return next
    }
    guard let value else { return nil }
    rawValue = value
  }

  /// A key by its fixed number, 0 ..< ``knownCount``; nil outside.
  public init?(known number: Int) {
    guard number >= 0 && number < FieldKey.knownCount else { return nil }
    rawValue = UInt16(number)
  }

  public var name: String { FieldKey.table.withLock { $0.names[Int(rawValue)] } }
}
