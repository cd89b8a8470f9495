import Text

/// A line of the bill as the table and the page show it.
struct BillRow {
  enum Style { case item, subtotal, total }

  var label: String
  var kWh: Figure?
  var amount: Figure
  var style: Style = .item

  /// Rates, standing charge and charges, what they come to without tax, the tax, the export credit and the total. Empty
  /// where nobody asked for them, without a tariff, and where several are compared.
  static func rows(of total: Report.Total, in report: Report) -> [BillRow] {
    guard report.showsCharges, report.otherTariffs.isEmpty, let cost = total.cost, !total.charges.isEmpty else {
      return []
    }
    func rows(_ kind: Report.Charge.Kind, isKept: (Figure) -> Bool = { _ in true }) -> [BillRow] {
      total.charges.filter { $0.kind == kind && isKept($0.amount) }.map { charge in
        BillRow(label: charge.name ?? kind.rawValue, kWh: charge.kWh, amount: charge.amount)
      }
    }
    var result = rows(.rate) + rows(.standingCharge) { !$0.isZero } + rows(.charge)
    if let net = total.net {
      result.append(BillRow(label: "net", amount: net, style: .subtotal))
      result += rows(.tax)
    }
    result += rows(.exportCredit) { !$0.isZero }
    result.append(BillRow(label: "total", kWh: total.kWh, amount: cost, style: .total))
    return result
  }
}
