import Text

/// What `export` writes.
public enum ExportFormat: Sendable, Equatable {
  /// A heading and one row per message and channel.
  case csv(CSVDialect)
  /// One JSON object per line; keys as the English headings, absent where CSV has an empty cell.
  case jsonLines
  /// InfluxDB line protocol: measurement `wattlog`, tags `device` and `channel`, every number a float field,
  /// times in nanoseconds.
  case influx

  var dialect: CSVDialect {
    if case .csv(let dialect) = self { return dialect }
    return .iso
  }
}

/// A field of `--fields` that nothing is known by.
public struct ExportFieldError: Error, Equatable, CustomStringConvertible {
  public var name: String
  /// The known name that is nearest to it, where one is near.
  public var nearest: String?
  public var known: [String]

  public var description: String {
    let list = known.joined(separator: ", ")
    let name = SafeText.neutralised(name)
    return nearest.map { "no field is named '\(name)'; did you mean '\($0)'? (fields: \(list))" }
      ?? "no field is named '\(name)' (fields: \(list))"
  }
}
