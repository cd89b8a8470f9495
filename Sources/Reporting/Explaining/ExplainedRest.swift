import Calendar
import EnergyAccounting
import Pricing
import Readings
import Text

/// The unmetered rest: what the main meter counted in the day, less what each plug counted.
struct ExplainedRest {
  let day: ExplainedDay
  /// Of the main meter.
  let name: String
  let main: DeviceLedger
  let rest: ExactEntry
  /// All lines of the report.
  let lines: [ExactEntry]

  func text() -> [String] {
    var rows: [(sign: String, name: String, channels: [ChannelLedger])] = [("", name, main.channels)]
    for line in lines where line.name != MainMeter.rest && day.entry(of: line) != nil {
      let title = line.channel.channel.map { "\(line.name) \($0)" } ?? line.name
      rows.append(("- ", title, [line.channel]))
    }
    let hasExport = rows.contains { $0.channels.contains { day.sum($0).export != .zero } }
    let rates = rest.bill.map { bill in
      bill.schedule.rates(in: day.slots).map { (place: $0, name: bill.schedule.rateNames[$0]) }
    }
    let shown = (rates ?? []).count > 1 ? rates ?? [] : []
    var columns: [TextGrid.Column] = [.init("", .left), .init("kWh"), .init("measured"), .init("inferred")]
    if hasExport { columns.append(.init("export")) }
    columns += shown.map { .init(SafeText.neutralised($0.name)) }
    columns.append(.init("cover"))
    var grid = TextGrid(columns)
    func append(_ title: String, _ channels: [ChannelLedger], coverage: Figure) {
      let sums = channels.map(day.sum)
      func figure(_ part: (Bucket) -> Energy) -> TextGrid.Cell {
        .init(sums.reduce(Energy.zero) { $0 + part($1) }.kilowattHours(places: rest.places))
      }
      var cells: [TextGrid.Cell] = [
        .init(SafeText.neutralised(title)), figure(\.energy), figure(\.measured), figure(\.inferred),
      ]
      if hasExport { cells.append(figure(\.export)) }
      for rate in shown {
        let spans = rest.bill?.schedule.rateSpans(in: day.slots).filter { $0.rate == rate.place } ?? []
        let energy = spans.reduce(Energy.zero) { sum, span in
          channels.reduce(sum) { $0 + $1.use(span.slots) }
        }
        cells.append(.init(energy.kilowattHours(places: rest.places)))
      }
      cells.append(.init(ReportWording.percent(coverage: coverage)))
      grid.append(cells)
    }
    for row in rows {
      let coverage = row.channels.map { day.sum($0).coverage }.min { $0.isLess(than: $1) } ?? Figure(0, places: 3)
      append(row.sign + row.name, row.channels, coverage: coverage)
    }
    grid.appendRule(under: columns.indices.map { $0 > 0 && $0 < columns.count - 1 })
    append("= " + MainMeter.rest, [rest.channel], coverage: day.sum(rest).coverage)
    let hasSun = day.total?.sun != nil
    var text = [
      hasSun
        ? "What it is made of: the main meter's use less its export, and of each plug its export less its use, kWh:"
        : "What it is made of: the main meter's use less that of each plug in the same time, kWh:"
    ]
    text += grid.lines(width: 200, colour: false).map { "  " + $0 }
    let date = day.local(day.range.lowerBound).date
    text += [
      "It is covered while the main meter and all plugs are, and inferred where one of them is.",
      "'wattlog explain DEVICE \(date)' follows each of these lines.",
    ]
    if day.sum(rest).energy < .zero {
      text.append(
        "It is below zero: the plugs counted more than the main meter, so one is not behind it or measures wrong.")
    }
    return text
  }
}
