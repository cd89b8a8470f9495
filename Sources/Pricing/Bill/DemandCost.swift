public import Calendar
public import Readings

/// What a demand charge comes to in one calendar month.
public struct DemandCost: Hashable, Sendable {
  /// Places among the tariff's periods and the period's charges.
  let period: Int
  let charge: Int
  /// The month's first day.
  public let month: LocalDate
  /// The highest windows, each of another day, highest first: energy and when it began.
  public let peaks: [Peak]
  /// What is billed, in mW, rounded; at least the minimum.
  public let milliwatts: Int64
  /// Of the whole month, tax added.
  let amount: PreciseMoney

  public struct Peak: Hashable, Sendable {
    public var start: Timestamp
    public var energy: Energy
  }

  static func all(_ tariff: Tariff, _ schedule: TariffSchedule, _ devices: [Bill.Device]) -> [DemandCost] {
    var costs: [DemandCost] = []
    for (period, content) in tariff.periods.enumerated() {
      for (place, charge) in content.charges.enumerated() {
        guard case .demand(let demand) = charge.basis else { continue }
        let factor = tariff.factor(of: charge, in: content)
        for (month, peaks) in DemandWindows(tariff, schedule, devices, demand, period: period).months {
          costs.append(DemandCost(demand, peaks, month, period, place, factor: factor))
        }
      }
    }
    return costs
  }

  private init(
    _ demand: Tariff.Demand, _ peaks: [Peak], _ month: LocalDate, _ period: Int, _ charge: Int, factor: Int64
  ) {
    (self.period, self.charge, self.month, self.peaks) = (period, charge, month, peaks)
    let count = Int64(peaks.count)
    // mWh in a window are so many mW: times how often the window goes into an hour.
    let sum = peaks.reduce(Int64(0)) { $0 + $1.energy.milliwattHours } * Int64(60 / demand.windowMinutes)
    let billed = max(sum, demand.minimumMilliwatts * count)
    milliwatts = (billed + count / 2) / count
    switch demand.price {
    case .perKilowatt(let price):
      // A mW is 10^-6 kW, as a mWh is of a kWh.
      let whole = Money(units: Int128(price.units) * Int128(factor) * Int128(billed))
      amount = PreciseMoney(whole).scaled(by: 1, over: count)
    case .steps(let steps):
      let step = steps.last { $0.aboveMilliwatts * count <= billed } ?? steps.first
      amount = PreciseMoney(Money(units: Int128(step?.price.units ?? 0) * Int128(factor) * 1_000_000))
    }
  }
}

/// The highest windows of each month for one demand charge.
private struct DemandWindows {
  /// Of months in which some window counts.
  private(set) var months: [(month: LocalDate, peaks: [DemandCost.Peak])] = []

  init(
    _ tariff: Tariff, _ schedule: TariffSchedule, _ devices: [Bill.Device], _ demand: Tariff.Demand, period: Int
  ) {
    let cuts = schedule.cutPoints
    guard let first = cuts.first, let last = cuts.last else { return }
    let uses = devices.filter { device in
      demand.selector.devices.isEmpty
        || demand.selector.devices.contains(where: device.isNamed)
    }.map(\.slots.uses)
    var clock = ZoneClock(tariff.clock(at: schedule.zone), over: first..<last)
    let (step, dayStart) = (Int64(demand.windowMinutes) * 60, Int64(tariff.dayStartMinute) * 60)
    var best: [LocalDate: DemandCost.Peak] = [:]
    var today: (number: Int64, date: LocalDate, counts: Bool)?
    var open: (offset: Int, window: Int64)?
    var (start, energy, date) = (first, Energy.zero, LocalDate(dayNumber: 0))
    func close() {
      guard open != nil else { return }
      if let known = best[date], known.energy >= energy { return }
      best[date] = DemandCost.Peak(start: start, energy: energy)
    }
    for span in schedule.rateSpans(in: 0..<schedule.slotCount) where span.period == period {
      for slot in span.slots {
        let offset = clock.offset(at: cuts[slot])
        let local = cuts[slot].seconds + Int64(offset)
        let window = local.flooringQuotient(step)
        if open?.window != window || open?.offset != offset {
          close()
          open = nil
          let number = (local - dayStart).flooringQuotient(86_400)
          if today?.number != number {
            let date = LocalDate(dayNumber: number)
            today = (number, date, demand.selector.holds(on: tariff.dateNames.day(date)))
          }
          let minute = Int((window * step).flooringRemainder(86_400)) / 60
          guard let today, today.counts, demand.selector.hours?.contains(minuteOfDay: minute) ?? true else { continue }
          (start, energy, date) = (cuts[slot], .zero, today.date)
          open = (offset, window)
        }
        for uses in uses { energy += uses[slot] }
      }
    }
    close()
    for (month, days) in Dictionary(grouping: best.keys, by: \.startOfMonth).sorted(by: { $0.key < $1.key }) {
      let peaks = days.compactMap { best[$0] }.sorted { ($0.energy, $1.start) > ($1.energy, $0.start) }
      months.append((month, Array(peaks.prefix(demand.peaks))))
    }
  }
}
