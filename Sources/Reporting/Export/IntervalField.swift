/// A column of `export --every`.
public enum IntervalField: String, Sendable, CaseIterable {
  case energy = "energy_kwh"
  case powerMean = "power_mean_w"
  case powerMin = "power_min_w"
  case powerMax = "power_max_w"
  case coverage
  case cost
  /// Of the cost.
  case currency
  /// What went back to the grid: only when asked for by name.
  case export = "export_kwh"

  /// Without `--fields`.
  public static let standard: [IntervalField] = [
    .energy, .powerMean, .powerMin, .powerMax, .coverage, .cost, .currency,
  ]

  var column: ColumnName {
    switch self {
    case .energy: .energy
    case .powerMean: .powerMean
    case .powerMin: .powerMin
    case .powerMax: .peak
    case .coverage: .coverage
    case .cost: .cost
    case .currency: .currency
    case .export: .export
    }
  }

  /// The columns that `--fields` names, in its order: by heading or by the heading without unit; `power` stands for
  /// mean, lowest and highest.
  public static func named(_ names: [String]) throws(ExportFieldError) -> [IntervalField] {
    var fields: [IntervalField] = []
    for name in names {
      let wanted = name.lowercased()
      let found: [IntervalField]
      if wanted == "power" || wanted == "power_w" {
        found = [.powerMean, .powerMin, .powerMax]
      } else {
        found = allCases.filter { field in field.rawValue == wanted || field.shortName == wanted }
      }
      guard !found.isEmpty else { throw ExportField.unknown(name, known: ["power"] + allCases.map(\.shortName)) }
      for field in found where !fields.contains(field) { fields.append(field) }
    }
    return fields
  }

  private var shortName: String {
    switch self {
    case .energy: "energy"
    case .powerMean: "power_mean"
    case .powerMin: "power_min"
    case .powerMax: "power_max"
    case .coverage: "coverage"
    case .cost: "cost"
    case .currency: "currency"
    case .export: "export"
    }
  }
}
