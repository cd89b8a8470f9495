/// The contexts of a stream of rollups, each with a Rice parameter of its own (Schema/rollups.md, section 3).
enum RollupContext {
  static let rows = 0
  static let gap = 1
  static let length = 2
  static let total = 3
  static let today = 4
  static let yesterday = 5
  static let startTime = 6
  static let clock = 7
  static let power = 8
  static let end = 9
  static let firstStep = 10
  static let shortest = 11
  static let longest = 12
  static let longestShort = 13
  static let steepest = 14
  static let sustained = 15
  static let lastToday = 16
  static let lastClock = 17
  static let lastPower = 18
  static let cellRows = 19
  static let peakAt = 20
  static let heldAtStart = 21
  static let energy = 22
  /// From here by the size of the last cell's range of powers.
  static let lowest = 24
  static let range = 32
  /// From here by the size of the range of powers.
  static let powerTime = 40
  static let export = powerTime + 16
  static let firstExport = 58
  static let lastGivingBack = 59
  static let count = 60
}
