import Calendar
import EnergyAccounting
import Pricing
import Readings
import Text
import Work

/// What a report's periods cost: rounded once, so that lines, kinds and periods add up as printed.
extension ReportBuilder {
  /// Printed units of one period.
  struct PeriodMoney: Sendable {
    var energy: Int128
    var standing: Int128
    var credit: Int128

    var cost: Int128 { energy + standing - credit }
  }

  func moneyFigure(_ units: Int128) -> Figure { Figure(Int64(clamping: units), places: digits) }

  /// Energy, standing charge and credit of every period, rounded together so that periods and kinds both add up.
  ///
  /// - Parameter bills: by period; nil where there is no line.
  func rounded(_ bills: [PeriodBills?], _ pass: ReportPlan.Pass, _ tariff: Tariff) -> [PeriodMoney] {
    var exact: [Int128] = []
    exact.reserveCapacity(3 * pass.periods.count)
    for (range, bills) in zip(pass.periods, bills) {
      exact.append(bills?.energyCost.units ?? 0)
      exact.append(request.hasStandingCharge ? (bills?.siteCost ?? siteCost(in: range, tariff)).units : 0)
      exact.append(0 - (bills?.exportCredit.units ?? 0))
    }
    let rounded = ControlledRounding(exact, width: 3, unit: moneyUnit)
    return pass.periods.indices.map {
      PeriodMoney(energy: rounded[$0, 0], standing: rounded[$0, 1], credit: 0 - rounded[$0, 2])
    }
  }

  /// Of a period without any line.
  private func siteCost(in range: Range<Timestamp>, _ tariff: Tariff) -> Money {
    let schedule = TariffSchedule(
      tariff, zone: request.zone, billing: request.billing, cutPoints: [range.lowerBound, range.upperBound])
    return Bill(tariff, schedule, devices: []).siteCost(in: range) { _ in [] }
  }

  /// What each line costs by each rate, adding up to the period's printed energy cost.
  func costTable(
    _ lines: [ExactEntry], _ bills: [BillSum], _ rates: [ExactEntry.Rate], total: Int128
  ) -> ControlledRounding {
    var exact: [Int128] = []
    exact.reserveCapacity(lines.count * rates.count)
    for (line, bill) in zip(lines, bills) {
      for rate in rates { exact.append(line.cost(of: rate, bill).units) }
    }
    return ControlledRounding(exact, width: rates.count, unit: moneyUnit, total: total)
  }

  static func sum(_ periods: [Report.Period]) -> Report.Total {
    var total = sum(periods.map(\.total))
    let suns = periods.compactMap(\.total.sun)
    if let first = suns.first { total.sun = suns.dropFirst().reduce(first, +) }
    total.charges = ReportCharges.sum(periods.map(\.total.charges))
    for index in periods.first?.total.others.indices ?? 0..<0 {
      total.others.append(sum(periods.map { $0.total.others[index] }))
    }
    return total
  }

  static func sum(_ totals: [Report.Total]) -> Report.Total {
    func sum(_ field: (Report.Total) -> Figure?) -> Figure? {
      let figures = totals.compactMap(field)
      return figures.isEmpty ? nil : Figure.sum(figures)
    }
    return Report.Total(
      kWh: sum(\.kWh) ?? Figure(0, places: 3), exportKWh: sum(\.exportKWh) ?? Figure(0, places: 3),
      energyCost: sum(\.energyCost), standingCharge: sum(\.standingCharge), exportCredit: sum(\.exportCredit),
      cost: sum(\.cost))
  }

  /// What each period is compared with; nil where no line existed. One piece of work beside the periods themselves.
  func comparisons(
    _ kind: Report.Comparison.Kind, _ lines: [ExactEntry], _ sun: Sun?, _ pass: ReportPlan.Pass,
    known: ReportSums? = nil
  ) -> [Report.Comparison?] {
    let sums = ReportSums(lines, pass, known: known, .inTurn)
    let money = request.tariff.map { rounded(sums.periods.map(\.bills), pass, $0) }
    return pass.periods.enumerated().map { index, range in
      let devices = compared(lines, sums, index, energyCost: money?[index].energy)
      guard !devices.isEmpty else { return nil }
      let used = Figure.sum(devices.map(\.kWh))
      var kWh = used
      if let sun {
        kWh = Figure(sun.sums(sums.periods[index].slots).imports.mantissa(places: kWh.places), places: kWh.places)
      }
      var comparison = Report.Comparison(
        kind: kind, span: span(range), kWh: kWh, cost: money.map { moneyFigure($0[index].cost) },
        complete: devices.allSatisfy(\.complete), devices: devices)
      if sun != nil { comparison.house = used }
      return comparison
    }
  }

  /// What each line that existed counted in a period, its costs adding up to the period's.
  private func compared(
    _ lines: [ExactEntry], _ sums: ReportSums, _ index: Int, energyCost: Int128?
  ) -> [Report.ComparedEntry] {
    let present = lines.filter { sums.exists($0, index) }
    let bills = sums.periods[index].bills?.present ?? []
    let costs = energyCost.map {
      ControlledRounding(bills.map(\.energyCost.units), width: 1, unit: moneyUnit, total: bills.isEmpty ? nil : $0)
    }
    return present.enumerated().map { place, line in
      let bucket = sums.bucket(of: line, index)
      return Report.ComparedEntry(
        device: line.name, channel: line.channel.channel,
        kWh: Figure(bucket.energy.mantissa(places: line.places), places: line.places),
        cost: bills.indices.contains(place) && bills[place].isPriced ? costs.map { moneyFigure($0[place, 0]) } : nil,
        complete: bucket.isComplete)
    }
  }

  /// What the same use costs by another tariff of the same currency, rounded as the first tariff's costs are.
  struct OtherCosts: Sendable {
    /// By period.
    let money: [PeriodMoney]
    fileprivate let bills: [PeriodBills]
  }

  func otherCosts(
    of lines: [ExactEntry], besides others: [NamedLedger], by tariff: Tariff, _ schedule: TariffSchedule
  ) -> OtherCosts {
    let lines = ExactEntry.billed(lines, besides: others, by: tariff, schedule, otherNames: request.otherNames)
    // In pieces, as what runs beside it is often done before.
    let bills = sideBySide.map(plan.main.periods.count, inPieces: 8) { index in
      let period = plan.main.periods[index]
      return PeriodBills(lines, in: period, slots: plan.main.slots(in: period))
    }
    return OtherCosts(money: rounded(bills, plan.main, tariff), bills: bills)
  }

  /// What each line that exists in a period costs; nil where it has no price.
  func lineCosts(_ other: OtherCosts, period index: Int) -> [Figure?] {
    var units: [Int128] = []
    var isPriced: [Bool] = []
    units.reserveCapacity(other.bills[index].lines.count)
    isPriced.reserveCapacity(other.bills[index].lines.count)
    for case let bill? in other.bills[index].lines {
      units.append(bill.energyCost.units)
      isPriced.append(bill.isPriced)
    }
    let costs = ControlledRounding(
      units, width: 1, unit: moneyUnit, total: units.isEmpty ? nil : other.money[index].energy)
    return isPriced.indices.map { isPriced[$0] ? moneyFigure(costs[$0, 0]) : nil }
  }

  func write(_ money: PeriodMoney, to total: inout Report.Total) {
    total.energyCost = moneyFigure(money.energy)
    total.standingCharge = moneyFigure(money.standing)
    total.exportCredit = moneyFigure(money.credit)
    total.cost = moneyFigure(money.cost)
  }
}
