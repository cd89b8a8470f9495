import Text

/// Words for what changed against another time, and for where the sun went.
extension ReportWording {
  /// The household against the time before, what is missing of that time, and devices that were there only then.
  func comparisons(of period: Report.Period) -> [String] {
    guard let kind = report.comparison ?? period.comparison?.kind else { return [] }
    guard let comparison = period.comparison, let sum = self.comparison(of: period) else {
      return ["\(kind == .year ? "a year before" : "before"): no data of that time"]
    }
    var lines = [sum]
    let present = Set(period.devices.map(\.title))
    let gone = comparison.devices.filter { !present.contains($0.title) && !$0.kWh.isZero }
    if !gone.isEmpty {
      let words = gone.map { "\(SafeText.neutralised($0.title)) \(ReportWording.grouped($0.kWh)) kWh" }
      lines.append("only then: " + words.joined(separator: ", "))
    }
    let unsure = comparison.devices.filter { !$0.complete && present.contains($0.title) }
    if !unsure.isEmpty, unsure.count < comparison.devices.count {
      lines.append(
        "incomplete then, so that changes say less: "
          + unsure.map { SafeText.neutralised($0.title) }.joined(separator: ", "))
    }
    return lines
  }

  /// `the sun gave 3.500 of 4.710 kWh (74 %), saving €0.82; 2.900 kWh fed in earned €0.44`.
  func sun(_ total: Report.Total) -> String? {
    guard let sun = total.sun, !sun.produced.isZero else { return nil }
    var text = "the sun gave \(ReportWording.grouped(sun.ownUse)) of \(ReportWording.grouped(sun.house)) kWh"
    if sun.house.mantissa > 0, sun.ownUse.mantissa >= 0 {
      let places = max(sun.house.places, sun.ownUse.places)
      let share = Figure.ratio(
        Int128(sun.ownUse.rescaled(to: places).mantissa) * 100, Int128(sun.house.rescaled(to: places).mantissa),
        places: 0)
      text += " (\(share.text) %)"
    }
    if let saved = sun.saved { text += ", saving \(money(saved))" }
    if !sun.fedIn.isZero {
      text += "; \(ReportWording.grouped(sun.fedIn)) kWh fed in"
      if let credit = total.exportCredit, !credit.isZero { text += " earned \(money(credit))" }
    }
    return text
  }
}

extension Report.ComparedEntry {
  /// The device's name with its channel.
  var title: String { Report.title(of: device, channel, channelName) }
}
