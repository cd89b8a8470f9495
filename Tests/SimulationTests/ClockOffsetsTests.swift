import Readings
import Simulation
import Testing

@Suite struct ClockOffsetsTests {
  @Test func aTableIsTakenFromAnyRule() {
    let range = Timestamp(seconds: 1_735_689_600)..<Timestamp(seconds: 1_798_761_600)
    #expect(ClockOffsets(over: range) { london.offset(at: $0) } == london)
    #expect(ClockOffsets(over: range) { _ in 3600 } == .firmwareDefault)
  }

  @Test func daysBeginAtTheClocksMidnight() {
    let day = CivilTime.dayNumber(year: 2026, month: 10, day: 25)
    #expect(london.start(ofDay: day) == Timestamp(seconds: 1_792_882_800))
    #expect(london.start(ofDay: day + 1) == Timestamp(seconds: 1_792_972_800))
    #expect(london.day(at: Timestamp(seconds: 1_792_972_799)) == day)
    #expect(london.day(at: Timestamp(seconds: 1_792_972_800)) == day + 1)
    let spring = CivilTime.dayNumber(year: 2026, month: 3, day: 29)
    let length = london.start(ofDay: spring + 1).seconds - london.start(ofDay: spring).seconds
    #expect(length == 23 * 3600)
  }

  @Test func aMidnightThatIsSkippedOrRepeatedBeginsItsDayOnce() {
    let day = CivilTime.dayNumber(year: 2026, month: 9, day: 6)
    let midnight = day * 86_400
    // Forward from 00:00 to 01:00: the day begins with the change.
    let skipping = ClockOffsets(initial: 0, changes: [.init(at: Timestamp(seconds: midnight), offset: 3600)])
    #expect(skipping.start(ofDay: day) == Timestamp(seconds: midnight))
    // Back from 01:00 to 00:00: the earlier midnight counts.
    let repeating = ClockOffsets(initial: 3600, changes: [.init(at: Timestamp(seconds: midnight), offset: 0)])
    #expect(repeating.start(ofDay: day) == Timestamp(seconds: midnight - 3600))
  }
}
