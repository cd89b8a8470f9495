import Readings

/// Keys that plugs use and no list has. What one plug may bring is bounded, so that one that invents keys without end
/// does not use up the names of this process (``FieldKey/maximumCount``).
struct NameTable {
  static let maximumNamesPerDevice = 128

  private var keys: [String: FieldKey] = [:]
  /// How many names each plug was the first to use.
  private var counts: [Int] = []

  mutating func key(_ name: String, device: Int) throws(RefusalReason) -> FieldKey {
    if let known = keys[name] { return known }
    while counts.count <= device { counts.append(0) }
    guard counts[device] < NameTable.maximumNamesPerDevice, let key = FieldKey(name: name) else { throw .tooManyNames }
    keys[name] = key
    counts[device] += 1
    return key
  }
}
