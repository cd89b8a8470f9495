package import EnergyAccounting
import Readings

/// One logical device's ledger under the name that the report prints.
package struct NamedLedger: Sendable {
  package var name: String
  package var ledger: DeviceLedger

  package init(name: String, ledger: DeviceLedger) {
    self.name = name
    self.ledger = ledger
  }
}

/// Makes a report from ledgers: sums, prices, rounds once, and collects the notes.
package struct ReportBuilder {
  private let plan: ReportPlan
  private var request: ReportRequest { plan.request }

  package init(_ plan: ReportPlan) { self.plan = plan }

  /// - Parameters:
  ///   - ledgers: with the cut points and statistics edges of `plan.main`.
  ///   - compared: with those of `plan.comparison`; empty without one.
  ///   - notes: what else a reader must know, as damage in the store; ids are given here.
  package func report(
    _ ledgers: [NamedLedger], comparedWith compared: [NamedLedger] = [], notes extra: [Report.Note] = []
  ) -> Report {
    var (ledgers, compared, extra) = (ledgers, compared, extra)
    var mainMeter: String?
    if let name = request.mainMeter, ledgers.contains(where: { $0.name == name && !$0.ledger.channels.isEmpty }) {
      mainMeter = name
      ledgers = MainMeter.dividing(ledgers, main: name)
      compared = MainMeter.dividing(compared, main: name)
      let rest = ledgers.last?.ledger.channels.first?.buckets.reduce(.zero) { $0 + $1.energy } ?? Energy.zero
      if rest < .zero {
        extra.append(
          Report.Note(
            id: "", device: MainMeter.rest, kind: "main-meter", span: nil,
            text: "the plugs counted more than the main meter: a plug that is not behind it, or one that measures wrong"
          ))
      }
    }
    let lines = BilledLine.lines(of: ledgers, pass: plan.main, request: request)
    let money = rounded(lines, in: plan.main)
    let noteBook = NoteBook(ledgers, lines: lines, request: request, pass: plan.main, extra: extra)
    var periods: [Report.Period] = []
    for (index, range) in plan.main.periods.enumerated() {
      periods.append(period(index, range, lines, money.map { $0[index] }, noteBook))
    }
    if let kind = request.comparison, let pass = plan.comparison {
      compare(&periods, kind, BilledLine.lines(of: compared, pass: pass, request: request), pass)
    }
    let currency = request.tariff.map { Report.Currency(code: $0.currency.code, digits: $0.currency.digits) }
    return Report(
      granularity: request.granularity, split: request.split, timeZone: request.zoneName, currency: currency,
      tariff: request.tariff?.name, includesVAT: includesVAT, periods: periods, total: ReportBuilder.sum(periods),
      notes: noteBook.notes, mainMeter: mainMeter)
  }

  private var includesVAT: Bool? {
    guard let tariff = request.tariff else { return nil }
    return tariff.tax != .none || (!tariff.periods.isEmpty && tariff.periods.allSatisfy(\.includesTax)) ? true : nil
  }

  // MARK: One period

  private func period(
    _ index: Int, _ range: Range<Timestamp>, _ lines: [BilledLine], _ money: PeriodMoney?, _ noteBook: NoteBook
  ) -> Report.Period {
    let pass = plan.main
    let buckets = pass.buckets(in: range)
    let present = lines.filter { $0.exists(in: range) }
    let rates = money == nil ? [] : BilledLine.rateNames(present, buckets)
    let costs = money.map { costTable(present, buckets, rates, total: $0.energy) }
    var entries: [Report.Entry] = []
    var isComplete = true
    for (place, line) in present.enumerated() {
      let sum = line.channel.sum(buckets)
      if !sum.isComplete { isComplete = false }
      var entry = self.entry(line, sum, range)
      if let costs {
        let isPriced = line.isPriced(in: buckets)
        let cost = costs[place].reduce(0, +)
        entry.cost = isPriced ? moneyFigure(cost) : nil
        entry.byRate = line.rateShares(
          buckets, rates: rates, costs: costs[place].map { isPriced ? moneyFigure($0) : nil })
        entry.parts = parts(of: line, in: range, cost: isPriced ? cost : nil)
      } else {
        entry.parts = parts(of: line, in: range, cost: nil)
      }
      entry.notes = noteBook.ids(of: line, in: range)
      entries.append(entry)
    }
    var total = Report.Total(
      kWh: Figure.sum(entries.map(\.kWh), places: entries.isEmpty ? 3 : 0),
      exportKWh: Figure.sum(entries.map(\.exportKWh), places: entries.isEmpty ? 3 : 0))
    if let money {
      total.energyCost = moneyFigure(money.energy)
      total.standingCharge = moneyFigure(money.standing)
      total.exportCredit = moneyFigure(money.credit)
      total.cost = moneyFigure(money.energy + money.standing - money.credit)
    }
    let changes = request.zone.changes(in: range).map { change in
      Report.ClockChange(
        at: change, offsetBefore: request.zone.offset(at: change.advanced(byMilliseconds: -1)),
        offsetAfter: request.zone.offset(at: change))
    }
    return Report.Period(
      span: span(range), complete: isComplete && !entries.isEmpty, devices: entries, total: total,
      clockChanges: changes, rateSeconds: rateSeconds(range, lines))
  }

  private func entry(_ line: BilledLine, _ sum: Bucket, _ range: Range<Timestamp>) -> Report.Entry {
    let places = line.places
    let kWh = sum.energy.mantissa(places: places)
    let measured = sum.measured.mantissa(places: places)
    let coverage = sum.duration > 0 ? Int64(Int128(sum.covered) * 1000 / Int128(sum.duration)) : 0
    var entry = Report.Entry(
      device: line.name, channel: line.channel.channel, kWh: Figure(kWh, places: places),
      measuredKWh: Figure(measured, places: places), inferredKWh: Figure(kWh &- measured, places: places),
      exportKWh: Figure(sum.export.mantissa(places: places), places: places),
      coverage: Figure(min(max(coverage, 0), 1000), places: 3), messages: sum.messages)
    entry.peakW = sum.peakMilliwatts.map(ReportBuilder.watts)
    entry.peakAt = sum.peakAt.map(local)
    if let index = plan.main.statisticsEdges.firstIndex(of: range.lowerBound), index < line.channel.statistics.count {
      entry.alwaysOnW = line.channel.statistics[index].alwaysOnMilliwatts.map(ReportBuilder.watts)
    }
    entry.channels = line.channelShares(plan.main.buckets(in: range), kWh: kWh)
    if request.granularity == .day, let plugDay = line.channel.plugDay(endingNear: range.upperBound) {
      entry.plugSays = Figure(plugDay.yesterday.mantissa(places: places), places: places)
    }
    return entry
  }

  private func parts(of line: BilledLine, in range: Range<Timestamp>, cost: Int128?) -> [Report.Part] {
    guard let split = request.split else { return [] }
    let pass = plan.main
    struct Piece {
      var range: Range<Timestamp>
      var rate: String?
      var energy: Energy
      var cost: Int128
    }
    var pieces: [Piece] = []
    if split == .tariff {
      let buckets = pass.buckets(in: range)
      for rate in BilledLine.rateNames([line], buckets, withUnpriced: true) {
        pieces.append(
          Piece(
            range: range, rate: rate, energy: line.energy(of: rate, buckets), cost: line.cost(of: rate, buckets).units))
      }
      if request.tariff == nil { pieces = [Piece(range: range, energy: line.channel.sum(buckets).energy, cost: 0)] }
    } else {
      let calendar = ReportCalendar(zone: request.zone, dayStartMinute: request.dayStartMinute)
      let edges = [range.lowerBound] + calendar.edges(of: split, in: range) + [range.upperBound]
      for (start, end) in zip(edges, edges.dropFirst()) {
        let buckets = pass.buckets(in: start..<end)
        pieces.append(
          Piece(range: start..<end, energy: line.channel.sum(buckets).energy, cost: line.cost(in: buckets).units))
      }
    }
    let costs = cost.map { Apportionment.largestRemainder(pieces.map(\.cost), unit: moneyUnit, total: $0) }
    return pieces.enumerated().map { index, piece in
      Report.Part(
        span: span(piece.range), rate: piece.rate,
        kWh: Figure(piece.energy.mantissa(places: line.places), places: line.places),
        cost: costs.map { moneyFigure($0[index]) })
    }
  }

  private func rateSeconds(_ range: Range<Timestamp>, _ lines: [BilledLine]) -> [Report.RateTime] {
    // Every line carries the rate of every bucket, so one of them tells.
    guard let line = lines.first, !line.costs.isEmpty else { return [] }
    var times: [Report.RateTime] = []
    for index in plan.main.buckets(in: range) {
      guard let rate = line.costs[index].rate else { continue }
      let milliseconds = plan.main.cutPoints[index + 1].milliseconds - plan.main.cutPoints[index].milliseconds
      if let place = times.firstIndex(where: { $0.rate == rate }) {
        times[place].seconds += milliseconds / 1000
      } else {
        times.append(.init(rate: rate, seconds: milliseconds / 1000))
      }
    }
    return times
  }

  // MARK: Money

  /// Printed units of one period.
  private struct PeriodMoney {
    var energy: Int128
    var standing: Int128
    var credit: Int128
  }

  private var digits: Int { request.tariff?.currency.digits ?? 2 }

  /// Units of ``Money`` in the last printed digit.
  private var moneyUnit: Int128 { (0..<(20 - digits)).reduce(Int128(1)) { unit, _ in unit * 10 } }

  private func moneyFigure(_ units: Int128) -> Figure { Figure(Int64(clamping: units), places: digits) }

  /// Energy, standing charge and credit of every period, rounded together so that periods and kinds both add up;
  /// nil without a tariff.
  private func rounded(_ lines: [BilledLine], in pass: ReportPlan.Pass) -> [PeriodMoney]? {
    guard let tariff = request.tariff else { return nil }
    let exact = pass.periods.map { range in
      let buckets = pass.buckets(in: range)
      var energy = Money.zero
      var credit = Money.zero
      for line in lines where line.exists(in: range) {
        energy += line.cost(in: buckets)
        credit += line.credit(in: buckets)
      }
      return [energy.units, tariff.standingCharge(in: range, zone: request.zone).units, 0 - credit.units]
    }
    return ControlledRounding(exact, unit: moneyUnit).cells.map {
      PeriodMoney(energy: $0[0], standing: $0[1], credit: 0 - $0[2])
    }
  }

  /// What each line costs by each rate, adding up to the period's printed energy cost.
  private func costTable(
    _ lines: [BilledLine], _ buckets: Range<Int>, _ rates: [String?], total: Int128
  ) -> [[Int128]] {
    guard !lines.isEmpty, !rates.isEmpty else { return lines.map { _ in rates.map { _ in 0 } } }
    let exact = lines.map { line in rates.map { line.cost(of: $0, buckets).units } }
    return ControlledRounding(exact, unit: moneyUnit, total: total).cells
  }

  // MARK: Sums and comparison

  private static func sum(_ periods: [Report.Period]) -> Report.Total {
    func sum(_ field: (Report.Total) -> Figure?) -> Figure? {
      let figures = periods.compactMap { field($0.total) }
      return figures.isEmpty ? nil : Figure.sum(figures)
    }
    return Report.Total(
      kWh: sum(\.kWh) ?? Figure(0, places: 3), exportKWh: sum(\.exportKWh) ?? Figure(0, places: 3),
      energyCost: sum(\.energyCost), standingCharge: sum(\.standingCharge), exportCredit: sum(\.exportCredit),
      cost: sum(\.cost))
  }

  private func compare(
    _ periods: inout [Report.Period], _ kind: Report.Comparison.Kind, _ lines: [BilledLine], _ pass: ReportPlan.Pass
  ) {
    let money = rounded(lines, in: pass)
    for (index, range) in pass.periods.enumerated() {
      let buckets = pass.buckets(in: range)
      let present = lines.filter { $0.exists(in: range) }
      guard !present.isEmpty else { continue }
      let sums = present.map { ($0, $0.channel.sum(buckets)) }
      periods[index].comparison = Report.Comparison(
        kind: kind, span: span(range),
        kWh: Figure.sum(sums.map { Figure($1.energy.mantissa(places: $0.places), places: $0.places) }),
        cost: money.map { moneyFigure($0[index].energy + $0[index].standing - $0[index].credit) },
        complete: sums.allSatisfy { $1.isComplete })
    }
  }

  // MARK: Forms

  private func local(_ instant: Timestamp) -> LocalInstant {
    LocalInstant(instant, offsetSeconds: request.zone.offset(at: instant))
  }

  private func span(_ range: Range<Timestamp>) -> Report.Span {
    Report.Span(start: local(range.lowerBound), end: local(range.upperBound))
  }

  /// Whole watts where the plug sends whole watts.
  static func watts(_ milliwatts: Int64) -> Figure {
    var figure = Figure(milliwatts, places: 3)
    while figure.places > 0, figure.mantissa % 10 == 0 {
      figure = Figure(figure.mantissa / 10, places: figure.places - 1)
    }
    return figure
  }
}
