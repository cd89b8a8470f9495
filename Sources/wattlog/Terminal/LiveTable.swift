import Calendar
import Pricing
import Readings
import Reporting
import Text

/// What is shown of a panel: all plugs as a table, those that draw most first, and their sum.
struct LiveTable {
  /// What so much energy costs at the rate that holds now; nil without a tariff.
  var price: LivePanel.Price?
  /// Of the money.
  var digits = 2
  /// Columns of the terminal.
  var width = 80
  var colour = false

  /// Fewer columns show no trail.
  private static let trailRoom = 13
  private static let longestTrail = 45

  /// One line for one message.
  static func line(_ row: LivePanel.Row, in zone: TimeZoneRules) -> String {
    let time = row.receivedAt.map { InstantText.text($0, in: zone) } ?? ""
    func shown(_ number: String) -> String { number.isEmpty ? "–" : number }
    return "\(time)  \(SafeText.neutralised(row.name))  \(shown(row.power)) W  \(shown(row.today)) kWh\n"
  }

  func text(_ panel: LivePanel, now: Timestamp) -> String {
    let rows = panel.rows.values.filter { panel.isWanted($0.device) }.sorted { a, b in
      let (first, second) = (LiveTable.rank(a), LiveTable.rank(b))
      return first != second ? first > second : a.name < b.name
    }
    let room = grid(rows, now, trail: nil).room(in: width)
    let trail = room < LiveTable.trailRoom ? 0 : min(room, LiveTable.longestTrail)
    return grid(rows, now, trail: trail).lines(width: width, colour: colour).joined(separator: "\n") + "\n"
  }

  /// - Parameter trail: characters of what each plug's power was; nil leaves the column out.
  private func grid(_ rows: [LivePanel.Row], _ now: Timestamp, trail: Int?) -> TextGrid {
    var columns: [TextGrid.Column] = [.init("plug", .left), .init("W"), .init("today kWh", dispensability: 2)]
    if price != nil { columns.append(.init("an hour", dispensability: 3)) }
    columns.append(.init("age", dispensability: 1))
    if let trail { columns.append(.init(trail > 0 ? "last \(PowerTrail.minuteCount) min" : "", .left)) }
    var grid = TextGrid(columns)
    for row in rows {
      var cells: [TextGrid.Cell] = [
        .init(SafeText.neutralised(row.name)), .init(shown(row.power)), .init(shown(row.today)),
      ]
      if let price { cells.append(.init(cost(row.milliwatts, price))) }
      cells.append(.init(age(row, now)))
      if let trail { cells.append(state(row, now, trail)) }
      grid.append(cells)
    }
    if let total = total(rows.filter { !$0.isMainMeter }) { grid.append(total) }
    return grid
  }

  private func state(_ row: LivePanel.Row, _ now: Timestamp, _ trail: Int) -> TextGrid.Cell {
    if row.isOnline == false { return .init("offline", .warning) }
    if row.receivedAt == nil { return .init("not heard yet", .dim) }
    return .init(trail > 0 ? Sparkline.text(row.trail.parts(trail, until: now)) : "", .bar)
  }

  /// The sum of the plugs that are online; none for one plug.
  private func total(_ parts: [LivePanel.Row]) -> [TextGrid.Cell]? {
    guard parts.count(where: { $0.receivedAt != nil }) > 1 else { return nil }
    let watts = parts.filter { $0.isOnline != false }.reduce(Int64(0)) { $0 &+ ($1.milliwatts ?? 0) }
    let today = parts.reduce(Int64(0)) { $0 &+ ($1.todayMilliwattHours ?? 0) }
    return [
      .init("total"), .init(Figure(watts, places: 3).rescaled(to: 0).groupedText),
      .init(Figure(today, places: 6).rescaled(to: 3).groupedText),
    ] + (price.map { [.init(cost(watts, $0))] } ?? [])
  }

  /// Plugs that are offline or silent come last.
  private static func rank(_ row: LivePanel.Row) -> Int64 {
    row.isOnline == false ? .min + 1 : row.receivedAt == nil ? .min : row.milliwatts ?? 0
  }

  private let nothing = "–"

  private func shown(_ number: String) -> String { number.isEmpty ? nothing : number }

  private func cost(_ milliwatts: Int64?, _ price: LivePanel.Price) -> String {
    // An hour of so many mW is as many mWh.
    guard let milliwatts, let cost = price(Energy(milliwattHours: milliwatts)) else { return nothing }
    return Decimal.string(cost.rounded(digits: digits), places: digits)
  }

  private func age(_ row: LivePanel.Row, _ now: Timestamp) -> String {
    guard let receivedAt = row.receivedAt else { return nothing }
    let seconds = max(0, now.milliseconds - receivedAt.milliseconds) / 1000
    return seconds < 100 ? "\(seconds) s" : seconds < 6000 ? "\(seconds / 60) m" : "\(seconds / 3600) h"
  }
}
