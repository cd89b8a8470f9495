import Foundation
import History
import Readings
import TestSupport
import Testing

/// Home Assistant's `state` and `sum` of each hour become use that a household would sign: where both agree the sum, where
/// they do not what the counter itself can bear.
@Suite struct HomeAssistantHistoryTests {
  private static let hour: Int64 = 3600

  /// Rows as Home Assistant makes them of a counter's stands at the ends of hours: a fall by a tenth and more begins anew,
  /// a smaller one counts below zero.
  private static func rows(_ states: [Double], from start: Int64 = 1_700_000_400) -> [HomeAssistantHistory.Row] {
    var sum = 0.0
    var rows: [HomeAssistantHistory.Row] = []
    for (place, state) in states.enumerated() {
      if place > 0 {
        let old = states[place - 1]
        sum += state < 0.9 * old ? state : state - old
      }
      rows.append(.init(start: Timestamp(seconds: start + Int64(place) * hour), state: state, sum: sum))
    }
    return rows
  }

  @Test(arguments: 0..<40) func aSoundCounterIsTakenToTheMilliwattHour(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var state = Int64.random(in: 0...90_000_000, using: &random)
    let unit: EnergyUnit = [.wattHours, .kilowattHours, .megawattHours].randomElement(using: &random) ?? .wattHours
    let scale = unit == .wattHours ? 1e3 : unit == .kilowattHours ? 1e6 : 1e9
    var states: [Int64] = []
    for _ in 0..<Int.random(in: 2...300, using: &random) {
      states.append(state)
      state += Int64.random(in: 0...3_000, using: &random) * 1000
    }
    var rows = HomeAssistantHistoryTests.rows(states.map { Double($0) / scale })
    rows.shuffle(using: &random)
    let counter = HomeAssistantHistory.counter(rows, unit: unit)
    #expect(counter.doubts.isEmpty, "seed \(seed)")
    #expect(counter.energy.milliwattHours == (states.last ?? 0) - states[0], "seed \(seed)")
    #expect(counter.points.count == states.count, "seed \(seed)")
    #expect(counter.points[0].time == Timestamp(seconds: 1_700_000_400 + 3600), "an hour's sum is known at its end")
    // Rows that came twice say nothing new.
    #expect(HomeAssistantHistory.counter(rows + rows, unit: unit) == counter, "seed \(seed)")
  }

  /// A plug that lost 0.706 kWh with its power, measured beside Home Assistant 2025.4.4: it counted −0.540 of an old plug
  /// and 5.960 of a young one, and 0.166 was used.
  @Test(arguments: [(1551.706, -0.540), (6.500, 5.960)]) func aPowerCutIsNeitherUseNorItsOpposite(
    before: Double, booked: Double
  ) {
    let after = before - 0.540
    let states = [before - 0.3, before - 0.2, before, after, after + 0.1, after + 0.2]
    var rows = HomeAssistantHistoryTests.rows(states)
    // What it booked within the hour, when the counter stood lowest.
    for place in 3..<rows.count { rows[place].sum = (rows[place].sum ?? 0) + 0.540 + booked }
    let counter = HomeAssistantHistory.counter(rows, unit: .kilowattHours)
    #expect(counter.energy == Energy(milliwattHours: 500_000))
    #expect(counter.doubts.map(\.kind) == [booked < 0 ? .fall : .spike])
    #expect(counter.doubts.first?.taken == 0)
    #expect(counter.doubts.first?.counted == Int64((booked * 1e6).rounded()))
    // The hour of the cut has no stand of its own: its use is not known.
    #expect(counter.points.count == 5)
  }

  @Test func aCounterThatBeginsAnewGoesOn() {
    let rows = HomeAssistantHistoryTests.rows([100, 100.5, 101, 0.25, 0.75])
    let counter = HomeAssistantHistory.counter(rows, unit: .kilowattHours)
    #expect(counter.energy == Energy(milliwattHours: 1_750_000))
    #expect(counter.doubts.map(\.kind) == [.reset])
  }

  /// The developer tools of Home Assistant let people put a sum right: all that follows is moved by it.
  @Test func aSumThatWasPutRightIsFollowedWhereTheCounterAgrees() {
    var rows = HomeAssistantHistoryTests.rows([6.4, 6.5, 5.960, 6.0, 6.1])
    for place in 2..<5 { rows[place].sum = (rows[place].sum ?? 0) + 0.540 + 0.166 }
    let put = HomeAssistantHistory.counter(rows, unit: .kilowattHours)
    #expect(put.energy == Energy(milliwattHours: 100_000 + 166_000 + 140_000))
    rows[3].sum = 100
    rows[4].sum = 100.1
    let wrong = HomeAssistantHistory.counter(rows, unit: .kilowattHours)
    #expect(wrong.energy == put.energy, "the counter rose by 0.04 there, whatever the sum says")
  }

  @Test func meansOfPowerAreEnergy() {
    let start: Int64 = 1_700_000_400
    let rows = [0, 1, 5].map { HomeAssistantHistory.Row(start: Timestamp(seconds: start + $0 * 3600), mean: 250) }
    let counter = HomeAssistantHistory.counter(rows, unit: .watts)
    #expect(counter.energy == Energy(milliwattHours: 750_000))
    #expect(counter.points.count == 5, "nothing is said of the hours between")
  }

  @Test func numbersThatAreNoneTrapNothing() {
    let odd: [Double?] = [.nan, .infinity, -.infinity, 1e300, -1e300, nil, 0, -5]
    for state in odd {
      for sum in odd {
        let rows = (0..<3).map {
          HomeAssistantHistory.Row(start: Timestamp(seconds: $0 * 3600), state: state, sum: sum, mean: state)
        }
        for unit in EnergyUnit.allCases { _ = HomeAssistantHistory.counter(rows, unit: unit) }
      }
    }
  }
}
