import Readings
import Reporting
import Text

/// A counter beside the power that the same messages tell: one that stands still, or counts a fraction, is broken.
///
/// Powers are samples. Held until the next message they make the right energy on the whole, whatever a load does in between;
/// where neighbouring ones agree, they make it in each step. Both have to say so.
struct CountedByPower {
  /// Energy in milliwatt-hours.
  private struct Sum {
    var byPower: Int64 = 0
    var byCounter: Int64 = 0
    var steps = 0

    mutating func add(_ byPower: Int64, _ byCounter: Int64) {
      self.byPower &+= byPower
      self.byCounter &+= byCounter
      steps += 1
    }

    /// By less than half, of what is not to be overlooked.
    var isShort: Bool {
      steps >= CountedByPower.leastSteps && byPower >= CountedByPower.leastEnergy && byCounter * 2 < byPower
    }
  }

  private struct Last {
    var time: Timestamp
    var total: Int64
    var power: Int64
  }

  private var last: [UInt8: Last] = [:]
  private var all = Sum()
  private var steady = Sum()

  private static let leastSteps = 20
  private static let leastEnergy: Int64 = 50_000
  /// TelePeriod is an hour at most.
  private static let longestStep: Int64 = 3_700_000

  static let advice =
    "reports count what the counter tells, so its kWh are too low: update its Tasmota, or calibrate it; "
    + "what was counted can be multiplied with 'wattlog device scale'"

  /// What is so, where the counter cannot be right.
  var finding: String? {
    guard all.isShort, steady.isShort else { return nil }
    func kWh(_ energy: Int64) -> String { Energy(milliwattHours: energy).kilowattHours(places: 3) }
    let seen = "its power makes \(kWh(all.byPower)) kWh in a day of messages"
    if all.byCounter == 0 { return "its counter stands still, but \(seen)" }
    let times = Figure.ratio(Int128(all.byPower), Int128(all.byCounter), places: 0).text
    return "its counter counts only \(kWh(all.byCounter)) kWh, but \(seen): \(times) times as much"
  }

  /// Takes messages in order of time.
  mutating func add(_ rows: ReadingColumns) {
    let channels = Set(rows.columns.filter { $0.field.key == .total }.map(\.field.channel))
    for channel in channels {
      let totals = rows.columns.filter { $0.field.key == .total && $0.field.channel == channel }
      let own = rows.columns.filter { $0.field.key == .power && $0.field.channel == channel }
      let powers = own.isEmpty && channel == 0 ? rows.columns.filter { $0.field.key == .power } : own
      for row in rows.times.indices {
        guard let total = CountedByPower.sum(totals, row, places: 6),
          let power = CountedByPower.sum(powers, row, places: 3)
        else { continue }
        take(Last(time: rows.times[row], total: total, power: power), of: channel)
      }
    }
  }

  private mutating func take(_ new: Last, of channel: UInt8) {
    defer { last[channel] = new }
    guard let old = last[channel] else { return }
    let elapsed = new.time.milliseconds - old.time.milliseconds
    let counted = new.total - old.total
    guard elapsed > 0, elapsed <= CountedByPower.longestStep, old.power > 0, new.power >= 0, counted >= 0 else {
      return
    }
    let byPower = old.power * elapsed / 3_600_000
    // What is far more is a counter that was set, or false.
    guard counted <= 20 * byPower + 20_000 else { return }
    all.add(byPower, counted)
    if (new.power - old.power).magnitude * 10 <= max(new.power, old.power).magnitude { steady.add(byPower, counted) }
  }

  /// Of a row's columns, in units of so many digits; nil where there is none, or nothing that a plug measures.
  private static func sum(_ columns: [ReadingColumns.Column], _ row: Int, places: Int) -> Int64? {
    var sum: Int64?
    for column in columns where column.values[row] != ReadingColumns.absent {
      guard let written = column.field.form.decimalPlaces else { continue }
      let value = Figure(column.values[row], places: written).rescaled(to: places).mantissa
      guard value.magnitude < 1_000_000_000_000_000 else { return nil }
      sum = (sum ?? 0) + value
    }
    return sum
  }
}
