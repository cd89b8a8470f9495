public import Calendar
public import Readings

extension Tariff {
  /// Every instant inside `range`, its ends excluded, at which the rate, its tax, a charge per kWh or the export credit
  /// changes, for any device, or a tier begins or ends to hold, in order.
  public func switches(in range: Range<Timestamp>, zone: TimeZoneRules) -> [Timestamp] {
    guard !range.isEmpty else { return [] }
    let candidates = switchCandidates(in: range, zone)
    var result: [Timestamp] = []
    result.reserveCapacity(candidates.count)
    let schedules = periods.map(\.schedules)
    let selectors = periods.map(Tariff.besidesSchedules(of:))
    var cursor = TariffCursor(self, zone: zone, range: range)
    cursor.move(to: range.lowerBound)
    func held() -> [Bool] {
      guard cursor.period >= 0 else { return [] }
      return selectors[cursor.period].map { $0.holds(on: cursor.day, minuteOfDay: cursor.minuteOfDay) }
    }
    var before = (period: cursor.period, places: cursor.places, held: held())
    var last = range.lowerBound
    for candidate in candidates where candidate > last {
      last = candidate
      cursor.move(to: candidate)
      let isSamePeriod = cursor.period == before.period
      let now = held()
      if isSamePeriod && cursor.places == before.places && now == before.held { continue }
      let isSwitch: Bool
      if isSamePeriod {
        isSwitch =
          now != before.held
          || cursor.places.indices.contains { track in
            Tariff.differ(before.places[track], cursor.places[track], in: schedules[cursor.period][track])
          }
      } else {
        isSwitch =
          now != before.held || state(before.period, before.places) != state(cursor.period, cursor.places)
      }
      if isSwitch { result.append(candidate) }
      before = (cursor.period, cursor.places, now)
    }
    return result
  }

  /// What decides of a price beside the schedules of a device that no rate names: rates of devices, and tiers.
  private static func besidesSchedules(of period: Period) -> [Selector] {
    var selectors = period.tiers.map(\.selector)
    for case .rates(let rates) in period.schedules {
      selectors += rates.map(\.selector).filter { !$0.devices.isEmpty }
    }
    return selectors.filter { !$0.isAlways }
  }

  /// Do two places of one schedule stand for different prices or names?
  private static func differ(_ one: Int, _ other: Int, in pricing: Pricing) -> Bool {
    guard one != other else { return false }
    guard one >= 0, other >= 0 else { return true }
    return switch pricing {
    case .rates(let rates): rates[one].name != rates[other].name || rates[one].price != rates[other].price
    case .prices(let list): list.prices[one] != list.prices[other]
    }
  }

  private struct State: Equatable {
    var rate: PricedRate?
    var charges: [PricedRate?] = []
    var export: PricedRate?
    var tiers: [Tier] = []
    /// Of a period with charges: sums of its own are made for it.
    var period: Int?
  }

  private func state(_ place: Int, _ places: [Int]) -> State {
    guard place >= 0 else { return State() }
    let period = periods[place]
    func rate(_ pricing: Pricing, _ line: Int, _ factor: Int64) -> PricedRate? {
      guard line >= 0 else { return nil }
      return switch pricing {
      case .rates(let rates): PricedRate(name: rates[line].name, price: rates[line].price, factor: factor)
      case .prices(let list): PricedRate(name: list.name, price: list.prices[line], factor: factor)
      }
    }
    var state = State(rate: rate(period.pricing, places[0], factor(of: period)), tiers: period.tiers)
    state.export = period.export.flatMap { rate($0, places[places.count - 1], 1_000_000) }
    if !period.charges.isEmpty { state.period = place }
    return state
  }

  /// Every instant within `range`, its ends excluded, at which a price may change, in order.
  private func switchCandidates(in range: Range<Timestamp>, _ zone: TimeZoneRules) -> ArraySlice<Timestamp> {
    var ofLists: [Timestamp] = []
    for case .prices(let list) in periods.flatMap(\.schedules) {
      ofLists.reserveCapacity(ofLists.count + list.starts.count)
      var index = max(0, list.lastStart(at: range.lowerBound))
      while index < list.starts.count, list.starts[index] < range.upperBound {
        let end = list.ends[index]
        ofLists.append(list.starts[index])
        index += 1
        if index == list.starts.count || list.starts[index] != end { ofLists.append(end) }
      }
    }
    let clock = clock(at: zone)
    var ofDays = clock.changes(in: range)
    let last = clock.date(at: range.upperBound)
    var date = clock.date(at: range.lowerBound)
    var period = -1
    var minutes: [Int] = []
    while date <= last {
      ofDays.append(clock.start(of: date))
      let present = periods.lastIndex { $0.from <= date } ?? -1
      if present != period {
        period = present
        minutes = period < 0 ? [] : switchMinutes(of: periods[period])
      }
      for minute in minutes {
        let time = CivilTime(secondsSince1970: date.dayNumber * 86_400 + Int64(minute) * 60)
        switch clock.instants(of: time) {
        case .one(let instant), .none(skippedAt: let instant): ofDays.append(instant)
        case .two(let earlier, let later): ofDays += [earlier, later]
        }
      }
      date = date.advanced(byDays: 1)
    }
    let candidates = ofLists.inOrder().merged(with: ofDays.inOrder())
    let first = candidates.firstIndex { $0 > range.lowerBound } ?? candidates.endIndex
    let end = candidates.lastIndex { $0 < range.upperBound }.map { $0 + 1 } ?? first
    return candidates[first..<max(first, end)]
  }

  /// Minutes of the day at which a rate's hours begin or end, or its day does, midnight left out.
  private func switchMinutes(of period: Period) -> [Int] {
    var windows: [ClockWindow] = []
    for case .rates(let rates) in period.schedules { windows += rates.compactMap(\.selector.hours) }
    windows += period.tiers.compactMap(\.selector.hours)
    return Set(windows.flatMap { [$0.start, $0.end] } + [dayStartMinute]).filter { $0 > 0 && $0 < 1440 }.sorted()
  }
}
