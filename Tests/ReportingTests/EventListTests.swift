import Calendar
import EnergyAccounting
import Foundation
import Readings
import Reporting
import Testing
import Text

@Suite struct EventListTests {
  static let start = Timestamp(seconds: CivilTime(year: 2026, month: 10, day: 25, hour: 3, minute: 10).secondsSince1970)

  static let list: EventList = {
    let gap = LedgerEvent(
      kind: .gap, from: start, to: start.advanced(byMilliseconds: 27 * 60_000),
      energy: Energy(milliwattHours: 11_000), cause: "plug-offline", text: "no messages; energy from the counter")
    let cut = LedgerEvent(
      kind: .fallback, channel: 2, from: start.advanced(byMilliseconds: -9000), to: start,
      before: Energy(milliwattHours: 12_512_000), after: Energy(milliwattHours: 11_851_000), energy: .zero,
      cause: "power-cut", text: "the counter went back to its midnight value")
    return EventList(
      [.init(device: "t\u{202E}v", event: gap, places: 3), .init(device: "washer", event: cut, places: 5)],
      zone: TimeZoneRules(offsetSeconds: 3600), zoneName: "Europe/Paris")
  }()

  @Test func jsonHoldsEveryFieldWithTheCountersDigits() throws {
    let text = Self.list.json()
    let root = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(root["schema"] as? String == "wattlog.events/1")
    let events = try #require(root["events"] as? [[String: Any]])
    #expect(events.map { $0["kind"] as? String } == ["fallback", "gap"], "in order of time")
    #expect(events[1]["device"] as? String == "t\u{202E}v")
    #expect(events[1]["channel"] is NSNull && events[1]["before"] is NSNull)
    #expect(events[1]["from"] as? String == "2026-10-25T04:10:00+01:00")
    #expect(text.contains("\"before\":12.51200,\"after\":11.85100,\"kWh\":0.00000,\"cause\":\"power-cut\""))
    #expect(!text.unicodeScalars.contains("\u{202E}"), "no text steers the terminal")
  }

  @Test func tablesFitTheTerminalAndSayTheCause() {
    for width in [40, 80, 120] {
      for text in [Self.list.gapTable(options: .init(width: width)), Self.list.table(options: .init(width: width))] {
        for line in text.split(separator: "\n") { #expect(SafeText.width(String(line)) <= width) }
        #expect(!text.unicodeScalars.contains("\u{202E}"))
      }
    }
    #expect(Self.list.gapTable(options: .init(width: 120)).contains("04:10  04:37"))
    #expect(Self.list.gapTable(options: .init(width: 120)).contains("plug offline"))
    #expect(Self.list.table(options: .init(width: 120)).contains("12.51200  11.85100  0.00000 kWh"))
  }

  @Test func csvHasARowForEachEvent() {
    let table = CSVReader.rows(Self.list.csv())
    #expect(table.count == 3)
    #expect(
      table[0] == ["kind", "device", "channel", "from", "to", "before_kwh", "after_kwh", "energy_kwh", "cause", "text"])
    #expect(table[1][5...7] == ["12.51200", "11.85100", "0.00000"])
  }
}
