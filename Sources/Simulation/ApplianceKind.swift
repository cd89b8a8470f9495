/// What hangs on a simulated plug. The raw value is the name on the command line.
package enum ApplianceKind: String, Sendable, CaseIterable {
  case fridge, freezer, kettle, tv, washer, dishwasher, pc, router, lamp, heater, solar

  /// The kind that a device name begins with: `fridge` and `fridge-2` are fridges; nil for anything else.
  package init?(deviceName name: String) {
    let word = name.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init)
    guard let word, let kind = ApplianceKind(rawValue: word) else { return nil }
    self = kind
  }
}
