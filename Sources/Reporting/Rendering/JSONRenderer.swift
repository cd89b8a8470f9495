import Calendar
import Text

/// A report as `wattlog.report/1`: the exact shape that scripts rely on, one object and a line break.
public enum JSONRenderer {
  public static func render(_ report: Report) -> String { String(decoding: bytes(report), as: UTF8.self) }

  /// The same as UTF-8.
  public static func bytes(_ report: Report) -> [UInt8] {
    var writer = JSONWriter()
    // About what an entry without parts takes.
    writer.reserve(byteCount: 4096 + 512 * report.periods.reduce(0) { $0 + $1.devices.count })
    writer.object { root in
      root.key("schema")
      root.value("wattlog.report/1")
      root.key("timeZone")
      root.value(report.timeZone)
      if report.dayStartMinute != 0 {
        root.key("dayStart")
        root.value(ClockText.text(minuteOfDay: report.dayStartMinute))
      }
      root.key("currency")
      root.value(report.currency?.code)
      root.key("tariff")
      root.value(report.tariff)
      if !report.otherTariffs.isEmpty {
        root.key("tariffs")
        root.array(tariffs(report)) { list, name in list.value(name) }
      }
      root.key("periods")
      root.array(report.periods) { list, period in
        list.newLine()
        list.object { write(period, of: report, to: &$0) }
      }
      if let mainMeter = report.mainMeter {
        root.newLine()
        root.key("mainMeter")
        root.value(mainMeter)
      }
      root.newLine()
      root.key("total")
      root.object { write(report.total, of: report, to: &$0) }
      root.newLine()
      root.key("notes")
      root.array(report.notes) { list, note in
        list.newLine()
        list.object { write(note, to: &$0) }
      }
    }
    return writer.line
  }

  private static func write(_ period: Report.Period, of report: Report, to json: inout JSONWriter) {
    write(period.span, to: &json)
    json.key("hours")
    json.value(hours(of: period.span))
    json.key("complete")
    json.value(period.complete)
    json.key("devices")
    json.array(period.devices) { list, entry in
      list.newLine()
      list.object { write(entry, of: report, to: &$0) }
    }
    json.newLine()
    json.key("total")
    json.object { write(period.total, of: report, to: &$0) }
    if let comparison = period.comparison {
      json.key("comparison")
      json.object { write(comparison, of: period, to: &$0) }
    } else if report.comparison != nil {
      json.key("comparison")
      json.null()
    }
  }

  private static func write(_ comparison: Report.Comparison, of period: Report.Period, to json: inout JSONWriter) {
    json.key("with")
    json.value(comparison.kind.rawValue)
    write(comparison.span, to: &json)
    json.key("kWh")
    json.value(comparison.kWh)
    if let house = comparison.house {
      json.key("house")
      json.value(house)
    }
    json.key("cost")
    json.value(comparison.cost)
    json.key("complete")
    json.value(comparison.complete)
    json.key("devices")
    json.array(comparison.devices) { list, then in
      let now = period.devices.first { $0.device == then.device && $0.channel == then.channel }
      list.object { write(then, against: now, to: &$0) }
    }
  }

  /// A device then, and what changed since; the change is null where it is not there now.
  private static func write(
    _ then: Report.ComparedEntry, against now: Report.Entry?, to json: inout JSONWriter
  ) {
    json.key("device")
    json.value(then.device)
    json.key("channel")
    if let channel = then.channel { json.value(channel) } else { json.null() }
    json.key("kWh")
    json.value(then.kWh)
    json.key("cost")
    json.value(then.cost)
    json.key("complete")
    json.value(then.complete)
    json.key("changeKWh")
    json.value(now.map { $0.kWh - then.kWh })
    json.key("changeCost")
    json.value(now?.cost.flatMap { cost in then.cost.map { cost - $0 } })
    json.key("changePercent")
    json.value(now.flatMap { $0.kWh.changePercent(from: then.kWh) })
  }

  private static func write(_ entry: Report.Entry, of report: Report, to json: inout JSONWriter) {
    json.key("device")
    json.value(entry.device)
    json.key("channel")
    if let channel = entry.channel { json.value(channel) } else { json.null() }
    json.key("kWh")
    json.value(entry.kWh)
    json.key("measuredKWh")
    json.value(entry.measuredKWh)
    json.key("inferredKWh")
    json.value(entry.inferredKWh)
    json.key("exportKWh")
    json.value(entry.exportKWh)
    if let ownUse = entry.ownUse {
      json.key("ownUse")
      json.value(ownUse)
    }
    json.key("cost")
    json.value(entry.cost)
    if !entry.otherCosts.isEmpty {
      json.key("costs")
      json.array(zip(tariffs(report), [entry.cost] + entry.otherCosts)) { list, item in
        list.object { json in
          json.key("tariff")
          json.value(item.0)
          json.key("cost")
          json.value(item.1)
        }
      }
    }
    json.key("coverage")
    json.value(entry.coverage)
    json.key("messages")
    json.value(entry.messages)
    json.key("peakW")
    json.value(entry.peakW)
    json.key("peakAt")
    json.value(entry.peakAt)
    json.key("alwaysOnW")
    json.value(entry.alwaysOnW)
    writeShares(of: entry, hasParts: report.split != nil, to: &json)
    json.key("plugSays")
    json.value(entry.plugSays)
    json.key("notes")
    json.array(entry.notes) { list, id in list.value(id) }
  }

  /// What of an entry fell to each rate, channel and part of the period.
  private static func writeShares(of entry: Report.Entry, hasParts: Bool, to json: inout JSONWriter) {
    json.key("byRate")
    json.array(entry.byRate) { list, share in
      list.object { json in
        json.key("rate")
        json.value(share.rate)
        json.key("kWh")
        json.value(share.kWh)
        json.key("cost")
        json.value(share.cost)
      }
    }
    if !entry.channels.isEmpty {
      json.key("channels")
      json.array(entry.channels) { list, share in
        list.object { json in
          json.key("channel")
          json.value(share.channel)
          json.key("kWh")
          json.value(share.kWh)
        }
      }
    }
    if hasParts {
      json.key("parts")
      json.array(entry.parts) { list, part in
        list.object { json in
          write(part.span, to: &json)
          json.key("rate")
          json.value(part.rate)
          json.key("kWh")
          json.value(part.kWh)
          json.key("cost")
          json.value(part.cost)
        }
      }
    }
  }

  /// The report's own tariff, then those that it is compared with.
  private static func tariffs(_ report: Report) -> [String] { [report.tariff ?? ""] + report.otherTariffs }

  private static func write(_ total: Report.Total, of report: Report, to json: inout JSONWriter) {
    json.key("kWh")
    json.value(total.kWh)
    if !total.exportKWh.isZero {
      json.key("exportKWh")
      json.value(total.exportKWh)
    }
    if let sun = total.sun {
      json.key("house")
      json.value(sun.house)
      json.key("produced")
      json.value(sun.produced)
      json.key("ownUse")
      json.value(sun.ownUse)
      json.key("saved")
      json.value(sun.saved)
    }
    writeMoney(total, to: &json)
    writeCharges(total, to: &json)
    guard !total.others.isEmpty else { return }
    json.key("costs")
    json.array(zip(tariffs(report), [total] + total.others)) { list, item in
      list.object { json in
        json.key("tariff")
        json.value(item.0)
        writeMoney(item.1, to: &json)
        json.key("difference")
        json.value(item.1.difference(from: total))
      }
    }
  }

  private static func writeCharges(_ total: Report.Total, to json: inout JSONWriter) {
    guard !total.charges.isEmpty else { return }
    if let tax = total.tax {
      json.key("net")
      json.value(total.net)
      json.key("vat")
      json.value(tax)
    }
    json.key("charges")
    json.array(total.charges) { list, charge in
      list.object { json in
        json.key("charge")
        json.value(charge.kind.rawValue)
        if let name = charge.name {
          json.key("rate")
          json.value(name)
        }
        if let kWh = charge.kWh {
          json.key("kWh")
          json.value(kWh)
        }
        json.key("amount")
        json.value(charge.amount)
      }
    }
  }

  private static func writeMoney(_ total: Report.Total, to json: inout JSONWriter) {
    json.key("energyCost")
    json.value(total.energyCost)
    json.key("standingCharge")
    json.value(total.standingCharge)
    json.key("exportCredit")
    json.value(total.exportCredit)
    json.key("cost")
    json.value(total.cost)
  }

  private static func write(_ note: Report.Note, to json: inout JSONWriter) {
    json.key("id")
    json.value(note.id)
    json.key("device")
    json.value(note.device)
    json.key("kind")
    json.value(note.kind)
    json.key("from")
    json.value(note.span?.start)
    json.key("to")
    json.value(note.span?.end)
    json.key("text")
    json.value(note.text)
  }

  static func write(_ span: Report.Span, to json: inout JSONWriter) {
    json.key("start")
    json.value(span.start)
    json.key("end")
    json.value(span.end)
  }

  /// `25`, `23.5`: as few digits as say it, at most four.
  static func hours(of span: Report.Span) -> Figure {
    var hours = Figure.ratio(Int128(span.seconds), 3600, places: 4)
    while hours.places > 0, hours.mantissa % 10 == 0 { hours = Figure(hours.mantissa / 10, places: hours.places - 1) }
    return hours
  }
}
