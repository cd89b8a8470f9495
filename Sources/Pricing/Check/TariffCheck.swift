import Calendar
import Readings

/// Something in a tariff that will not do what its author thinks.
public struct TariffProblem: Hashable, Sendable, CustomStringConvertible {
  public var severity: Severity
  /// `periods[0].rates[2]`.
  public var path: String
  public var text: String

  /// An error leaves energy without a price or makes the order of periods meaningless; the rest are warnings.
  public enum Severity: String, Hashable, Sendable { case error, warning }

  public var description: String { "\(path): \(text)" }
}

extension Tariff {
  /// Holes, contradictions, what never applies, missing prices, values out of range, prices in another unit.
  public func check() -> [TariffProblem] {
    var check = TariffCheck(self)
    check.run()
    return check.problems
  }
}

/// Goes through all parts of a tariff and gathers what is wrong.
struct TariffCheck {
  let tariff: Tariff
  private(set) var problems: [TariffProblem] = []

  init(_ tariff: Tariff) { self.tariff = tariff }

  mutating func error(_ path: String, _ text: String) {
    problems.append(TariffProblem(severity: .error, path: path, text: text))
  }

  mutating func warn(_ path: String, _ text: String) {
    problems.append(TariffProblem(severity: .warning, path: path, text: text))
  }

  mutating func run() {
    if tariff.periods.isEmpty { error("periods", "there is no period") }
    for (place, name) in tariff.dateNames.names.enumerated() where tariff.dateNames.isUnused(place) {
      warn("calendar.\(name)", "no date is called '\(name)'")
    }
    for (index, period) in tariff.periods.enumerated() {
      let path = "periods[\(index)]"
      if index > 0, period.from <= tariff.periods[index - 1].from {
        let order = period.from == tariff.periods[index - 1].from ? "begins on the same day as" : "begins before"
        error("\(path).from", "it \(order) the period above it")
      }
      if period.standingCharge.units < 0 { warn("\(path).standingCharge", "the standing charge is negative") }
      let next = tariff.periods.indices.contains(index + 1) ? tariff.periods[index + 1].from : nil
      check(period.pricing, path: path, from: period.from, to: next, isEnergy: true)
      if let export = period.export {
        check(export, path: "\(path).export", from: period.from, to: next, isEnergy: false)
      }
      for (place, charge) in period.charges.enumerated() {
        check(charge, in: period, place, path: "\(path).charges[\(place)]", to: next)
      }
      for (place, tier) in period.tiers.enumerated() { check(tier, path: "\(path).tiers[\(place)]") }
      checkUnits(period, path: path)
    }
  }

  /// - Parameter isEnergy: false for a charge or export, which may be nothing at some times.
  private mutating func check(
    _ pricing: Tariff.Pricing, path: String, from first: LocalDate, to next: LocalDate?, isEnergy: Bool
  ) {
    switch pricing {
    case .rates(let rates):
      guard !rates.isEmpty else { return error("\(path).rates", "there is no rate") }
      checkRates(rates, path: path, isEnergy: isEnergy)
    case .prices(let list): checkList(list, from: first, to: next, path: path)
    }
  }

  private mutating func check(
    _ charge: Tariff.Charge, in period: Tariff.Period, _ place: Int, path: String, to next: LocalDate?
  ) {
    if period.charges[..<place].contains(where: { $0.name == charge.name }) {
      warn("\(path).name", "two charges are called '\(charge.name)': they are two lines of one name on the bill")
    }
    switch charge.basis {
    case .energy(let pricing):
      // A single price with a selector is for those times alone.
      if case .rates(let rates) = pricing, rates.count == 1 { return }
      check(pricing, path: path, from: period.from, to: next, isEnergy: false)
    case .time(let rates, _): if rates.count > 1 { checkRates(rates, path: path, isEnergy: false) }
    case .share(let share): if share == 0 { warn("\(path).percent", "it is 0 %: nothing is added") }
    case .demand(let demand): check(demand, path: path)
    }
  }

  private mutating func check(_ demand: Tariff.Demand, path: String) {
    if let hours = demand.selector.hours,
      hours.start % demand.windowMinutes != 0 || hours.end % demand.windowMinutes != 0
    {
      warn(
        "\(path).hours",
        "they begin or end within a window of \(demand.windowMinutes) minutes; a window counts as it begins")
    }
    if case .steps(let steps) = demand.price, let first = steps.first, first.aboveMilliwatts > 0 {
      warn("\(path).steps", "the first step begins above 0 kW: less than that is billed as the first step")
    }
    if case .steps(let steps) = demand.price, let second = steps.dropFirst().first,
      demand.minimumMilliwatts >= second.aboveMilliwatts
    {
      warn("\(path).steps[0]", "it is never reached: the minimum lies on a step above it")
    }
  }

  private mutating func check(_ tier: Tariff.Tier, path: String) {
    if tier.above < .zero { error(path, "the limit is below 0") }
    if tier.add.units == 0 { warn("\(path).add", "it adds nothing") }
    if tier.over < tier.per {
      error("\(path).over", "it is shorter than 'per', for which the limit is meant")
    }
  }
}
