import Text

/// The figures that a page begins with.
struct PageCards {
  let report: Report
  let wording: ReportWording

  var markup: Markup {
    var page = Markup()
    guard !report.periods.isEmpty else { return page }
    page.add(PageCards.section(energy + costs + sun + power + incomplete))
    return page
  }

  static func section(_ cards: [String]) -> Markup {
    var page = Markup()
    page.add("<section class=\"cards\" aria-label=\"In short\">")
    for card in cards { page.add(card) }
    page.add("</section>")
    return page
  }

  private func card(_ label: String, _ value: String, _ unit: String = "", _ detail: String = "", style: String = "")
    -> String
  { PageCards.card(label, value, unit, detail, style: style) }

  static func card(
    _ label: String, _ value: String, _ unit: String = "", _ detail: String = "", style: String = ""
  ) -> String {
    "<div\(style.isEmpty ? "" : " class=\"\(style)\"")><span>\(Markup.escaped(label))</span><strong>\(Markup.escaped(value))"
      + (unit.isEmpty ? "" : "<small> \(Markup.escaped(unit))</small>") + "</strong>"
      + (detail.isEmpty ? "" : "<em>\(Markup.escaped(detail))</em>") + "</div>"
  }

  private var onlyPeriod: Report.Period? { report.periods.count == 1 ? report.periods.first : nil }

  private var energy: [String] {
    var change = ""
    if let period = onlyPeriod, let kind = report.comparison ?? period.comparison?.kind {
      let other = kind == .year ? "a year before" : "before"
      if let comparison = period.comparison {
        let difference = ReportWording.change(from: comparison.used, to: period.total.used) ?? ""
        change = "\(difference) against \(ReportWording.grouped(comparison.used)) kWh \(other)"
      } else {
        change = "no data \(other)"
      }
    }
    if let sun = report.total.sun {
      return [
        card("House used", ReportWording.grouped(sun.house), "kWh", change),
        card("Bought", ReportWording.grouped(sun.bought), "kWh"),
      ]
    }
    return [card("Used", ReportWording.grouped(report.total.kWh), "kWh", change)]
  }

  private var costs: [String] {
    guard report.currency != nil else { return [] }
    var detail = "energy \(wording.money(report.total.energyCost))"
    if let charge = report.total.standingCharge, !charge.isZero {
      detail += ", standing charge \(wording.money(charge))"
    }
    if let credit = report.total.exportCredit, !credit.isZero {
      detail += ", less export credit \(wording.money(credit))"
    }
    if let tax = report.total.tax { detail += "; of which VAT \(wording.money(tax))" }
    let unit = wording.moneyTitle("").filter { $0 != " " }
    let name = report.otherTariffs.isEmpty ? "Cost" : "Cost, \(report.tariff ?? "")"
    return [card(name, wording.money(report.total.cost), unit, detail)]
      + zip(report.otherTariffs, report.total.others).map { other, total in
        card("Cost, \(other)", wording.money(total.cost), unit, wording.comparison(of: total, with: report.total))
      }
  }

  private var sun: [String] {
    guard let sun = report.total.sun else {
      return report.total.exportKWh.isZero
        ? [] : [card("Exported", ReportWording.grouped(report.total.exportKWh), "kWh")]
    }
    let saved = sun.saved.map { ", saving \(wording.money($0))" } ?? ""
    return [
      card(
        "Sun made", ReportWording.grouped(sun.produced), "kWh",
        "own use \(ReportWording.grouped(sun.ownUse)) kWh\(saved); fed in \(ReportWording.grouped(sun.fedIn)) kWh")
    ]
  }

  private var power: [String] {
    guard let period = onlyPeriod, let alwaysOn = wording.alwaysOn(period) else { return [] }
    return [card("Always on", alwaysOn.power, "W", alwaysOn.energy)]
  }

  private var incomplete: [String] {
    let count = report.periods.count { !$0.complete }
    guard count > 0 else { return [] }
    let isOne = report.periods.count == 1
    let what =
      report.notes.isEmpty
      ? wording.whyIncomplete : isOne ? "energy is missing or placed by time alone" : "see the notes"
    return [
      card(
        isOne ? "Data" : "Incomplete", isOne ? "Incomplete" : "\(count) of \(report.periods.count)", "", what,
        style: "warn")
    ]
  }
}
