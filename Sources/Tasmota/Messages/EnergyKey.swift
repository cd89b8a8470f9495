import Readings

/// What a key inside ENERGY (or beside it) means to the scanner.
struct EnergyKey {
  /// nil for a name that is in no list.
  var field: FieldKey?
  var role = Role.plain

  enum Role: UInt8 {
    case plain
    case time, epoch, energy, status, startTime
    /// Number, array per phase, or `[total,tariff1,tariff2]` of firmware 6.6.0.12 to 8.3.1.1.
    case total, exportActive
    /// `[tariff1,tariff2]`.
    case totalTariff, exportTariff
    /// One number in old and new plugs alike unless SetOption129 splits it, so it tells what an array `Total` is.
    case witness
  }

  static let unknown = EnergyKey(field: nil)

  private struct Entry {
    var low: UInt64
    var high: UInt64
    var key: EnergyKey
  }

  private static let maximumNameCount = 16

  /// Names as two words of zero-padded bytes, the frequent ones first.
  private static let entries: [Entry] = {
    let roles: [(StaticString, FieldKey?, Role)] = [
      ("Time", .time, .time), ("ENERGY", nil, .energy), ("TotalStartTime", .totalStartTime, .startTime),
      ("Total", .total, .total), ("Yesterday", .yesterday, .witness), ("Today", .today, .witness),
      ("Period", .period, .plain), ("Power", .power, .witness), ("ApparentPower", .apparentPower, .plain),
      ("ReactivePower", .reactivePower, .plain), ("Factor", .factor, .plain), ("Voltage", .voltage, .plain),
      ("Current", .current, .plain), ("Frequency", .frequency, .plain), ("TotalTariff", nil, .totalTariff),
      ("ExportActive", .exportActive, .exportActive), ("ExportTariff", nil, .exportTariff),
      ("ImportActive", .importActive, .plain), ("TodaySumImport", .todaySumImport, .plain),
      ("TodaySumExport", .todaySumExport, .plain), ("Epoch", .epoch, .epoch), ("StatusSNS", nil, .status),
      ("TotalTariff1", .totalTariff1, .plain), ("TotalTariff2", .totalTariff2, .plain),
      ("ExportTariff1", .exportTariff1, .plain), ("ExportTariff2", .exportTariff2, .plain),
    ]
    return roles.map { name, field, role in
      let bytes = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
      let (low, high) = words(bytes)
      return Entry(low: low, high: high, key: EnergyKey(field: field, role: role))
    }
  }()

  static func named(_ name: UnsafeRawBufferPointer) -> EnergyKey {
    guard name.count <= maximumNameCount else { return unknown }
    let (low, high) = words(name)
    for entry in entries where entry.low == low && entry.high == high { return entry.key }
    return unknown
  }

  private static func words(_ name: UnsafeRawBufferPointer) -> (UInt64, UInt64) {
    var low: UInt64 = 0
    var high: UInt64 = 0
    for (index, byte) in name.enumerated() {
      if index < 8 { low |= UInt64(byte) << UInt64(8 * index) } else { high |= UInt64(byte) << UInt64(8 * index - 64) }
    }
    return (low, high)
  }
}
