import Readings

/// Predicts each number of a rollup from those before it and codes the surprise (Schema/rollups.md).
///
/// All numbers are in the block's own units: energies and power in their last printed digit, times in the store's
/// resolution, clocks in theirs. Arithmetic wraps, because a damaged stream may say anything.
struct RollupModel: ~Copyable {
  private let form: RollupSeries.Form
  private let timeUnit: Int64
  /// Steps of the plug in 1/256 of the time unit.
  private let pace: Int64
  /// Power × time units of the block that make one unit of Total.
  private let powerTimePerTotal: Int64
  private let todayPerTotal: (multiply: Int64, divide: Int64)
  private let probabilities: UnsafeMutablePointer<UInt32>

  private var unit: Int64 = 0
  private var last = Numbers()
  private var shortest: Int64 = 0
  private var longest: Int64 = 0
  private var spread: Int64 = 0
  private var meanPower: Int64 = 0
  private var wasCarried: Int64 = 0
  private var hadSpread = 0
  private var lastTimeMiss = 0

  /// A row in the block's units.
  struct Numbers {
    var time: Int64 = 0
    var total: Int64 = 0
    var today: Int64 = 0
    var yesterday: Int64 = 0
    var startTime: Int64 = 0
    var clock: Int64 = 0
    var power: Int64 = 0
  }

  /// A rollup in the block's units.
  struct Item {
    var unit: Int64 = 0
    /// 0: rows have to be read.
    var count: Int64 = 0
    var first = Numbers()
    var last = Numbers()
    var shortest: Int64 = 0
    var longest: Int64 = 0
    var powerTime: Int64 = 0
    var peak: Int64 = 0
    var peakAt: Int64 = 0
    var lowest: Int64 = 0
    var isSteep = false
  }

  // Where each decision's probabilities begin.
  private static let residualSize = 4 + Residual.magnitudeSize
  private static let flagCount = 64
  private static let residualCount = 48
  private static let size = flagCount + residualCount * residualSize

  /// Likely decisions begin at 15/16.
  private static let likely: UInt32 = 0xF000_F000

  init(form: RollupSeries.Form, timeUnit: Int64, pace: Int64, firstUnit: Int64) {
    self.form = form
    self.timeUnit = timeUnit
    self.pace = max(pace, 1)
    // 1 mWh is 3,600,000 mW × ms.
    let totalUnit = Decimal.power(6 - form.totalPlaces) &* 3_600_000
    powerTimePerTotal = max(1, totalUnit / (Decimal.power(3 - form.powerPlaces) &* timeUnit))
    todayPerTotal = (
      Decimal.power(max(0, form.todayPlaces - form.totalPlaces)),
      Decimal.power(max(0, form.totalPlaces - form.todayPlaces))
    )
    probabilities = .allocate(capacity: RollupModel.size)
    probabilities.initialize(repeating: AdaptiveProbability.even, count: RollupModel.size)
    for flag in 0..<8 { probabilities[flag] = RollupModel.likely }
    unit = firstUnit &- 1
  }

  deinit { probabilities.deallocate() }

  @inline(__always)
  private func flag(_ index: Int) -> UnsafeMutablePointer<UInt32> { probabilities + index }

  @inline(__always)
  private func code<Coder: BlockCoder>(
    _ value: Int64, _ predicted: Int64, _ coder: inout Coder, _ context: Int, small: Int = 0
  ) -> Int64 {
    let base = probabilities + RollupModel.flagCount + context * RollupModel.residualSize
    return predicted
      &+ Residual.code(value &- predicted, &coder, zero: base + small, sign: base + 3, magnitude: base + 4)
  }

  /// Codes a number of 0 or more.
  @inline(__always)
  private func codeDistance<Coder: BlockCoder>(_ value: Int64, _ coder: inout Coder, _ context: Int) -> Int64 {
    let base = probabilities + RollupModel.flagCount + context * RollupModel.residualSize
    if coder.decide(value == 0, base) { return 0 }
    return Int64(truncatingIfNeeded: Residual.codeMagnitude(UInt64(bitPattern: value), &coder, base + 4))
  }

  /// Encodes the item, or works it out.
  mutating func code<Coder: BlockCoder>(_ item: inout Item, _ coder: inout Coder) {
    if codeUsualPlace(&item, &coder) {
      item.unit = unit &+ 1
      item.isSteep = false
    } else {
      item.unit = unit &+ codeDistance(item.unit &- unit, &coder, 0)
      if coder.decide(item.count == 0, flag(1)) {
        item.count = 0
        unit = item.unit
        return
      }
      item.count = max(item.count, 1)
      item.isSteep = coder.decide(item.isSteep, flag(2))
      item.first.yesterday = code(item.first.yesterday, last.yesterday, &coder, 1)
      item.first.startTime = code(item.first.startTime, last.startTime, &coder, 2)
    }
    let isNext = item.unit == unit &+ 1
    unit = item.unit
    codeTimes(&item, &coder, isNext: isNext)
    codeFirst(&item, &coder)
    if item.count > 1 {
      codePower(&item, &coder)
      codeLast(&item, &coder)
    } else {
      item.last = item.first
      item.powerTime = 0
      (item.peak, item.peakAt, item.lowest) = (item.first.power, item.first.time, item.first.power)
      (item.shortest, item.longest) = (0, 0)
      spread = 0
      meanPower = item.first.power
    }
    last = item.last
  }

  /// Next unit, one run of it, Yesterday and TotalStartTime as before.
  @inline(__always)
  private func codeUsualPlace<Coder: BlockCoder>(_ item: inout Item, _ coder: inout Coder) -> Bool {
    let isUsual =
      item.unit == unit &+ 1 && item.count > 0 && !item.isSteep && item.first.yesterday == last.yesterday
      && item.first.startTime == last.startTime
    guard coder.decide(isUsual, flag(0)) else { return false }
    if Coder.yields {
      item.count = 1
      item.first.yesterday = last.yesterday
      item.first.startTime = last.startTime
    }
    return true
  }

  @inline(__always)
  private mutating func codeTimes<Coder: BlockCoder>(_ item: inout Item, _ coder: inout Coder, isNext: Bool) {
    let length = form.unitLength / timeUnit
    let start = item.unit &* length
    let awaited = last.time &+ (pace &+ 128) >> 8
    let miss = lastTimeMiss
    item.first.time = code(
      item.first.time, isNext && awaited >= start ? awaited : max(start, awaited), &coder, isNext ? 3 : 4)
    let left = start &+ length &- 1 &- item.first.time
    item.count = code(item.count, 1 &+ (left << 8) / pace, &coder, 5)
    guard item.count > 1 else { return }
    let awaitedLast = item.first.time &+ ((item.count &- 1) &* pace &+ 128) >> 8
    item.last.time = code(item.last.time, awaitedLast, &coder, 6, small: miss)
    lastTimeMiss = item.last.time == awaitedLast ? 0 : 1
    item.shortest = code(item.shortest, shortest, &coder, 7)
    item.longest = code(item.longest, longest, &coder, 8)
    (shortest, longest) = (item.shortest, item.longest)
  }

  private func inToday(_ gained: Int64) -> Int64 { gained &* todayPerTotal.multiply / todayPerTotal.divide }

  @inline(__always)
  private mutating func codeFirst<Coder: BlockCoder>(_ item: inout Item, _ coder: inout Coder) {
    let drawn = wasCarried &+ last.power &* (item.first.time &- last.time)
    let expected = drawn / powerTimePerTotal
    item.first.total = code(item.first.total, last.total &+ expected, &coder, 9, small: last.power == 0 ? 1 : 0)
    let gained = item.first.total &- last.total
    carry(drawn &- gained &* powerTimePerTotal)
    item.first.today = code(item.first.today, last.today &+ inToday(gained), &coder, 10)
    let lead = last.clock &* form.clockUnit &- last.time &* timeUnit
    let clock = (item.first.time &* timeUnit &+ lead).flooringQuotient(form.clockUnit)
    item.first.clock = code(item.first.clock, clock, &coder, 11)
    item.first.power = code(
      item.first.power, last.power, &coder, 12 + Residual.size(spread, limit: 7), small: hadSpread)
  }

  /// Keeps the fraction of a unit that was used and not yet counted.
  private mutating func carry(_ rest: Int64) { wasCarried = min(max(rest, 0), powerTimePerTotal &- 1) }

  @inline(__always)
  private mutating func codePower<Coder: BlockCoder>(_ item: inout Item, _ coder: inout Coder) {
    let duration = item.last.time &- item.first.time
    let power = item.first.power
    let size = Residual.size(spread, limit: 7)
    let above = codeDistance(item.peak &- power, &coder, 20 + size)
    let below = codeDistance(power &- item.lowest, &coder, 28 + min(Residual.size(above, limit: 15) / 2, 7))
    item.peak = power &+ above
    item.lowest = power &- below
    spread = above &+ below
    hadSpread = spread == 0 ? 0 : 1
    if spread == 0 {
      item.last.power = power
      item.peakAt = item.first.time
      item.powerTime = power &* duration
      meanPower = power
      return
    }
    // The last power: the first one's, an end of the range, or anything between.
    if coder.decide(item.last.power == item.lowest, flag(8)) {
      item.last.power = item.lowest
    } else if coder.decide(item.last.power == power, flag(9)) {
      item.last.power = power
    } else if coder.decide(item.last.power == item.peak, flag(10)) {
      item.last.power = item.peak
    } else {
      let from = meanPower >= item.lowest && meanPower <= item.peak ? meanPower : power
      item.last.power = code(item.last.power, from, &coder, 36)
    }
    if above == 0 {
      item.peakAt = item.first.time
    } else {
      let steps = item.count &- 1
      let bits = 64 &- max(steps &- 1, 0).leadingZeroBitCount
      let place = ((item.peakAt &- item.first.time) << 8 &+ pace / 2) / pace
      let coded = min(max(place &- 1, 0), steps &- 1)
      let found = Int64(truncatingIfNeeded: coder.raw(UInt64(bitPattern: coded), count: bits)) &+ 1
      item.peakAt = code(item.peakAt, item.first.time &+ (found &* pace &+ 128) >> 8, &coder, 37)
    }
    let mean =
      meanPower >= item.lowest && meanPower <= item.peak ? meanPower : (power &+ item.last.power) / 2
    item.powerTime = code(
      item.powerTime, mean &* duration, &coder, 38 + min(Residual.size(spread, limit: 15) / 2, 7))
    meanPower = duration > 0 ? item.powerTime / duration : power
  }

  @inline(__always)
  private mutating func codeLast<Coder: BlockCoder>(_ item: inout Item, _ coder: inout Coder) {
    let drawn = wasCarried &+ item.powerTime
    item.last.total = code(
      item.last.total, item.first.total &+ drawn / powerTimePerTotal, &coder, 46, small: item.peak == 0 ? 1 : 0)
    let gained = item.last.total &- item.first.total
    carry(drawn &- gained &* powerTimePerTotal)
    let today = item.first.today &+ inToday(gained)
    let lead = item.first.clock &* form.clockUnit &- item.first.time &* timeUnit
    let clock = (item.last.time &* timeUnit &+ lead).flooringQuotient(form.clockUnit)
    if coder.decide(item.last.today == today && item.last.clock == clock, flag(3)) {
      item.last.today = today
      item.last.clock = clock
    } else {
      item.last.today = code(item.last.today, today, &coder, 47)
      item.last.clock = code(item.last.clock, clock, &coder, 11)
    }
    item.last.yesterday = item.first.yesterday
    item.last.startTime = item.first.startTime
  }
}
