import Calendar
import Readings
import Text

/// Standby as table, CSV and JSON.
extension Standby {
  public func table(options: TableRenderer.Options) -> String {
    let hasCost = total.costPerYear != nil
    var columns: [TextGrid.Column] = [
      .init("plug", .left), .init("W"), .init("kWh a year"),
    ]
    if hasCost { columns.append(.init(wording.moneyTitle("cost a year"))) }
    columns += [
      .init("share", dispensability: 2), .init("of its use", dispensability: 1), .init("cover", dispensability: 3),
    ]
    var grid = TextGrid(columns)
    let watts = lines.map { Standby.watts($0.watts) }
    let shares = ReportWording.shares(lines.map(\.watts))
    for (place, line) in lines.enumerated() {
      var cells: [TextGrid.Cell] = [
        .init(SafeText.neutralised(line.channel.map { "\(line.device) \($0)" } ?? line.device)), .init(watts[place]),
        .init(ReportWording.grouped(line.kWhPerYear)),
      ]
      if hasCost { cells.append(.init(wording.money(line.costPerYear))) }
      cells += [
        .init(shares?[place] ?? ""), .init(line.shareOfPlug.map(Standby.percent) ?? ""),
        .init(ReportWording.percent(coverage: line.coverage), .dim),
      ]
      grid.append(cells)
    }
    grid.appendRule(under: [false, true, true] + (hasCost ? [true] : []))
    grid.append(
      [
        .init("together", .bold), .init(Standby.watts(total.watts), .bold),
        .init(ReportWording.grouped(total.kWhPerYear), .bold),
      ] + (hasCost ? [.init(wording.money(total.costPerYear), .bold)] : []))
    var text = "always on, \(wording.title(of: span)) · \(timeZone)"
    if let tariff = wording.tariffTitle { text += " · " + tariff }
    text += "\n\n" + grid.lines(width: options.width, colour: options.colour).joined(separator: "\n") + "\n"
    var remarks = "\n  in this time \(ReportWording.grouped(total.kWh)) kWh"
    if let partWithPower { remarks += " in the \(partWithPower) % of it whose power is known" }
    if let shareOfUse { remarks += ", \(Standby.percent(shareOfUse)) of what was used" }
    if let cost {
      remarks += "; \(wording.money(cost))" + (shareOfBill.map { ", \(Standby.percent($0)) of its cost" } ?? "")
    }
    return text + remarks + "\n"
  }

  /// At most one digit after the point.
  private static func watts(_ figure: Figure) -> String {
    ReportWording.trimmed(figure.places > 1 ? figure.rescaled(to: 1) : figure)
  }

  private static func percent(_ figure: Figure) -> String { "\(figure.rescaled(to: 0).text) %" }

  /// `wattlog.standby/1`.
  public func json() -> String {
    var writer = JSONWriter()
    writer.object { root in
      root.key("schema")
      root.value("wattlog.standby/1")
      root.key("timeZone")
      root.value(timeZone)
      JSONRenderer.write(span, to: &root)
      root.key("currency")
      root.value(currency?.code)
      root.key("tariff")
      root.value(tariff)
      root.key("devices")
      root.array(lines) { list, line in
        list.newLine()
        list.object { object in
          object.key("device")
          object.value(line.device)
          object.key("channel")
          if let channel = line.channel { object.value(channel) } else { object.null() }
          Standby.write(line, to: &object)
          object.key("shareOfPlugPercent")
          object.value(line.shareOfPlug)
          object.key("coverage")
          object.value(line.coverage)
        }
      }
      root.newLine()
      root.key("total")
      root.object { object in
        Standby.write(total, to: &object)
        object.key("shareOfUsePercent")
        object.value(shareOfUse)
        object.key("cost")
        object.value(cost)
        object.key("shareOfBillPercent")
        object.value(shareOfBill)
      }
    }
    return writer.text + "\n"
  }

  private static func write(_ line: Line, to object: inout JSONWriter) {
    object.key("alwaysOnW")
    object.value(line.watts)
    object.key("kWh")
    object.value(line.kWh)
    object.key("kWhPerYear")
    object.value(line.kWhPerYear)
    object.key("costPerYear")
    object.value(line.costPerYear)
  }

  public func csv(dialect: CSVDialect = .iso) -> String {
    var cells = CSVCells(dialect: dialect)
    for column: ColumnName in [
      .start, .end, .device, .channel, .alwaysOn, .energy, .energyPerYear, .costPerYear, .currency, .coverage,
    ] {
      cells.text(column.name(in: dialect.language))
    }
    cells.endRow()
    for line in lines {
      cells.time(span.start)
      cells.time(span.end)
      cells.text(line.device)
      cells.number(line.channel)
      cells.number(line.watts)
      cells.number(line.kWh)
      cells.number(line.kWhPerYear)
      cells.number(line.costPerYear)
      cells.text(currency?.code ?? "")
      cells.number(line.coverage)
      cells.endRow()
    }
    return String(decoding: cells.bytes, as: UTF8.self)
  }
}
