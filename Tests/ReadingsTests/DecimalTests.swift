import Readings
import TestSupport
import Testing

@Suite struct DecimalTests {
  @Test(
    arguments: [
      (31043, 3, "31.043"), (0, 0, "0"), (0, 2, "0.00"), (-5, 1, "-0.5"), (7, 5, "0.00007"),
      (Int64.max, 18, "9.223372036854775807"), (Int64.min, 0, "-9223372036854775808"),
    ] as [(Int64, Int, String)])
  func aMantissaIsPrintedWithExactlyItsPlaces(mantissa: Int64, places: Int, text: String) {
    #expect(Decimal.string(mantissa, places: places) == text)
  }

  @Test func civilTimeRoundTripsOnEveryDayOfEightHundredYears() {
    for day in Int64(-146_097)..<146_097 {
      let (year, month, dayOfMonth) = CivilTime.date(ofDay: day)
      #expect(CivilTime.dayNumber(year: year, month: month, day: dayOfMonth) == day)
      #expect((1...12).contains(month) && (1...31).contains(dayOfMonth))
    }
    #expect(CivilTime.dayNumber(year: 2025, month: 3, day: 30) == 20177)
  }

  @Test func formsKeepTheirOffset() {
    for minutes in -1439...1439 {
      #expect(FieldForm.clock(offsetMinutes: minutes).offsetMinutes == minutes)
      #expect(FieldForm.clockMilliseconds(offsetMinutes: minutes).offsetMinutes == minutes)
      #expect(FieldForm.clock(offsetMinutes: minutes).isDefined)
    }
  }
}
