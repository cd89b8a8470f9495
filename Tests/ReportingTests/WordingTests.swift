import Readings
import Reporting
import Testing
import Text

/// What a newcomer reads says what is so.
@Suite struct WordingTests {
  @Test func aPanelTakesNothingFromWhatIsAlwaysOn() {
    var report = SampleReports.day
    report.periods[0].devices[1].alwaysOnW = Figure(-420)
    let table = TableRenderer.render(report, options: .init(width: 120))
    #expect(table.contains("always on  33 W = 0.825 kWh (18 %)"), "\(table)")
    #expect(HTMLRenderer.render(report).contains("<strong>33<small> W"))
    for place in report.periods[0].devices.indices { report.periods[0].devices[place].alwaysOnW = Figure(-1) }
    #expect(!TableRenderer.render(report, options: .init(width: 120)).contains("always on"))
  }

  /// Of 25 hours the powers of five are known: no other hour can be vouched for.
  @Test func ofATimeWithoutPowersNothingIsAlwaysOn() {
    var report = SampleReports.day
    for place in report.periods[0].devices.indices {
      report.periods[0].devices[place].powerTime = Report.PowerTime(known: 5 * 3600, counted: 25 * 3600)
    }
    let table = TableRenderer.render(report, options: .init(width: 120))
    #expect(
      table.contains("always on  61 W = 0.305 kWh in the 20 % of the time whose power is known\n"), "\(table)")
    // Nine tenths stand for all.
    for place in report.periods[0].devices.indices {
      report.periods[0].devices[place].powerTime = Report.PowerTime(known: 24 * 3600, counted: 25 * 3600)
    }
    #expect(
      TableRenderer.render(report, options: .init(width: 120)).contains("always on  61 W = 1.464 kWh (32 %)\n"))
  }

  @Test func anIncompletePeriodWithoutNotesSaysWhy() {
    var report = SampleReports.day
    report.periods[0].complete = false
    let noted = TableRenderer.render(report, options: .init(width: 120))
    #expect(noted.contains("the notes say where"))
    report.notes = []
    for place in report.periods[0].devices.indices { report.periods[0].devices[place].notes = [] }
    let bare = TableRenderer.render(report, options: .init(width: 120))
    #expect(bare.contains("first message came later") && !bare.contains("notes"))
    #expect(!HTMLRenderer.render(report).contains("see the notes"))
  }
}
