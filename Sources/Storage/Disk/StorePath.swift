import Readings

/// Names of the store's files: numbers only, never text from the network.
enum StorePath {
  static let identity = "wattlog.store"
  static let catalog = "catalog"
  static let corrections = "corrections"
  static let quarantine = "quarantine"
  static let temporarySuffix = ".tmp"
  static let segmentSuffix = ".segment"

  /// `journal-0000000017` holds frames from sequence number 17 on.
  static func journal(firstSequence: UInt32) -> String { "journal-" + String(firstSequence, padded: 10) }

  static func firstSequence(ofJournal name: String) -> UInt32? { isJournal(name) ? UInt32(name.dropFirst(8)) : nil }

  static func isJournal(_ name: String) -> Bool {
    name.utf8.count == 18 && name.hasPrefix("journal-") && UInt32(name.dropFirst(8)) != nil
  }

  /// `2026`.
  static func year(_ year: Int) -> String { String(year, padded: 4) }

  /// `2026/10`: the UTC month of a segment's first reading.
  static func month(year: Int, month: Int) -> String {
    self.year(year) + "/" + String(month, padded: 2)
  }

  /// `2026/10/00000012.segment`
  static func segment(number: UInt64, year: Int, month: Int) -> String {
    self.month(year: year, month: month) + "/" + String(number, padded: 8) + ".segment"
  }

  /// The number of `00000012.segment`.
  static func segmentNumber(_ name: String) -> UInt64? {
    guard name.hasSuffix(".segment") else { return nil }
    let digits = name.dropLast(8)
    guard digits.utf8.count >= 8, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return UInt64(digits)
  }

  /// Temporary files that only this program makes; others are not ours to remove.
  static func isTemporary(_ name: String) -> Bool {
    guard name.hasSuffix(temporarySuffix) else { return false }
    let stem = String(name.dropLast(temporarySuffix.utf8.count))
    return stem == identity || stem == catalog || isJournal(stem) || segmentNumber(stem) != nil
  }

  static func civil(_ time: Timestamp) -> (year: Int, month: Int) {
    let civil = CivilTime(secondsSince1970: time.seconds)
    return (civil.year, civil.month)
  }
}

/// The times that a store takes: the years 1970 to 9999.
enum StoreTime {
  static let range: ClosedRange<Int64> = 0...253_402_300_799_999  // 9999-12-31T23:59:59.999Z
}
