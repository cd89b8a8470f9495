import Calendar
import Readings
import Text

/// Hours by days: when in the day most is used, and on which day.
struct HeatMap {
  /// Days in order, each with what was used in the 24 hours of the clock; nil where nothing is known. An hour that the
  /// clock shows twice holds both.
  let days: [(title: String, label: String, hours: [Figure?])]

  /// - Parameter hours: of one or several periods, in order.
  init(_ hours: [Report.Part], _ wording: ReportWording) {
    var days: [(date: String, title: String, label: String, hours: [Figure?])] = []
    for hour in hours {
      let date = hour.span.start.date
      if days.last?.date != date {
        let civil = hour.span.start.civil
        days.append((date, wording.dayLabel(hour.span.start), "\(civil.day)", Array(repeating: nil, count: 24)))
      }
      let place = hour.span.start.civil.hour
      let last = days.count - 1
      days[last].hours[place] = days[last].hours[place].map { $0 + hour.kWh } ?? hour.kWh
    }
    self.days = days.map { ($0.title, $0.label, $0.hours) }
  }

  private static let levels = 7

  var markup: String {
    let figures = days.flatMap { $0.hours.compactMap(\.self) }
    guard days.count > 1, let largest = figures.max(by: { $0.isLess(than: $1) }), largest.mantissa > 0 else {
      return ""
    }
    let places = largest.places
    var page = Markup()
    page.add("<figure class=\"heat\"><div class=\"plot\" style=\"--rows:\(days.count)\">")
    page.add("<div class=\"ds\" aria-hidden=\"true\">")
    let every = (days.count + 15) / 16
    for (place, day) in days.enumerated() where place.isMultiple(of: every) {
      let style = place.isMultiple(of: 2 * every) ? "" : " class=\"k2\""
      let top = Markup.percent(Int128(2 * place + 1), of: Int128(2 * days.count))
      page.add("<span\(style) style=\"top:\(top)%\">\(Markup.escaped(day.label))</span>")
    }
    page.add("</div><svg viewBox=\"0 0 240 \(days.count * 10)\" preserveAspectRatio=\"none\" role=\"img\"")
    page.add(" aria-label=\"kWh of each hour of each day\">")
    for (row, day) in days.enumerated() {
      for (hour, figure) in day.hours.enumerated() {
        guard let figure else { continue }
        let amount = max(0, Int128(figure.rescaled(to: places).mantissa))
        let level = min(Int(amount * Int128(HeatMap.levels) / Int128(largest.mantissa)), HeatMap.levels - 1)
        page.add(
          "<rect class=\"h\(level)\" x=\"\(hour * 10)\" y=\"\(row * 10)\" width=\"9.4\" height=\"9.2\"><title>"
            + "\(Markup.escaped(day.title)), \(ClockText.text(minuteOfDay: hour * 60)): \(ReportWording.grouped(figure)) kWh"
            + "</title></rect>")
      }
    }
    page.add("</svg><div class=\"xs\" aria-hidden=\"true\">")
    for hour in stride(from: 0, to: 24, by: 3) {
      let style = hour.isMultiple(of: 6) ? "" : " class=\"k2\""
      page.add("<span\(style) style=\"left:\(Markup.percent(Int128(2 * hour + 1), of: 48))%\">\(hour)</span>")
    }
    page.add("</div></div><figcaption><span>0</span><span class=\"scale\">")
    for level in 0..<HeatMap.levels { page.add("<i class=\"h\(level)\"></i>") }
    page.add("</span><span>\(ReportWording.grouped(largest)) kWh in an hour</span></figcaption></figure>")
    return page.text
  }

  /// What is used in each hour of the clock, as the mean of the days that know it.
  var typicalDay: [Figure?] {
    (0..<24).map { hour in
      let known = days.compactMap { $0.hours[hour] }
      guard !known.isEmpty else { return nil }
      let sum = Figure.sum(known)
      return Figure(Int64(clamping: Int128(sum.mantissa).dividedRounding(by: Int128(known.count))), places: sum.places)
    }
  }
}
