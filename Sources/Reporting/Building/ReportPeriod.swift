import Calendar
import EnergyAccounting
import Pricing
import Readings
import Text

/// One period of a report out of its figures.
extension ReportBuilder {
  func period(_ index: Int, _ figures: Figures) -> Report.Period {
    let (lines, sums, money) = (figures.lines, figures.sums, figures.money?[index])
    let (range, slots) = (sums.periods[index].range, sums.periods[index].slots)
    let otherCosts = figures.others.map { lineCosts($0, period: index) }
    let present = lines.filter { sums.exists($0, index) }
    let bills = sums.periods[index].bills?.present ?? []
    let rates = ExactEntry.rates(present, bills, slots)
    let costs = money.map { costTable(present, bills, rates, total: $0.energy) }
    let pieces = self.pieces(of: range, by: request.parts)
    let sun = figures.site.sun.map { sunTotals($0, lines, slots, figures.saved) }
    let ownUses = sun.map { self.ownUses(of: present, slots, total: $0.ownUse) }
    var entries: [Report.Entry] = []
    entries.reserveCapacity(present.count)
    var isComplete = true
    for (place, line) in present.enumerated() {
      let sum = sums.bucket(of: line, index)
      let isWhole = sum.isComplete && !(bills.indices.contains(place) && bills[place].hasUnpriced)
      if !isWhole { isComplete = false }
      var pricing = LinePricing(others: otherCosts.map { $0[place] })
      if let costs, bills.indices.contains(place) {
        let bill = bills[place]
        let used = line.used(slots, billed: bill)
        pricing.cost = bill.isPriced ? costs.sum(ofRow: place) : nil
        pricing.byRate = rates.enumerated().map { column, rate in
          Report.RateShare(
            rate: line.name(of: rate),
            kWh: Figure(line.energy(of: rate, used).mantissa(places: line.places), places: line.places),
            cost: bill.isPriced && rate != .unpriced ? moneyFigure(costs[place, column]) : nil)
        }
      }
      let parts = request.parts == nil ? [] : parts(of: line, in: range, slots, pieces, cost: pricing.cost)
      var entry = entry(line, sum, index, figures, pricing, parts)
      entry.complete = isWhole
      entry.ownUse = ownUses?[place]
      entries.append(entry)
    }
    var total = Report.Total(
      kWh: Figure.sum(entries.map(\.kWh), places: entries.isEmpty ? 3 : 0),
      exportKWh: Figure.sum(entries.map(\.exportKWh), places: entries.isEmpty ? 3 : 0))
    if let sun {
      total.sun = sun
      total.kWh = sun.bought
      total.exportKWh = sun.fedIn
    }
    if let money { write(money, to: &total) }
    for other in figures.others {
      var otherTotal = Report.Total(kWh: total.kWh, exportKWh: total.exportKWh)
      write(other.money[index], to: &otherTotal)
      total.others.append(otherTotal)
    }
    var period = Report.Period(
      span: span(range), complete: isComplete && !entries.isEmpty, devices: entries, total: total,
      rateSeconds: rateSeconds(slots, lines.first?.bill))
    if request.hasHours { period.hours = hours(of: range, present) }
    return period
  }

  /// What all lines used in each hour.
  private func hours(of range: Range<Timestamp>, _ lines: [ExactEntry]) -> [Report.Part] {
    let places = lines.map(\.places).max() ?? 3
    return pieces(of: range, by: .hour).map { piece in
      let energy = lines.reduce(Energy.zero) { $0 + $1.channel.use(piece.slots) }
      return Report.Part(span: piece.span, kWh: Figure(energy.mantissa(places: places), places: places), cost: nil)
    }
  }

  // MARK: Sun

  private func sunTotals(_ sun: Sun, _ lines: [ExactEntry], _ slots: Range<Int>, _ saved: Bill?) -> Report.SunTotals {
    let places = lines.map(\.places).max() ?? 3
    func figure(_ energy: Energy) -> Figure { Figure(energy.mantissa(places: places), places: places) }
    let sums = sun.sums(slots)
    // Without what tiers would add: it is the price of the slot.
    let money = saved?.sum(slots, of: 0, sun.ownUse).rates.reduce(Money.zero) { $0 + $1.cost }
    return Report.SunTotals(
      house: figure(sums.imports - sums.exports + sums.produced), bought: figure(sums.imports),
      produced: figure(sums.produced), fedIn: figure(sums.exports),
      saved: money.map { moneyFigure($0.units.dividedRounding(by: moneyUnit)) })
  }

  /// Each line's part of what the house used of the sun, adding up to `total`.
  private func ownUses(of lines: [ExactEntry], _ slots: Range<Int>, total: Figure) -> [Figure] {
    let amounts = lines.map { Int128($0.ownUse(slots).milliwattHours) }
    let unit = Int128(Energy.unit(places: total.places).milliwattHours)
    return Apportionment.largestRemainder(amounts, unit: unit, total: Int128(total.mantissa)).map {
      Figure(Int64(clamping: $0), places: total.places)
    }
  }

  /// What a line costs in a period.
  private struct LinePricing {
    /// In printed units; nil without a price.
    var cost: Int128?
    var byRate: [Report.RateShare] = []
    /// By the tariffs that the report compares with.
    let others: [Figure?]

    init(others: [Figure?]) { self.others = others }
  }

  /// Made in one go: an entry that is changed after it was made is copied each time, with all that it refers to.
  private func entry(
    _ line: ExactEntry, _ sum: Bucket, _ index: Int, _ figures: Figures, _ pricing: LinePricing,
    _ parts: [Report.Part]
  ) -> Report.Entry {
    let places = line.places
    let bucket = figures.sums.periods[index].buckets.lowerBound
    let statistics = line.channel.statistics
    let kWh = sum.energy.mantissa(places: places)
    let measured = sum.measured.mantissa(places: places)
    let alwaysOn = bucket < statistics.count ? statistics[bucket].alwaysOnMilliwatts : nil
    let plugDay = request.granularity == .day ? figures.sums.plugDay(of: line, index) : nil
    var entry = Report.Entry(
      device: line.name, channel: line.channel.channel, kWh: Figure(kWh, places: places),
      measuredKWh: Figure(measured, places: places), inferredKWh: Figure(kWh &- measured, places: places),
      exportKWh: Figure(sum.export.mantissa(places: places), places: places), cost: pricing.cost.map(moneyFigure),
      otherCosts: pricing.others, coverage: sum.coverage, messages: sum.messages,
      peakW: sum.peakMilliwatts.map(ReportBuilder.watts), peakAt: sum.peakAt.map(local),
      // What feeds in at its lowest is no use that goes on.
      alwaysOnW: alwaysOn.map { ReportBuilder.watts(max($0, 0)) }, byRate: pricing.byRate,
      channels: line.channel.channelShares.isEmpty
        ? [] : line.channelShares(figures.sums.periods[index].slots, kWh: kWh),
      parts: parts,
      plugSays: plugDay.map { Figure($0.yesterday.mantissa(places: places), places: places) },
      notes: figures.notes.ids(of: line, period: index))
    // What no plug measured has no power.
    if request.mainMeter == nil || line.name != MainMeter.rest {
      entry.powerTime = Report.PowerTime(
        known: sum.poweredTime / 1000, counted: (sum.covered + sum.inferredTime) / 1000)
    }
    return entry
  }

  /// The parts of a period by time; empty when it is not split by time.
  private func pieces(
    of range: Range<Timestamp>, by split: Report.Split?
  ) -> [(span: Report.Span, slots: Range<Int>)] {
    guard let split, split != .tariff else { return [] }
    let calendar = ReportCalendar(zone: request.zone, dayStartMinute: request.dayStartMinute)
    let edges = [range.lowerBound] + calendar.edges(of: split, in: range) + [range.upperBound]
    return zip(edges, edges.dropFirst()).map { (span($0..<$1), plan.main.slots(in: $0..<$1)) }
  }

  private func parts(
    of line: ExactEntry, in range: Range<Timestamp>, _ slots: Range<Int>,
    _ pieces: [(span: Report.Span, slots: Range<Int>)], cost: Int128?
  ) -> [Report.Part] {
    let places = line.places
    var parts: [Report.Part] = []
    var exact: [Int128] = []
    func add(_ span: Report.Span, _ rate: String?, _ energy: Energy, _ cost: Money) {
      exact.append(cost.units)
      parts.append(
        Report.Part(span: span, rate: rate, kWh: Figure(energy.mantissa(places: places), places: places), cost: nil))
    }
    if request.parts == .tariff {
      if let bill = line.billed(slots) {
        let used = line.used(slots, billed: bill)
        for rate in ExactEntry.rates([line], [bill], slots) {
          add(
            span(range), rate == .unpriced ? nil : line.name(of: rate), line.energy(of: rate, used),
            line.cost(of: rate, bill))
        }
      } else {
        add(span(range), nil, line.channel.use(slots), .zero)
      }
    } else {
      for piece in pieces {
        add(
          piece.span, nil, line.channel.use(piece.slots), line.billed(piece.slots)?.energyCost ?? .zero)
      }
    }
    guard let cost else { return parts }
    let costs = Apportionment.largestRemainder(exact, unit: moneyUnit, total: cost)
    for index in parts.indices { parts[index].cost = moneyFigure(costs[index]) }
    return parts
  }

  private func rateSeconds(_ slots: Range<Int>, _ bill: Bill?) -> [Report.RateTime] {
    guard let schedule = bill?.schedule else { return [] }
    var order: [(rate: Int, seconds: Int64)] = []
    let cuts = plan.main.cutPoints
    for span in schedule.rateSpans(in: slots) where span.rate >= 0 {
      let place = order.firstIndex { $0.rate == span.rate }
      if place == nil { order.append((span.rate, 0)) }
      order[place ?? order.count - 1].seconds +=
        (cuts[span.slots.upperBound].milliseconds - cuts[span.slots.lowerBound].milliseconds) / 1000
    }
    return order.map { Report.RateTime(rate: schedule.rateNames[$0.rate], seconds: $0.seconds) }
  }
}
