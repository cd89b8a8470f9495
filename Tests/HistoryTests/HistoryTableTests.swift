import Calendar
import Foundation
import History
import Readings
import Tables
import TestSupport
import Testing

/// Tables of suppliers, meters and other programs: what they say is taken, what they do not say is asked for.
@Suite struct HistoryTableTests {
  private static func berlin() throws -> TimeZoneRules {
    try TimeZoneRules(tzif: [UInt8](Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/Europe/Berlin"))))
  }

  private static func table(_ text: String, _ change: (inout HistoryTable.Options) -> Void = { _ in }) throws
    -> HistoryTable
  {
    var options = HistoryTable.Options(zone: try berlin())
    change(&options)
    return try HistoryTable(Array(text.utf8), options)
  }

  private static func instant(_ text: String) -> Timestamp {
    Timestamp(seconds: Int64(ISO8601DateFormatter().date(from: text)?.timeIntervalSince1970 ?? 0))
  }

  @Test func hoursOfUseEndWhereTheNextBegins() throws {
    let table = try HistoryTableTests.table(
      "start,kWh\n2025-01-01 00:00,0.5\n2025-01-01 01:00,0.25\n2025-01-01 04:00,1\n")
    let totals: [Int64] = table.counter.points.map(\.total)
    #expect(totals == [0, 500_000, 750_000, 750_000, 1_750_000])
    #expect(table.counter.points.last?.time == HistoryTableTests.instant("2025-01-01T04:00:00Z"))
    #expect(table.counter.energy == Energy(milliwattHours: 1_750_000))
  }

  /// The days on which the clocks change have 23 and 25 hours, and months are as long as they are.
  @Test func daysAndMonthsEndOnTheClock() throws {
    let days = try HistoryTableTests.table("Datum;Verbrauch (kWh)\n25.10.2025;1,5\n26.10.2025;2,5\n")
    #expect(days.counter.points.map(\.time).last == HistoryTableTests.instant("2025-10-26T23:00:00Z"))
    #expect(days.counter.energy == Energy(milliwattHours: 4_000_000))
    let months = try HistoryTableTests.table("month\tused Wh\n2024-01-01\t1000\n2024-02-01\t2000\n2024-03-01\t3000\n")
    #expect(months.counter.points.map(\.time).last == HistoryTableTests.instant("2024-03-31T22:00:00Z"))
    #expect(months.counter.points.count == 4)
  }

  /// Months as people write them begin and end on the clock; one that is missing is missing, and one alone has an end.
  @Test(arguments: [
    ("2024-01", "2024-03"), ("01/2024", "03/2024"), ("1.2024", "3.2024"), ("Jan 2024", "Mar 2024"),
    ("January 2024", "March 2024"), ("2024 jan.", "2024 mar."), ("Januar 2024", "März 2024"),
    ("janv. 2024", "mars 2024"),
    ("ene-2024", "mar-2024"),
  ]) func monthsAreMonths(first: String, third: String) throws {
    let table = try HistoryTableTests.table("month,kWh\n\(first),31\n\(third),30\n")
    #expect(
      table.counter.points.map(\.time)
        == ["2023-12-31T23:00:00Z", "2024-01-31T23:00:00Z", "2024-02-29T23:00:00Z", "2024-03-31T22:00:00Z"]
        .map(HistoryTableTests.instant))
    #expect(table.counter.energy == Energy(milliwattHours: 61_000_000))
    let alone = try HistoryTableTests.table("month,kWh\n\(first),31\n")
    #expect(alone.counter.points.map(\.time).last == HistoryTableTests.instant("2024-01-31T23:00:00Z"))
  }

  @Test(arguments: ["13/2024", "2024-00", "Foo 2024", "1/24", "2024", "2024-1-", "Jan 24", "12 2500"])
  func whatIsNoMonthIsNone(text: String) {
    #expect(throws: TableRefusal.self) { try HistoryTableTests.table("month,kWh\n\(text),1\n2024-02,2\n") }
  }

  /// Home Assistant's energy dashboard is downloaded with a column a day or hour and a row a statistic
  /// (frontend, ha-panel-energy.ts, `_dumpCSV`).
  @Test func aColumnATimeIsARowATime() throws {
    let text = """
      entity_id,type,unit,2025-03-28T23:00:00.000Z,2025-03-29T23:00:00.000Z,2025-03-30T22:00:00.000Z
      sensor.fridge_energy,device_consumption,kWh,0.5,,1.25
      sensor.grid_cost,grid_consumption_cost,EUR,0.1,0.2,0.3
      ,calculated_total_consumption,kWh,3,3,3

      """
    let fridge = try HistoryTableTests.table(text) { $0.conditions = [("entity_id", "sensor.fridge_energy")] }
    // Days of the site's clock, one of 23 hours; the one without a number is not the day before's.
    #expect(
      fridge.counter.points.map(\.time)
        == ["2025-03-28T23:00:00Z", "2025-03-29T23:00:00Z", "2025-03-30T22:00:00Z", "2025-03-31T22:00:00Z"]
        .map(HistoryTableTests.instant))
    #expect(fridge.counter.points.map(\.total) == [0, 500_000, 500_000, 1_750_000])
    let all = #expect(throws: TableRefusal.self) { try HistoryTableTests.table(text) }
    guard case .choice(_, let advice) = all else {
      Issue.record("\(String(describing: all))")
      return
    }
    #expect(advice.contains("--where 'entity_id=sensor.fridge_energy'"), "\(advice)")
    let money = #expect(throws: TableRefusal.self) {
      try HistoryTableTests.table(text) { $0.conditions = [("type", "grid_consumption_cost")] }
    }
    #expect("\(String(describing: money))".contains("--unit"), "\(String(describing: money))")
  }

  /// What Home Assistant exports of a sensor that was away.
  @Test func aSensorThatWasAwayToldNothing() throws {
    let table = try HistoryTableTests.table(
      "last_changed,state [kWh]\n2025-01-01T00:00:00.000Z,10\n2025-01-01T01:00:00.000Z,unavailable\n"
        + "2025-01-01T02:00:00.000Z,unknown\n2025-01-01T03:00:00.000Z,11\n")
    #expect(table.counter.energy == Energy(milliwattHours: 1_000_000))
    #expect(table.counter.points.count == 2)
  }

  @Test func theHourThatComesTwiceIsTwoHours() throws {
    let table = try HistoryTableTests.table(
      "start,kWh\n2025-10-26 01:00,1\n2025-10-26 02:00,1\n2025-10-26 02:00,1\n2025-10-26 03:00,1\n")
    #expect(table.counter.energy == Energy(milliwattHours: 4_000_000))
    #expect(table.counter.points.count == 5)
  }

  @Test func meterReadingsStandAtTheirTimes() throws {
    let table = try HistoryTableTests.table("date,meter reading kWh\n2025-01-01,12000.5\n2025-02-01,12310\n")
    #expect(table.counter.isAbsolute)
    #expect(table.counter.points.map(\.total) == [12_000_500_000, 12_310_000_000])
  }

  @Test func powerLastsUntilTheNextRow() throws {
    let table = try HistoryTableTests.table("time,power [W]\n2025-01-01T00:00Z,100\n2025-01-01T00:15Z,200\n")
    #expect(table.counter.energy == Energy(milliwattHours: 75_000))
  }

  /// How files write one number; Home Assistant, spreadsheets of five countries, suppliers.
  @Test(arguments: [
    "1234.5", "1234,5", "1.234,5", "1,234.5", "1 234,5", "1'234.5", "1234.5 kWh", "+1234.5", "1.2345e3",
  ]) func aNumberIsANumber(text: String) throws {
    let table = try HistoryTableTests.table("start;kWh\n2025-01-01;\"\(text)\"\n2025-01-02;0\n")
    #expect(table.counter.energy == Energy(milliwattHours: 1_234_500_000))
  }

  /// Shapes of files that suppliers, meters and programs give people, each of three rows with 0.5, 0.25 and 1 kWh.
  @Test(arguments: [
    "Consumption (kwh), Estimated Cost Inc. Tax (p), Start, End\n0.5, 1, 2025-05-01T00:00:00+01:00, 2025-05-01T00:30:00+01:00\n"
      + "0.25, 1, 2025-05-01T00:30:00+01:00, 2025-05-01T01:00:00+01:00\n1, 1, 2025-05-01T01:00:00+01:00, 2025-05-01T01:30:00+01:00\n",
    "Datum;Uhrzeit;Verbrauch kWh\n01.05.2025;00:00;0,5\n01.05.2025;00:15;0,25\n01.05.2025;00:30;1\n",
    "Date,Time,kWh\n2025-05-01,00:00,0.5\n2025-05-01,01:00,0.25\n2025-05-01,02:00,1\n",
    "Datum;von;bis;kWh\n01.05.2025;00:00;00:15;0,5\n01.05.2025;00:15;00:30;0,25\n01.05.2025;00:30;00:45;1\n",
    "Ab-Datum;Ab-Zeit;Bis-Datum;Bis-Zeit;kWh\n01.05.2025;00:00;01.05.2025;00:15;0,5\n01.05.2025;00:15;01.05.2025;00:30;0,25\n"
      + "01.05.2025;00:30;01.05.2025;00:45;1\n",
    "Identifiant PRM;Type de donnees\n123;Courbe\nHorodate;Energie (Wh)\n2025-05-01T00:00:00+02:00;500\n"
      + "2025-05-01T00:30:00+02:00;250\n2025-05-01T01:00:00+02:00;1000\n",
    "Date and time;Verbrauch\n[dd.MM.yyyy HH:mm];[Wh]\n01.05.2025 00:00;500\n01.05.2025 00:05;250\n01.05.2025 00:10;1000\n",
    "Date-time,kWh used\n2025-05-01 00:00:00,0.5\n2025-05-01 01:00:00,0.25\n2025-05-01 02:00:00,1\n",
    "Time,System Production (W)\n2025-05-01 00:00,500\n2025-05-01 01:00,250\n2025-05-01 02:00,1000\n",
  ]) func filesThatPeopleHaveAreTaken(text: String) throws {
    let table = try HistoryTableTests.table(text)
    #expect(table.counter.energy == Energy(milliwattHours: 1_750_000), "\(table.remarks)")
    #expect(table.counter.points.count == 4)
  }

  /// Two rows of one time lose nothing in silence: they are the same row, or somebody is asked.
  @Test func rowsOfOneTimeAreTheSameOrAskedFor() throws {
    let same = try HistoryTableTests.table("start,note,kWh\n2025-01-01,a,1\n2025-01-01,a,1\n2025-01-02,a,2\n")
    #expect(same.counter.energy == Energy(milliwattHours: 3_000_000))
    #expect(same.remarks.contains("left 1 row that came twice"))
    let other = #expect(throws: TableRefusal.self) {
      try HistoryTableTests.table("start,note,kWh\n2025-01-01,a,1\n2025-01-01,b,1\n2025-01-02,a,2\n")
    }
    guard case .choice(_, let advice) = other else {
      Issue.record("\(String(describing: other))")
      return
    }
    #expect(advice.contains("--where 'note=a'"), "\(advice)")
    let chosen = try HistoryTableTests.table("start,note,kWh\n2025-01-01,a,1\n2025-01-01,b,1\n2025-01-02,a,2\n") {
      $0.conditions = [("note", "a")]
    }
    #expect(chosen.counter.energy == Energy(milliwattHours: 3_000_000))
  }

  @Test func datesThatReadTheOtherWayAreAskedAbout() throws {
    let table = try HistoryTableTests.table("start,kWh\n04/01/2025,1\n04/02/2025,1\n04/03/2025,1\n04/04/2025,1\n")
    #expect(table.remarks.contains { $0.contains("--dates mdy") })
    let months = try HistoryTableTests.table("start,kWh\n01/04/2025,1\n02/04/2025,1\n03/04/2025,1\n")
    #expect(!months.remarks.contains { $0.contains("--dates") })
  }

  @Test func aMetersFallIsNamedAndCountsNothing() throws {
    let table = try HistoryTableTests.table(
      "date,meter kWh\n2025-01-01,100\n2025-01-02,110\n2025-01-03,2\n2025-01-04,11\n")
    #expect(table.counter.energy == Energy(milliwattHours: 19_000_000))
    #expect(table.counter.doubts.map(\.kind) == [.fall])
  }

  /// What does not say what it is is not guessed.
  @Test(arguments: [
    ("start,x\n2025-01-01,1\n2025-01-02,2\n", "--values used"),
    ("start,used\n2025-01-01,1\n2025-01-02,2\n", "--unit"),
    ("a,b\n1,2\n", "--start"),
    ("start,kWh in,kWh out\n2025-01-01,1,2\n2025-01-02,1,2\n", "--column"),
    ("start,end_time,to,kWh\n2025-01-01,,,1\n", "--end"),
  ]) func whatIsNotSaidIsAskedFor(text: String, option: String) throws {
    let refusal = #expect(throws: TableRefusal.self) { try HistoryTableTests.table(text) }
    guard case .choice(_, let advice) = refusal else {
      Issue.record("\(String(describing: refusal)) asks for nothing")
      return
    }
    #expect(advice.contains(option), "\(advice)")
  }

  @Test(arguments: [
    ("", "line 1"), ("start,kWh\n", "no row"), ("start,kWh\n2025-01-01,1\n2025-13-01,2\n", "line 3"),
    ("start,kWh\n2025-01-01,1\n2025-01-02,1x\n", "numbers"),
    ("start,kWh\n2025-01-01,1\n2025-01-01,2\n2025-01-02,1\n", "lines 2 and 3"),
    ("start,kWh\n1899-12-30,1\n2025-01-02,1\n", "line 2"),
    ("start,end,kWh\n2025-01-01,2025-01-03,1\n2025-01-02,2025-01-03,2\n", "lines 2 and 3 overlap"),
    ("start,kWh\n2025-03-30 02:30,1\n2025-03-30 03:30,1\n", "line 2"),
  ]) func whatIsWrongIsNamedWithItsPlace(text: String, words: String) throws {
    let refusal = #expect(throws: TableRefusal.self) { try HistoryTableTests.table(text) }
    #expect("\(String(describing: refusal))".contains(words), "\(String(describing: refusal))")
  }

  /// Rows in any order are the same history, and the sum of the parts is the whole.
  @Test(arguments: 0..<30) func orderDoesNotMatterAndPartsAddUp(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 2...200, using: &random)
    let values = (0..<count).map { _ in Int.random(in: 0...9999, using: &random) }
    var lines = values.enumerated().map { "\(1_700_000_000 + $0.offset * 900),\($0.element)" }
    let whole = try HistoryTableTests.table("start,Wh\n" + lines.joined(separator: "\n"))
    lines.shuffle(using: &random)
    let shuffled = try HistoryTableTests.table("start,Wh\n" + lines.joined(separator: "\r\n") + "\r\n")
    #expect(whole.counter == shuffled.counter, "seed \(seed)")
    #expect(whole.counter.energy.milliwattHours == Int64(values.reduce(0, +)) * 1000, "seed \(seed)")
  }

  /// Whatever the bytes are, it ends with a history or a refusal.
  @Test(arguments: 0..<200) func noBytesTrap(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var bytes = Array(
      "start,end,kWh\n2025-01-01 00:00,2025-01-01 01:00,1.5\n1735689600,,2\n26.10.2025 02:30,,\"3,4\"\n".utf8)
    for _ in 0..<Int.random(in: 1...8, using: &random) {
      bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
    }
    bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
    var options = HistoryTable.Options(zone: try HistoryTableTests.berlin())
    options.meaning = Bool.random(using: &random) ? .used : .counter
    options.unit = EnergyUnit.allCases.randomElement(using: &random)
    _ = try? HistoryTable(bytes, options)
  }
}
