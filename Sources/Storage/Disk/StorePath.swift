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
    // By bytes: a store of ten years has thousands of names, which each command looks at.
    let bytes = name.utf8
    guard bytes.count >= 16, bytes.suffix(8).elementsEqual(segmentSuffix.utf8) else { return nil }
    return number(bytes.dropLast(8))
  }

  /// The number of a folder's name, which has just so many digits.
  static func number(_ name: String, ofDigits count: Int) -> Int? {
    name.utf8.count == count ? number(name.utf8[...]).map { Int($0) } : nil
  }

  /// nil of anything but digits, and above 64 bits.
  private static func number(_ digits: Substring.UTF8View) -> UInt64? {
    var number: UInt64 = 0
    for digit in digits {
      guard (48...57).contains(digit) else { return nil }
      let (tens, isAbove) = number.multipliedReportingOverflow(by: 10)
      let (sum, isCarried) = tens.addingReportingOverflow(UInt64(digit - 48))
      guard !isAbove, !isCarried else { return nil }
      number = sum
    }
    return number
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
