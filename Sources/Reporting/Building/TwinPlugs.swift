import EnergyAccounting
public import Readings

/// One plug that is heard under two topics, and so counted twice: a bridge's copy, or a second prefix of its own.
///
/// What was said under both tells it: on the plug's days TotalStartTime, Yesterday and what Total was at midnight are the
/// same, to the counter's rounding, while both spoke, and no day says otherwise; of one day alone also what was used.
public struct TwinPlugs: Hashable, Sendable {
  /// The one that was heard first.
  public let one: String
  public let other: String
  /// The time in which both spoke.
  public let range: Range<Timestamp>
  /// What both counted, the lesser of the two.
  let energy: Energy
  let places: Int

  /// What is so, for a person.
  public var text: String {
    "'\(one)' and '\(other)' are one plug heard under two topics (they tell the same counter): what it used, "
      + "\(energy.kilowattHours(places: places)) kWh, is counted twice"
  }

  /// What to do about it.
  public static let advice =
    "leave one of the topics out in record.topics, or name both alike among the devices of wattlog.json"

  /// The pairs, each of neighbours in order of their first readings.
  ///
  /// - Parameter range: of which there is something to say.
  public static func all(among ledgers: [NamedLedger], in range: Range<Timestamp>) -> [TwinPlugs] {
    pairs(among: ledgers).compactMap { twins(ledgers[$0.one], ledgers[$0.other], in: range) }
  }

  /// The names of those that said the same on some day: twins of any shorter time are among them.
  public static func candidates(among ledgers: [NamedLedger]) -> Set<String> {
    Set(pairs(among: ledgers).flatMap { [ledgers[$0.one].name, ledgers[$0.other].name] })
  }

  private static func pairs(among ledgers: [NamedLedger]) -> [(one: Int, other: Int)] {
    // Of a day's start, in one number: most are nobody's but one plug's. Each leads to the newest mark of that number, and
    // every mark to the one before.
    var known: [Int64: Int] = [:]
    var marks: [(ledger: Int, mark: CounterMark, before: Int?)] = []
    var pairs: [(one: Int, other: Int)] = []
    let order = ledgers.indices.sorted {
      (ledgers[$0].ledger.firstReading?.milliseconds ?? 0, ledgers[$0].name)
        < (ledgers[$1].ledger.firstReading?.milliseconds ?? 0, ledgers[$1].name)
    }
    for index in order {
      // A counter of several has its likes in other plugs of the kind: the first says whose it is.
      for mark in ledgers[index].ledger.channels.first?.marks ?? [] {
        guard let day = mark.day, let yesterday = mark.yesterday, mark.isTelling else { continue }
        let key = (day &* 1_000_003 &+ (mark.startTime ?? -1)) &* 1_000_003 &+ yesterday.milliwattHours
        var (before, one) = (known[key], Int?.none)
        while let place = before {
          let other = marks[place]
          if other.ledger != index, other.mark.beginsLike(mark), other.mark.isSame(as: mark) { one = other.ledger }
          before = other.before
        }
        if let one {
          if !pairs.contains(where: { $0.one == one && $0.other == index }) { pairs.append((one, index)) }
        } else {
          marks.append((index, mark, known.updateValue(marks.count, forKey: key)))
        }
      }
    }
    return pairs
  }

  /// On how many days the two said the same, and whether they said something else on another.
  private static func agreement(_ one: DeviceLedger, _ other: DeviceLedger) -> (count: Int, isContradicted: Bool) {
    let others = Dictionary(
      (other.channels.first?.marks ?? []).compactMap { mark in mark.day.map { ($0, mark) } },
      uniquingKeysWith: { first, _ in first })
    var count = 0
    for mark in one.channels.first?.marks ?? [] {
      guard let day = mark.day, let same = others[day] else { continue }
      guard mark.isSame(as: same), mark.yesterday == same.yesterday else { return (count, true) }
      count += 1
    }
    return (count, false)
  }

  /// What both counted in one time, but for what a message more or less at its ends tells.
  private static func isClose(_ a: Energy, _ b: Energy, unit: Energy?) -> Bool {
    let slack = max(a, b).milliwattHours / 4 + 4 * (unit ?? .zero).milliwattHours
    return (a - b).milliwattHours.magnitude <= slack.magnitude
  }

  /// Nil where one was silent before the other began: a plug that was given another topic.
  private static func twins(_ one: NamedLedger, _ other: NamedLedger, in range: Range<Timestamp>) -> TwinPlugs? {
    guard let first = one.ledger.firstReading, let last = one.ledger.lastReading,
      let otherFirst = other.ledger.firstReading, let otherLast = other.ledger.lastReading
    else { return nil }
    let start = max(first, otherFirst, range.lowerBound)
    let end = min(last, otherLast, range.upperBound)
    guard start < end else { return nil }
    func used(_ ledger: DeviceLedger) -> Energy {
      let buckets = ledger.buckets(in: range)
      return ledger.channels.reduce(.zero) { $0 + $1.sum(buckets).energy }
    }
    let (a, b) = (used(one.ledger), used(other.ledger))
    let days = agreement(one.ledger, other.ledger)
    // One day alone may be alike by chance: plugs that were set up together.
    guard !days.isContradicted, days.count > 1 || isClose(a, b, unit: one.ledger.channels.first?.marks.first?.unit)
    else {
      return nil
    }
    return TwinPlugs(
      one: one.name, other: other.name, range: start..<end, energy: min(a, b),
      places: max(one.ledger.channels.first?.counterPlaces ?? 3, other.ledger.channels.first?.counterPlaces ?? 3))
  }
}

extension CounterMark {
  /// New plugs are alike: a counter that has hardly counted yet says nothing.
  fileprivate var isTelling: Bool {
    (midnightTotal?.milliwattHours ?? 0) > 100 * unit.milliwattHours && yesterday != nil
  }

  /// The same day, the same Yesterday, and the counter began at the same time.
  fileprivate func beginsLike(_ other: CounterMark) -> Bool {
    day == other.day && startTime == other.startTime && yesterday == other.yesterday
  }

  fileprivate func isSame(as other: CounterMark) -> Bool {
    guard let midnightTotal, let others = other.midnightTotal else { return false }
    let slack =
      2 * max(unit, other.unit).milliwattHours
      + 2 * FirmwareFacts.floatStep(midnightTotal.milliwattHours.magnitude)
    return abs((midnightTotal - others).milliwattHours) <= slack
  }
}
