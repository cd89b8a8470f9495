import Calendar
import Readings
import Text

extension RunList {
  /// `wattlog.runs/1`.
  public func json() -> String {
    var writer = JSONWriter()
    writer.object { root in
      root.key("schema")
      root.value("wattlog.runs/1")
      root.key("device")
      root.value(device)
      root.key("timeZone")
      root.value(timeZone)
      JSONRenderer.write(span, to: &root)
      root.key("currency")
      root.value(currency?.code)
      root.key("tariff")
      root.value(tariff)
      root.key("threshold")
      root.object { object in
        object.key("onW")
        object.value(ReportBuilder.watts(threshold.on))
        object.key("offW")
        object.value(ReportBuilder.watts(threshold.off))
        object.key("found")
        object.value(threshold.isFound)
      }
      root.key("runs")
      root.array(runs) { list, run in
        list.newLine()
        list.object { RunList.write(run, to: &$0) }
      }
      root.newLine()
      root.key("total")
      root.object { writeTotal(to: &$0) }
      root.key("average")
      writeAverages(to: &root)
      root.key("duty")
      writeDuty(to: &root)
      root.key("trend")
      writeTrend(to: &root)
    }
    return writer.text + "\n"
  }

  private static func write(_ run: Run, to object: inout JSONWriter) {
    object.key("start")
    object.value(run.start)
    object.key("end")
    object.value(run.end)
    object.key("seconds")
    object.value(Int(run.seconds))
    object.key("kWh")
    object.value(run.kWh)
    object.key("cost")
    object.value(run.cost)
    object.key("peakW")
    object.value(run.peakW)
    object.key("peakAt")
    object.value(run.peakAt)
    object.key("meanW")
    object.value(run.meanW)
    object.key("marks")
    object.array(run.marks) { $0.value($1.rawValue) }
    guard let best = run.best else { return }
    object.key("best")
    object.object { object in
      object.key("start")
      object.value(best.start)
      object.key("cost")
      object.value(best.cost)
    }
  }

  private func writeTotal(to object: inout JSONWriter) {
    object.key("runs")
    object.value(runs.count)
    object.key("kWh")
    object.value(kWh)
    object.key("cost")
    object.value(cost)
    object.key("periodKWh")
    object.value(periodKWh)
    object.key("coverage")
    object.value(coverage)
    if let bestCost {
      object.key("bestCost")
      object.value(bestCost)
    }
  }

  private func writeAverages(to json: inout JSONWriter) {
    guard let averages else { return json.null() }
    json.object { object in
      object.key("runs")
      object.value(averages.count)
      object.key("kWh")
      object.value(averages.kWh)
      object.key("medianKWh")
      object.value(averages.medianKWh)
      object.key("cost")
      object.value(averages.cost)
      object.key("seconds")
      object.value(Int(averages.seconds))
      object.key("medianSeconds")
      object.value(Int(averages.medianSeconds))
    }
  }

  private func writeDuty(to json: inout JSONWriter) {
    guard let duty else { return json.null() }
    json.object { object in
      object.key("percent")
      object.value(duty.percent)
      object.key("cyclesPerDay")
      object.value(duty.cyclesPerDay)
      object.key("medianCycleSeconds")
      object.value(Int(duty.medianCycleSeconds))
    }
  }

  private func writeTrend(to json: inout JSONWriter) {
    guard let trend else { return json.null() }
    json.object { object in
      JSONRenderer.write(trend.span, to: &object)
      object.key("kWh")
      object.value(trend.kWh)
      object.key("kWhChangePercent")
      object.value(trend.kWhChangePercent)
      object.key("dutyPercent")
      object.value(trend.dutyPercent)
      object.key("dutyChangePercent")
      object.value(trend.dutyChangePercent)
    }
  }

  public func csv(dialect: CSVDialect = .iso) -> String {
    var cells = CSVCells(dialect: dialect)
    let hasBest = bestCost != nil
    for column: ColumnName in [
      .start, .end, .device, .seconds, .energy, .cost, .currency, .peak, .peakAt, .powerMean, .marks,
    ] + (hasBest ? [.bestStart, .bestCost] : []) {
      cells.text(column.name(in: dialect.language))
    }
    cells.endRow()
    for run in runs {
      cells.time(run.start)
      cells.time(run.end)
      cells.text(device)
      cells.number(Int(run.seconds))
      cells.number(run.kWh)
      cells.number(run.cost)
      cells.text(currency?.code ?? "")
      cells.number(run.peakW)
      cells.time(run.peakAt)
      cells.number(run.meanW)
      cells.text(run.marks.map(\.rawValue).joined(separator: " "))
      if hasBest {
        cells.time(run.best?.start)
        cells.number(run.best?.cost)
      }
      cells.endRow()
    }
    return String(decoding: cells.bytes, as: UTF8.self)
  }
}
