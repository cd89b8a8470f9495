import Readings

/// Starts of the plug, from INFO, and what they did to its counters: a wanted restart saves them, a power cut loses what
/// was not saved.
struct PlugStarts {
  /// A plug's start.
  struct Start: Hashable {
    var at: Int64
    /// By command or update: Settings were saved just before.
    var isWanted: Bool
    /// After a power cut: nothing but Settings is left.
    var isPowerOn: Bool
  }

  private var all: [Start] = []
  /// The first that no step has passed.
  private var next = 0
  /// Today as the last restart on purpose saved it, between the readings before and after it: what a power cut falls
  /// back to.
  private(set) var savedToday: ClosedRange<Int64> = 0...0
  /// When a plug connected of which no start is known: bridges and firmware without INFO tell of nothing else. A restart may
  /// have been the reason, or the network alone.
  private var connections: [Int64] = []
  /// The first that no step has passed.
  private var nextConnection = 0
  /// The first of the others that another follows within a day, as far as it was looked for.
  private var telling = 0
  /// Today as it was at the last of them this day.
  private(set) var likelySaved: ClosedRange<Int64> = 0...0
  /// The plug started without time after a power cut: what was saved of Today is still to be added.
  private(set) var awaitsSaved = false
  /// The last reading of a clock that was never set.
  private var timeless: (clock: Int64, time: Int64)?

  mutating func insert(_ start: Start) {
    let index = all.lastIndex { $0.at <= start.at }.map { $0 + 1 } ?? 0
    all.insert(start, at: max(index, min(next, all.count)))
  }

  /// INFO of any kind was heard of it: then it tells of each start.
  var tellsOfStarts = false

  mutating func connect(at time: Int64) {
    let index = connections.partitioningIndex { $0 > time }
    connections.insert(time, at: max(index, min(nextConnection, connections.count)))
    telling = nextConnection
  }

  /// When the first start, or connection, is that no step has passed; the end of time without one.
  mutating func nextTime() -> Int64 {
    if next < all.count { return all[next].at }
    guard !tellsOfStarts else { return .max }
    // Only where the plug connects again within a day its counters at a connection are asked for: networks that are away
    // make many of them.
    telling = max(telling, nextConnection)
    while telling + 1 < connections.count, connections[telling + 1] - connections[telling] > PlugStarts.day {
      telling += 1
    }
    return telling + 1 < connections.count ? connections[telling] : .max
  }

  private static let day: Int64 = 86_400_000

  /// The last connection behind one instant and up to another, of a plug that tells of no starts.
  func connection(within start: Int64, _ end: Int64) -> Int64? {
    guard !tellsOfStarts else { return nil }
    return connections[nextConnection...].last { $0 > start && $0 <= end }
  }

  /// When the last start was that a step has passed.
  var last: Int64? { next > 0 ? all[next - 1].at : nil }

  /// Those behind one instant and up to another.
  func within(_ start: Int64, _ end: Int64) -> ArraySlice<Start> {
    all[next...].drop { $0.at <= start }.prefix { $0.at <= end }
  }

  /// The clock of 1970 as it was within the last minutes.
  func timelessClock(at time: Int64) -> Int64? {
    timeless.flatMap { time - $0.time <= StepClassifier.longestDelay ? $0.clock : nil }
  }

  /// Those before the first reading explain no step: what they saved is what it shows.
  mutating func begin(with point: CounterPoint) {
    let today = max(point.today, 0)
    while next < all.count, all[next].at <= point.time {
      if all[next].isWanted, point.hasToday { savedToday = today...today }
      next += 1
    }
    while nextConnection < connections.count, connections[nextConnection] <= point.time {
      if !tellsOfStarts, point.hasToday { likelySaved = today...today }
      nextConnection += 1
    }
  }

  /// What a step says of them.
  mutating func follow(_ step: CounterStep, from old: CounterPoint, to new: CounterPoint, countsBack: Bool) {
    if step.crossesDay || step.rule == .resetAll || step.rule == .otherPlug {
      (savedToday, likelySaved) = (0...0, 0...0)
    }
    while next < all.count, all[next].at <= new.time {
      if all[next].isWanted, old.hasToday, new.hasToday, step.isOnCourse {
        let before = step.crossesDay ? 0 : countsBack ? old.today : max(old.today, 0)
        savedToday = (countsBack ? min(before, new.today) : before)...max(new.today, before)
      }
      next += 1
    }
    while nextConnection < connections.count, connections[nextConnection] <= new.time {
      if !tellsOfStarts, connections[nextConnection] > old.time, old.hasToday, new.hasToday, step.isOnCourse,
        !countsBack
      {
        let before = step.crossesDay ? 0 : max(old.today, 0)
        likelySaved = before...max(new.today, before)
      }
      nextConnection += 1
    }
    if step.rule == .fallback, !step.crossesDay, new.clock != CounterPoint.absent {
      // Its day may have turned while it was off: then it turns once the plug has its time.
      let isYesterdaysDue = (old.plugDay ?? .max) < (new.plugDay ?? .min) && new.yesterday == old.yesterday
      awaitsSaved = !new.hasClock || isYesterdaysDue
    } else if new.hasClock || new.clock == CounterPoint.absent {
      awaitsSaved = false
    }
    if new.isTimeless { timeless = (new.clock, new.time) }
  }

  /// Restarts on purpose within a run whose rows are gone saved Today as it was in their cell.
  mutating func pass(_ run: RollupRun, _ cells: ArraySlice<RollupCell>, cellLength: Int64) {
    var today = max(run.first.today, 0)
    var cellEnd = run.first.time.milliseconds.nextMultiple(of: cellLength)
    for cell in cells {
      while next < all.count, all[next].at < min(cellEnd, run.last.time.milliseconds + 1) {
        if all[next].isWanted { savedToday = today...(today &+ cell.energy) }
        next += 1
      }
      while nextConnection < connections.count,
        connections[nextConnection] < min(cellEnd, run.last.time.milliseconds + 1)
      {
        if !tellsOfStarts { likelySaved = today...(today &+ cell.energy) }
        nextConnection += 1
      }
      today &+= cell.energy
      cellEnd += cellLength
    }
  }

  /// Another plug, or a new base: what was saved is not known any more.
  mutating func forget() {
    savedToday = 0...0
    likelySaved = 0...0
    awaitsSaved = false
    timeless = nil
  }
}

/// Why a plug started, in the firmware's words (ESP8266: `ESP.getResetReason()`; ESP32: `esp_reset_reason()` of each core).
enum PlugRestart {
  /// True for a restart by command, button or update, before which the firmware saves its counters. What is neither a
  /// power cut nor a crash is one: the words differ between cores and versions.
  static func isWanted(_ reason: some StringProtocol) -> Bool { !names(powerCuts + crashes, in: reason) }

  /// True for the start after a power cut: `Power On` on the ESP8266, `Vbat power on reset` on the ESP32.
  static func isPowerOn(_ reason: some StringProtocol) -> Bool { names(powerCuts, in: reason) }

  /// Byte by byte: a long report asks of every start of every plug.
  private static func names(_ words: [[UInt8]], in reason: some StringProtocol) -> Bool {
    let text = Array(reason.lowercased().utf8)
    return words.contains { word in
      text.indices.contains { text[$0...].starts(with: word) }
    }
  }

  private static let powerCuts = ["power on", "poweron", "power-on", "brownout", "brown-out", "brown out"].map {
    Array($0.utf8)
  }
  private static let crashes = [
    "exception", "panic", "watchdog", "wdt", "wdg", "blocked loop", "deep-sleep", "deep sleep", "external", "unknown",
    "crash", "fatal",
  ].map { Array($0.utf8) }
}
