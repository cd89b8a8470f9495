import Household
import Testing

@Suite struct CheckConditionTests {
  @Test func `each part of a condition is read`() throws {
    let cases: [(String, String?, CheckCondition.Subject, CheckCondition.Comparison, Int64, Int64?)] = [
      ("silent>2h", nil, .silent, .above, 7_200_000, nil),
      ("fridge silent>30m", "fridge", .silent, .above, 1_800_000, nil),
      ("fridge.silent >= 90s", "fridge", .silent, .atLeast, 90_000, nil),
      ("fridge.power<20W for 3h", "fridge", .power, .below, 20_000, 10_800_000),
      ("  power <= 1.5 kW  for  30 m ", nil, .power, .atMost, 1_500_000, 1_800_000),
      ("solar.power<-0.5W", "solar", .power, .below, -500, nil),
      ("today>5kWh", nil, .today, .above, 5_000_000, nil),
      ("fridge.today>2kWh", "fridge", .today, .above, 2_000_000, nil),
      ("kitchen*.month>12.345678kWh", "kitchen*", .month, .above, 12_345_678, nil),
      ("home/attic.2 a<b today>500Wh", "home/attic.2 a<b", .today, .above, 500_000, nil),
      ("power week>0.5MWh", "power", .week, .above, 500_000_000, nil),
    ]
    for (text, device, subject, comparison, threshold, duration) in cases {
      let condition = try CheckCondition(text)
      #expect(condition.device == device, "\(text)")
      #expect(condition.subject == subject && condition.comparison == comparison, "\(text)")
      #expect(condition.threshold == threshold && condition.duration == duration, "\(text)")
    }
  }

  @Test func `a period has a cost, a forecast and a trend`() throws {
    let cases: [(String, String?, CheckCondition.Subject, CheckCondition.PeriodFigure, Int64, CheckCondition.Unit)] = [
      ("month.cost>100", nil, .month, .cost, 100_000, .money(nil)),
      ("fridge.bill.cost >= 12.50 EUR", "fridge", .bill, .cost, 12_500, .money("EUR")),
      ("cost.today.cost>1", "cost", .today, .cost, 1000, .money(nil)),
      ("month.forecast>400kWh", nil, .month, .forecast, 400_000_000, .wattHours),
      ("bill forecast > 99.5", nil, .bill, .forecast, 99_500, .money(nil)),
      ("heat*.today.forecast>5kWh", "heat*", .today, .forecast, 5_000_000, .wattHours),
      ("freezer.week.trend>20%", "freezer", .week, .trend, 20_000, .percent),
      ("yesterday.trend<-12.5 %", nil, .yesterday, .trend, -12_500, .percent),
      ("bill>5kWh", nil, .bill, .use, 5_000_000, .wattHours),
      ("trend.silent>2h", "trend", .silent, .use, 7_200_000, .seconds),
    ]
    for (text, device, subject, figure, threshold, unit) in cases {
      let condition = try CheckCondition(text)
      #expect(condition.device == device && condition.subject == subject && condition.figure == figure, "\(text)")
      #expect(condition.threshold == threshold && condition.unit == unit, "\(text)")
    }
  }

  @Test func `what is wrong is named with its place`() {
    let cases: [(String, Int, String)] = [
      ("", 1, "a comparison is missing"),
      ("silent", 7, "a comparison is missing"),
      (">2h", 1, "what is to be compared is missing"),
      ("fridge.>2h", 8, "missing behind the point"),
      (".power>2W", 1, "the device's name before '.power' is missing"),
      ("fridge.powr>2W", 8, "did you mean 'power'?"),
      ("silent=2h", 7, "'=' is no comparison"),
      ("silent>", 8, "the value is missing"),
      ("silent>5kWh", 8, "'5kWh' is no length of time"),
      ("silent>2h for 3h", 11, "'for' goes with power only"),
      ("power<20", 7, "'20' has no unit; it takes mW, W, kW"),
      ("power<20kWh", 7, "'kWh' is no unit of power"),
      ("today>5kw", 7, "'kw' is no unit of energy; it takes Wh, kWh, MWh"),
      ("today>5,5kWh", 7, "holds a comma"),
      ("power<W", 7, "'W' is no number"),
      ("power<1.W", 7, "is no number of at most"),
      ("power<12345678901W", 7, "is no number of at most"),
      ("power<0.0001W", 7, "finer than a thousandth of a W"),
      ("cost>5", 1, "'cost' is of a time, which stands before it: today.cost"),
      ("fridge.cost>5", 8, "'cost' is of a time"),
      ("yesterday.forecast>5kWh", 11, "today.forecast, week.forecast"),
      ("today.trend>5%", 7, "'trend' is of a time, which stands before it: yesterday.trend"),
      ("month.costs>5", 7, "did you mean 'cost'?"),
      ("month.cost>5kWh", 12, "'kWh' is no unit of cost; it takes a currency such as EUR"),
      ("month.cost>cheap", 12, "write an amount of money such as 100"),
      ("month.cost>0.0001", 12, "finer than a thousandth of a unit of money"),
      ("month.forecast>5W", 16, "it takes Wh, kWh, MWh, a currency such as EUR"),
      ("month.trend>20", 13, "'20' has no unit; it takes %"),
      ("month.trend>20% for 3h", 17, "'for' goes with power only"),
      ("power<20W for", 14, "a length of time is missing"),
      ("power<20W for ever", 15, "'ever' is no length of time"),
      ("power<20W for 3s", 15, "from 1m to 366d"),
    ]
    for (text, place, cause) in cases {
      do throws(CheckCondition.SyntaxError) {
        _ = try CheckCondition(text)
        Issue.record("'\(text)' was read")
      } catch {
        #expect(error.place == place && error.cause.contains(cause), "'\(text)': \(error)")
      }
    }
  }
}
