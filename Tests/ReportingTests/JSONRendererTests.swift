import Calendar
import Foundation
import Pricing
import Reporting
import Testing
import Text

/// The JSON of a report is read back with another reader and compared with the value, field by field.
@Suite struct JSONRendererTests {
  @Test(arguments: ["day", "days"])
  func readBackItIsTheReport(name: String) throws {
    let report = try #require(SampleReports.all[name])
    let text = JSONRenderer.render(report)
    let root = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    func same(_ json: Any?, _ figure: Figure?) -> Bool {
      guard let figure else { return json is NSNull }
      return (json as? NSNumber)?.doubleValue == Double(figure.text)
    }
    #expect(Set(root.keys) == ["schema", "timeZone", "currency", "tariff", "periods", "total", "notes"])
    #expect(root["schema"] as? String == "wattlog.report/1")
    #expect(root["timeZone"] as? String == report.timeZone)
    #expect(root["currency"] as? String == report.currency?.code)
    #expect(root["tariff"] as? String == report.tariff)
    func checkTotal(_ json: Any?, _ total: Report.Total) throws {
      let object = try #require(json as? [String: Any])
      #expect(same(object["kWh"], total.kWh) && same(object["cost"], total.cost))
      #expect(same(object["energyCost"], total.energyCost) && same(object["standingCharge"], total.standingCharge))
      #expect(same(object["exportCredit"], total.exportCredit))
    }
    try checkTotal(root["total"], report.total)
    let periods = try #require(root["periods"] as? [[String: Any]])
    #expect(periods.count == report.periods.count)
    for (json, period) in zip(periods, report.periods) {
      #expect(json["start"] as? String == period.span.start.iso && json["end"] as? String == period.span.end.iso)
      #expect((json["hours"] as? NSNumber)?.doubleValue == Double(period.span.seconds) / 3600)
      #expect(json["complete"] as? Bool == period.complete)
      try checkTotal(json["total"], period.total)
      let devices = try #require(json["devices"] as? [[String: Any]])
      #expect(devices.count == period.devices.count)
      for (json, entry) in zip(devices, period.devices) {
        #expect(json["device"] as? String == entry.device)
        #expect(json["channel"] as? Int == entry.channel)
        #expect(same(json["kWh"], entry.kWh) && same(json["measuredKWh"], entry.measuredKWh))
        #expect(same(json["inferredKWh"], entry.inferredKWh) && same(json["exportKWh"], entry.exportKWh))
        #expect(same(json["cost"], entry.cost) && same(json["coverage"], entry.coverage))
        #expect(same(json["peakW"], entry.peakW) && same(json["alwaysOnW"], entry.alwaysOnW))
        #expect(same(json["plugSays"], entry.plugSays))
        #expect(json["peakAt"] as? String == entry.peakAt?.iso)
        #expect(json["messages"] as? Int == entry.messages && json["notes"] as? [String] == entry.notes)
        let rates = try #require(json["byRate"] as? [[String: Any]])
        for (json, share) in zip(rates, entry.byRate) {
          #expect(json["rate"] as? String == share.rate)
          #expect(same(json["kWh"], share.kWh) && same(json["cost"], share.cost))
        }
      }
    }
    let notes = try #require(root["notes"] as? [[String: Any]])
    for (json, note) in zip(notes, report.notes) {
      #expect(json["id"] as? String == note.id && json["kind"] as? String == note.kind)
      #expect(json["from"] as? String == note.span?.start.iso && json["text"] as? String == note.text)
    }
  }

  @Test func withoutATariffMoneyIsNull() throws {
    var report = SampleReports.day
    report.currency = nil
    report.tariff = nil
    report.total = .init(kWh: report.total.kWh, exportKWh: report.total.exportKWh)
    let text = JSONRenderer.render(report)
    #expect(text.contains("\"currency\":null,\"tariff\":null"))
    #expect(
      text.contains("\"energyCost\":null,\"standingCharge\":null,\"exportCredit\":null,\"cost\":null},\n\"notes\""))
  }

  @Test func pagesEscapeEveryName() {
    var report = SampleReports.day
    report.periods[0].devices[0].device = "<script>alert(1)</script>\"'&\u{202E}"
    report.notes[0].text = "</dd><img src=x>"
    report.tariff = "<b>"
    report.timeZone = "<i>"
    for format in [HTMLRenderer.render(report)] {
      #expect(!format.contains("<script") && !format.contains("<img") && !format.contains("<b>incl"))
      #expect(format.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"))
      #expect(!format.contains("http://") && !format.contains("https://"), "nothing is loaded from anywhere")
      #expect(!format.unicodeScalars.contains("\u{202E}"))
    }
  }

  @Test func aTerminalWithoutUnicodeIsSpared() {
    let usual = TableRenderer.render(SampleReports.day, options: .init(width: 100, chart: true))
    let plain = TableRenderer.render(SampleReports.day, options: .init(width: 100, chart: true, isPlain: true))
    // The currency's sign alone is left.
    #expect(Set(plain.unicodeScalars.filter { !$0.isASCII }) == ["£"])
    #expect(plain.split(separator: "\n").map(\.count) == usual.split(separator: "\n").map(\.count))
    #expect(plain.contains("####") && plain.contains("----"))
  }

  @Test func colourIsOnlyWhereItWasAskedFor() {
    let plain = TableRenderer.render(SampleReports.day, options: .init(width: 100, chart: true))
    #expect(!plain.unicodeScalars.contains("\u{1B}"))
    let coloured = TableRenderer.render(SampleReports.day, options: .init(width: 100, colour: true, chart: true))
    #expect(coloured.unicodeScalars.contains("\u{1B}"))
    let stripped = coloured.replacing(/\u{1B}\[\d+m/, with: "")
    #expect(stripped == plain, "colour adds nothing else")
  }
}
