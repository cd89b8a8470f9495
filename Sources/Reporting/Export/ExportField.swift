public import Readings

/// A column of `export --raw`: a number of the plug's message under its SI-style name.
public struct ExportField: Sendable, Equatable {
  public let key: FieldKey
  let column: ColumnName
  /// The name without its unit, by which `--fields` may also call it.
  let shortName: String

  /// The English heading, and the key in JSON lines.
  public var name: String { column.english }

  private init(_ key: FieldKey, _ column: ColumnName, _ shortName: String) {
    self.key = key
    self.column = column
    self.shortName = shortName
  }

  /// The field of any key: its SI-style name where it has one, its own name otherwise.
  public init(key: FieldKey) {
    self =
      ExportField.standard.first { $0.key == key }
      ?? ExportField(key, ColumnName(key: key.name), key.name)
  }

  /// In the order of the columns.
  public static let standard: [ExportField] = [
    ExportField(.total, .energyTotal, "energy_total"),
    ExportField(.today, .energyToday, "energy_today"),
    ExportField(.yesterday, .energyYesterday, "energy_yesterday"),
    ExportField(.period, .energyPeriod, "energy_period"),
    ExportField(.power, .power, "power"),
    ExportField(.apparentPower, .apparentPower, "apparent_power"),
    ExportField(.reactivePower, .reactivePower, "reactive_power"),
    ExportField(.factor, .powerFactor, "factor"),
    ExportField(.voltage, .voltage, "voltage"),
    ExportField(.current, .current, "current"),
    ExportField(.frequency, .frequency, "frequency"),
    ExportField(.totalTariff1, .energyTariff1, "energy_tariff1"),
    ExportField(.totalTariff2, .energyTariff2, "energy_tariff2"),
    ExportField(.exportActive, .exportActive, "export_active"),
    ExportField(.importActive, .importActive, "import_active"),
  ]

  /// What stands outside ENERGY or is no number: exported only when asked for by name.
  private static let onRequest: [FieldKey] = [.epoch, .totalStartTime]

  /// The columns when `--fields` is not given: what occurs, in the standard order, then other keys by name.
  ///
  /// - Parameter present: every key that occurs in what is exported (``PresentKeys`` gathers them).
  public static func all(of present: some Sequence<FieldKey>) -> [ExportField] {
    let present = Set(present)
    let others = present.filter { key in
      key != .time && !onRequest.contains(key) && !standard.contains { $0.key == key }
    }
    return standard.filter { present.contains($0.key) }
      + others.map { ExportField(key: $0) }.sorted { $0.name < $1.name }
  }

  /// The columns that `--fields` names, in its order: by heading (`power_w`), by the heading without unit (`power`),
  /// or by the firmware's key (`Power`, `PhaseAngle`), in any case of letters. A name given twice counts once.
  ///
  /// - Parameter present: keys that occur, so that those without an SI-style name can be named; may be empty.
  public static func named(
    _ names: [String], present: some Sequence<FieldKey> = []
  ) throws(ExportFieldError) -> [ExportField] {
    var seen: Set<FieldKey> = []
    let others = Array(Set(present).union(onRequest)).map { ExportField(key: $0) }
      .filter { field in field.key != .time && !standard.contains(field) }.sorted { $0.name < $1.name }
    let known = standard + others
    var fields: [ExportField] = []
    for name in names {
      let wanted = name.lowercased()
      guard
        let field = known.first(where: { field in
          [field.name, field.shortName, field.key.name].contains { $0.lowercased() == wanted }
        })
      else { throw unknown(name, known: known.map(\.shortName)) }
      if seen.insert(field.key).inserted { fields.append(field) }
    }
    return fields
  }

  static func unknown(_ name: String, known: [String]) -> ExportFieldError {
    let lowered = name.lowercased()
    let nearest = known.map { ($0, distance(lowered, $0.lowercased())) }.min { $0.1 < $1.1 }
    let isNear = nearest.map { $0.1 <= max(2, name.count / 3) } ?? false
    return ExportFieldError(name: name, nearest: isNear ? nearest?.0 : nil, known: known)
  }

  /// Letters to insert, delete or change to make one word the other.
  private static func distance(_ a: String, _ b: String) -> Int {
    let a = Array(a.utf8.prefix(64))
    let b = Array(b.utf8.prefix(64))
    var row = Array(0...b.count)
    for (i, byte) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in b.enumerated() {
        let change = diagonal + (byte == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(change, row[j] + 1, diagonal + 1)
      }
    }
    return row[b.count]
  }
}

/// Gathers which keys occur, for a heading that must be written before the first row.
public struct PresentKeys: Sendable {
  public private(set) var keys: Set<FieldKey> = []

  public init() {}

  public mutating func add(_ rows: ReadingColumns) {
    for column in rows.columns { keys.insert(column.field.key) }
  }
}
