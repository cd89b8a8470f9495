import Calendar
import EnergyAccounting
public import Pricing
public import Readings
import Reporting
import Storage
import Text

/// Judges conditions of `check` by what the store held at an instant.
public struct ConditionQuery {
  /// What is known of one device, or of the sum of several, about one condition.
  public enum Verdict: Hashable, Sendable {
    /// What holds, in words: `fridge: silent for 2 h 5 m`.
    case holds(String)
    case holdsNot(String)
    /// Why nothing can be said.
    case unknown(String)
  }

  let store: HouseholdStore
  let zone: SiteZone
  let at: Timestamp
  /// What money is told by; nil without.
  let tariff: Tariff?
  /// The meter that counts the whole house; nil without.
  let mainMeter: String?

  /// - Parameters:
  ///   - zone: the site's, with its days and bills.
  ///   - at: the instant of which is asked; what came later is not looked at.
  ///   - tariff: nil for none; then nothing is known of money.
  ///   - mainMeter: the name of the meter that counts the whole house; nil without.
  public init(
    _ store: HouseholdStore, zone: SiteZone, at: Timestamp, tariff: Tariff? = nil, mainMeter: String? = nil
  ) {
    self.store = store
    self.zone = zone
    self.at = at
    self.tariff = tariff
    self.mainMeter = mainMeter
  }

  /// A power that is older says nothing about now.
  static let freshness: Int64 = 3_600_000

  /// One verdict for each matching device; for a period one for all of them. Empty where no device matches.
  public func verdicts(on condition: CheckCondition) -> [Verdict] {
    let meant = condition.device.map { store.devices(meantBy: $0, among: store.devices) } ?? store.devices
    let devices = meant.filter { $0.first <= at }
    guard !devices.isEmpty else { return [] }
    if condition.subject.isPeriod {
      // What is behind the main meter is in its figure.
      let main = devices.filter { $0.name == mainMeter }
      let counted = main.isEmpty ? devices : main
      return [condition.figure == .use ? energy(condition, counted) : periodFigure(condition, counted, of: devices)]
    }
    var verdicts: [Verdict] = []
    for device in devices.compactMap(\.measured) {
      verdicts.append(
        condition.subject == .silent ? silence(condition, device) : power(condition, device))
    }
    return verdicts
  }

  private func silence(_ condition: CheckCondition, _ device: LogicalDevice) -> Verdict {
    guard let last = lastReading(of: device) else { return .unknown("\(device.name): no reading yet") }
    let age = at.milliseconds - last.at.milliseconds
    let text = "\(device.name): silent for \(AgeText.text(seconds: age / 1000))"
    return condition.comparison.holds(age, condition.threshold) ? .holds(text) : .holdsNot(text)
  }

  private func power(_ condition: CheckCondition, _ device: LogicalDevice) -> Verdict {
    guard let last = lastReading(of: device) else { return .unknown("\(device.name): no reading yet") }
    let age = at.milliseconds - last.at.milliseconds
    guard age <= ConditionQuery.freshness else {
      return .unknown("\(device.name): silent for \(AgeText.text(seconds: age / 1000)), so its power is not known")
    }
    guard let watts = last.power else { return .unknown("\(device.name): its last message holds no power") }
    let text = "\(device.name): power \(watts.text) W"
    let holdsNow = condition.comparison.holds(milli(watts), condition.threshold)
    guard let duration = condition.duration, holdsNow else { return holdsNow ? .holds(text) : .holdsNot(text) }
    // Each power holds until the next message, so the one before the time counts too.
    let start = at.advanced(byMilliseconds: -duration)
    let longest = max(15 * 60_000, duration / 4)
    var previous = start
    var extreme = watts
    var contrary: Figure?
    var silence: Int64 = 0
    if let before = lastReading(of: device, before: start.advanced(byMilliseconds: 1)) {
      previous = max(previous.advanced(byMilliseconds: -longest), before.at)
      if let power = before.power, start.milliseconds - before.at.milliseconds <= longest,
        !condition.comparison.holds(milli(power), condition.threshold)
      {
        contrary = power
      }
    }
    let isUpper = condition.comparison == .below || condition.comparison == .atMost
    scan(device, start..<at.advanced(byMilliseconds: 1)) { time, power in
      silence = max(silence, time.milliseconds - previous.milliseconds)
      previous = time
      guard let power else { return }
      if !condition.comparison.holds(milli(power), condition.threshold) { contrary = power }
      if isUpper ? extreme.isLess(than: power) : power.isLess(than: extreme) { extreme = power }
    }
    silence = max(silence, at.milliseconds - previous.milliseconds)
    let span = SpanText.text(milliseconds: duration)
    if let contrary { return .holdsNot("\(text), but \(contrary.text) W within the last \(span)") }
    guard silence <= longest else {
      let gap = AgeText.text(seconds: silence / 1000)
      return .unknown("\(device.name): a silence of \(gap) within the last \(span), so its power is not known")
    }
    return .holds("\(text), \(isUpper ? "at most" : "at least") \(extreme.text) W for \(span)")
  }

  /// The period that a condition names, at ``at``.
  func period(_ subject: CheckCondition.Subject) -> CalendarPeriod {
    let today = zone.days.date(at: at)
    return switch subject {
    case .week: CalendarPeriod(.week, holding: today)
    case .month: CalendarPeriod(.month, holding: today)
    case .bill: CalendarPeriod(.bill, holding: today, billing: zone.billing)
    case .year: CalendarPeriod(.year, holding: today)
    case .yesterday: CalendarPeriod(.day, holding: today.advanced(byDays: -1))
    case .today, .silent, .power: CalendarPeriod(.day, holding: today)
    }
  }

  private func energy(_ condition: CheckCondition, _ counted: [LogicalDevice]) -> Verdict {
    let whole = zone.range(of: period(condition.subject))
    let range = whole.lowerBound..<max(whole.lowerBound.advanced(byMilliseconds: 1), min(whole.upperBound, at))
    let ledgers = LedgerQuery(store, counted, zone: zone.rules).ledgers(over: range)
    var sum = Energy.zero
    var isKnown = false
    for bucket in ledgers.flatMap(\.ledger.channels).flatMap(\.buckets) {
      sum += bucket.energy
      if bucket.covered + bucket.inferredTime > 0 { isKnown = true }
    }
    let name = name(of: condition, counted)
    guard isKnown else { return .unknown("\(name): no reading \(condition.subject.words)") }
    let kWh = Figure(sum.milliwattHours, places: 6).rescaled(to: 3)
    let text = "\(name): \(kWh.groupedText) kWh \(condition.subject.words)"
    return condition.comparison.holds(sum.milliwattHours, condition.threshold) ? .holds(text) : .holdsNot(text)
  }

  func name(of condition: CheckCondition, _ counted: [LogicalDevice]) -> String {
    condition.device == nil ? "all" : counted.map(\.name).joined(separator: " + ")
  }

  // MARK: Readings

  private func milli(_ power: Figure) -> Int64 { power.rescaled(to: 3).mantissa }

  /// The last reading at or before ``at``, or before an earlier instant, with the sum of its channels' powers.
  private func lastReading(
    of device: LogicalDevice, before limit: Timestamp? = nil
  ) -> (at: Timestamp, power: Figure?)? {
    let end = min(limit ?? .init(milliseconds: .max), at.advanced(byMilliseconds: 1))
    guard device.first < end else { return nil }
    var step: Int64 = 3_600_000
    var high = min(end, device.last.advanced(byMilliseconds: 1))
    while high > device.first {
      let low = max(device.first, high.advanced(byMilliseconds: -step))
      var found: (at: Timestamp, power: Figure?)?
      scan(device, low..<high) { time, power in
        if time >= found?.at ?? time { found = (time, power) }
      }
      if let found { return found }
      high = low
      step *= 2
    }
    return nil
  }

  private func scan(
    _ device: LogicalDevice, _ range: Range<Timestamp>, _ body: (Timestamp, Figure?) -> Void
  ) {
    for member in device.members where member.first < range.upperBound && member.last >= range.lowerBound {
      store.reader.readings(of: member.device, in: range) { rows in
        for row in rows.times.indices { body(rows.times[row], rows.power(ofRow: row)) }
      }
    }
  }
}

extension CheckCondition.Subject {
  /// How the time of an energy is called in a sentence.
  var words: String {
    switch self {
    case .week, .month, .bill, .year: "this \(rawValue)"
    default: rawValue
    }
  }
}
