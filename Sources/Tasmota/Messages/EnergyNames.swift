import Readings

/// The names of unlisted numbers of one message, and the objects inside ENERGY that are open.
struct EnergyNames {
  private var bytes: [UInt8] = []
  /// Names of the open objects, each with a dot behind it.
  private var prefix: [UInt8] = []
  private var prefixCounts: [Int] = []

  /// True below ENERGY itself.
  var isInside: Bool { !prefix.isEmpty }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    prefix.removeAll(keepingCapacity: true)
    prefixCounts.removeAll(keepingCapacity: true)
  }

  /// - Returns: where the full name lies.
  mutating func append(_ name: ArraySlice<UInt8>) -> Range<Int> {
    let first = bytes.count
    bytes.append(contentsOf: prefix)
    bytes.append(contentsOf: name)
    return first..<bytes.count
  }

  mutating func append(_ name: ArraySlice<UInt8>, after prefix: StaticString) -> Range<Int> {
    let first = bytes.count
    bytes.append(contentsOf: UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount))
    bytes.append(contentsOf: name)
    return first..<bytes.count
  }

  func text(_ name: Range<Int>) -> String { String(decoding: bytes[name], as: UTF8.self) }

  func check(_ name: Range<Int>) throws(RefusalReason) {
    guard !name.isEmpty, name.count <= EnergyScanner.maximumNameBytes else { throw .invalidName }
    let hasControl = bytes.withUnsafeBytes {
      JSONText.hasControlCharacter(UnsafeRawBufferPointer(rebasing: $0[name]))
    }
    guard !hasControl else { throw .invalidName }
  }

  /// An object inside ENERGY: its name and a dot stand before the names of its members.
  mutating func enter(_ key: EnergyKey, _ name: Range<Int>) throws(RefusalReason) {
    guard name.count < EnergyScanner.maximumNameBytes else { throw .invalidName }
    prefixCounts.append(prefix.count)
    prefix.removeAll(keepingCapacity: true)
    if let listed = key.field {
      prefix.append(contentsOf: listed.name.utf8)
    } else {
      prefix.append(contentsOf: bytes[name])
    }
    prefix.append(UInt8(ascii: "."))
  }

  /// An object whose name is none of the numbers'.
  mutating func enterAgain() { prefixCounts.append(prefix.count) }

  mutating func leave() { prefix.removeLast(prefix.count - (prefixCounts.popLast() ?? 0)) }
}
