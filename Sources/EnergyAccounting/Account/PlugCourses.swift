import Readings

/// Whose readings they are, where several plugs were left on one topic: each counter goes on where it was.
///
/// Two readings are of one course where TotalStartTime and Yesterday are the same and Total was the same at the plug's
/// midnight, or where a midnight between them explains that they are not. A course that is left and taken up again, and
/// again, while another does the same, is another plug: false readings lead nowhere, and late ones are behind a course.
struct PlugCourses {
  /// The counters of one plug.
  struct Course {
    var last: CounterPoint
    /// How often readings came back to it from another one in the present time of turns.
    var turns = 0
    /// The most of that in any: a false reading a day makes many of them in a year, one at a time.
    var returns = 0
    /// It counted something meanwhile.
    var hasGrown = false
  }

  private(set) var courses: [Course] = []
  /// Times in which readings took turns, in order.
  private(set) var spans: [Span] = []
  /// The course of the last reading.
  private(set) var current = 0
  /// Every plug has a TotalStartTime of its own: a reading is of the plug whose it is, whatever else it says.
  private let startTimesTell: Bool

  struct Span {
    var from: Int64
    var to: Int64
    var returns = 1
    /// By course, its last reading when the last turn was taken: what is read later says nothing of this time.
    var lasts: [CounterPoint] = []
  }

  /// More are false readings and counters that were set: the one that is silent longest makes room.
  private static let mostCourses = 8
  /// So often both have to be taken up again.
  private static let leastReturns = 3
  /// So often a course that counts nothing, and has the other's TotalStartTime.
  private static let leastIdleReturns = 8
  /// A course that was silent for longer is not taken in turns: a plug was put elsewhere and back. In ms.
  private static let longestTurn: Int64 = 3 * 3_600_000
  /// Zones differ by quarters of an hour, in ms.
  private static let zoneStep: Int64 = 900_000
  /// How far clocks that are set may be apart, and messages late in the usual way, in ms.
  private static let clockSlack: Int64 = 30_000
  /// Turns that lie further apart are two times of it, in ms.
  private static let longestPause: Int64 = 6 * 3_600_000

  init(startTimesTell: Bool = false) { self.startTimesTell = startTimesTell }

  /// The plugs among the courses, where there are several.
  var plugs: [Int] {
    let often = courses.indices.filter {
      courses[$0].returns >= PlugCourses.leastReturns && courses[$0].last.total != 0
    }
    let plugs = often.filter { index in
      courses[index].hasGrown || courses[index].returns >= PlugCourses.leastIdleReturns
        || often.allSatisfy { $0 == index || PlugCourses.startTimesDiffer(courses[$0].last, courses[index].last) }
    }
    return plugs.count > 1 ? plugs : []
  }

  /// Does TotalStartTime alone tell the plugs apart?
  var isToldByStartTimes: Bool {
    let times = plugs.map { courses[$0].last.startTime }
    return !times.contains(CounterPoint.absent) && Set(times).count == times.count
  }

  /// Times in which plugs took turns.
  var sharedSpans: [Span] { spans.filter { $0.returns >= PlugCourses.leastReturns } }

  /// Takes a reading; returns its course, and whether that begins with it.
  mutating func place(_ point: CounterPoint) -> (course: Int, isNew: Bool) {
    guard !courses.isEmpty else { return open(point) }
    let found = course(of: point)
    // A message that was held up shows what a counter was, which is no plug's turn.
    guard PlugCourses.speakTogether(point, courses[current].last) else { return (found ?? current, false) }
    guard let course = found else {
      // What is behind a course that goes on from it came late.
      if let late = courses.firstIndex(where: { PlugCourses.isLate(point, $0.last) }) { return (late, false) }
      return open(point)
    }
    let last = courses[course].last
    if point.total > last.total { courses[course].hasGrown = true }
    courses[course].last = point
    if course != current {
      if point.time - last.time <= PlugCourses.longestTurn {
        see(Span(from: last.time, to: point.time, lasts: courses.map(\.last)))
        courses[course].turns += 1
        courses[course].returns = max(courses[course].returns, courses[course].turns)
      }
      current = course
    }
    return (course, false)
  }

  /// Takes a reading that goes on from the one before, in a course that ``place(_:)`` told. One that was held up, or of
  /// another plug whose clock is behind, is in none, and so is what goes on from it.
  mutating func follow(_ point: CounterPoint, in course: Int) {
    guard courses.indices.contains(course), courses[course].last.time <= point.time,
      PlugCourses.distance(from: courses[course].last, to: point) != nil
    else { return }
    if point.total > courses[course].last.total { courses[course].hasGrown = true }
    courses[course].last = point
    current = course
  }

  private func course(of point: CounterPoint) -> Int? {
    if startTimesTell, point.startTime != CounterPoint.absent {
      return courses.firstIndex { $0.last.startTime == point.startTime }
    }
    var best: (course: Int, distance: Int64)?
    for (index, course) in courses.enumerated() {
      guard let distance = PlugCourses.distance(from: course.last, to: point), distance < best?.distance ?? .max else {
        continue
      }
      best = (index, distance)
    }
    return best?.course
  }

  private mutating func open(_ point: CounterPoint) -> (course: Int, isNew: Bool) {
    if courses.count < PlugCourses.mostCourses {
      courses.append(Course(last: point))
      current = courses.count - 1
    } else {
      current = courses.indices.min { courses[$0].last.time < courses[$1].last.time } ?? 0
      courses[current] = Course(last: point)
    }
    return (current, true)
  }

  private mutating func see(_ turn: Span) {
    guard let last = spans.indices.last, turn.from - spans[last].to <= PlugCourses.longestPause else {
      spans.append(turn)
      for index in courses.indices { courses[index].turns = 0 }
      return
    }
    spans[last].from = min(spans[last].from, turn.from)
    spans[last].to = max(spans[last].to, turn.to)
    spans[last].lasts = turn.lasts
    spans[last].returns += 1
  }

  // MARK: Two readings

  private static func startTimesDiffer(_ one: CounterPoint, _ other: CounterPoint) -> Bool {
    one.startTime != CounterPoint.absent && other.startTime != CounterPoint.absent && one.startTime != other.startTime
  }

  /// Clocks of two plugs agree, but for their zones: one that is behind by anything else was held up on its way.
  private static func speakTogether(_ point: CounterPoint, _ last: CounterPoint) -> Bool {
    guard let lead = point.clockLead, let lastLead = last.clockLead, lead < lastLead else { return true }
    let apart = (lastLead - lead).flooringRemainder(PlugCourses.zoneStep)
    return min(apart, PlugCourses.zoneStep - apart) <= PlugCourses.clockSlack
  }

  private static func isLate(_ point: CounterPoint, _ last: CounterPoint) -> Bool {
    point.hasClock && last.hasClock && point.clock < last.clock && distance(from: point, to: last) != nil
  }

  /// Does a reading go on within the plug's day from the one before it? Of nearly all that do rollups tell nothing by
  /// themselves, so whoever decides about courses by rows may not ask those either: both must see the same readings.
  static func goesOn(from old: CounterPoint, to new: CounterPoint) -> Bool {
    guard old.hasToday, new.hasToday, old.hasYesterday, new.hasYesterday, new.yesterday == old.yesterday,
      new.startTime == old.startTime, abs(new.midnightTotal - old.midnightTotal) <= slack(old, new)
    else { return false }
    // No powers explain the fall of a counter that has one of its own for what is given back.
    let givesBack = [old, new].contains {
      $0.power != CounterPoint.absent && $0.power < 0 && $0.export == CounterPoint.absent
    }
    return new.total >= old.total || givesBack
  }

  /// By how much the numbers of one plug may disagree.
  private static func slack(_ old: CounterPoint, _ new: CounterPoint) -> Int64 {
    2 * Energy.unit(places: min(old.places, new.places)).milliwattHours
      + FirmwareFacts.droppedAtMidnight * max(old.phases, new.phases)
      + 2 * FirmwareFacts.floatStep(max(old.total.magnitude, new.total.magnitude))
  }

  /// How far apart the counters of two readings are that may be one plug's; nil where they are not.
  static func distance(from old: CounterPoint, to new: CounterPoint) -> Int64? {
    guard old.total != CounterPoint.absent, new.total != CounterPoint.absent, !startTimesDiffer(old, new) else {
      return nil
    }
    let gained = new.total - old.total
    // Of a late message only the clock tells how far it lies from the others.
    let byClock = old.hasClock && new.hasClock ? abs(new.clock - old.clock) : 0
    let elapsed = Int128(max(abs(new.time - old.time), byClock, 1000))
    let slack = slack(old, new)
    // What is given back takes a counter below where it was, over midnight too.
    let runsBack = [old, new].contains {
      $0.hasCountedBack || ($0.power != CounterPoint.absent && $0.power < 0) || $0.export != CounterPoint.absent
    }
    let isPossible =
      (gained >= -slack || runsBack)
      && Int128(abs(gained)) <= Int128(SeenPower.house) * elapsed / 3_600_000 + Int128(slack)
    // A counter that fell is another's rather, where there is one that did not.
    let distance = gained >= 0 ? gained : 1_000_000_000 &- gained
    guard old.hasToday, new.hasToday, old.hasYesterday, new.hasYesterday else { return isPossible ? distance : nil }
    if new.yesterday == old.yesterday, abs(new.midnightTotal - old.midnightTotal) <= slack { return distance }
    let days = old.plugDay.flatMap { oldDay in new.plugDay.map { $0 - oldDay } }
    guard days.map({ $0 >= 1 }) ?? true, isPossible else { return nil }
    if abs(new.midnightTotal - old.midnightTotal - new.yesterday) <= slack,
      runsBack || new.yesterday >= old.today - slack
    {
      return distance
    }
    return days.map({ $0 >= 2 }) ?? false && new.midnightTotal >= old.total - slack ? distance : nil
  }
}
