import Readings
import TestSupport

/// Random blocks of every layout: plugs that behave, plugs that do not, and columns that no plug ever had.
struct BlockSeries {
  var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func number(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &generator) }
  mutating func chance(_ percent: Int64) -> Bool { number(1...100) <= percent }

  /// One block of 1 to `limit` rows of a random layout, on times of the given unit.
  mutating func block(limit: Int64, timeUnit: Int64) -> ReadingColumns {
    let rowCount = Int(number(1...limit))
    var times: [Timestamp] = []
    var time = number(0...2_000_000_000) * 1000
    for _ in 0..<rowCount {
      time += chance(90) ? 10_000 : chance(50) ? 0 : number(0...90_000)
      times.append(Timestamp(milliseconds: time / timeUnit * timeUnit))
    }
    var rows = ReadingColumns(times: times)
    for field in layout() { rows.columns.append(column(field, times)) }
    return rows
  }

  private mutating func layout() -> [Field] {
    var fields: [Field] = []
    switch number(0...5) {
    case 0: break
    case 1: fields.append(Field(.time, .clock(offsetMinutes: Int(number(-720...840)))))
    case 2: fields.append(Field(.time, .clockMilliseconds))
    case 3: fields.append(Field(.time, .decimal(0)))
    default: fields.append(Field(.time, .clock))
    }
    if chance(80) { fields.append(Field(.totalStartTime, .clock)) }
    let channelCount = chance(70) ? 0 : UInt8(number(1...8))
    let keys: [FieldKey] = [
      .total, .yesterday, .today, .period, .power, .apparentPower, .reactivePower, .factor, .voltage, .current,
    ]
    for key in keys where chance(92) {
      let isShared = key == .total || key == .today || key == .yesterday || (key == .voltage && chance(50))
      for channel in (isShared || channelCount == 0 ? 0...0 : 1...channelCount) {
        fields.append(Field(key, channel: channel, .decimal(Int(number(0...5)))))
      }
    }
    if chance(20) { fields.append(Field(.power, channel: 0, .decimal(7))) }
    if chance(20) { fields.append(Field(.exportActive, .decimal(18))) }
    if chance(20), let key = FieldKey(name: "BL09XX.Temperature") { fields.append(Field(key, .decimal(1))) }
    if chance(20) { fields.append(Field(.current, .verbatim)) }
    var seen: Set<Field> = []
    fields = fields.filter { seen.insert($0).inserted }
    return chance(30) ? fields.shuffled(using: &generator) : fields
  }

  private mutating func column(_ field: Field, _ times: [Timestamp]) -> ReadingColumns.Column {
    var column = ReadingColumns.Column(field: field, values: [])
    if field.form == .verbatim {
      for index in 0..<number(1...5) { column.texts.append("-0e\(index)") }
    }
    let absentPercent: Int64 = chance(75) ? 0 : chance(50) ? 5 : 60
    let kind = number(0...6)
    var value = number(-5...400_000)
    for time in times {
      if chance(absentPercent) {
        column.values.append(ReadingColumns.absent)
        continue
      }
      switch kind {
      case _ where field.form == .verbatim: value = number(0...Int64(column.texts.count) - 1)
      case _ where field.form.isClock && kind < 5:
        let perSecond = field.form.clockUnitsPerSecond ?? 1
        value = chance(1) ? number(0...100_000) : (time.milliseconds / 1000 + 3600) * perSecond
      case 0, 1: value += chance(20) ? number(-2...2) : 0
      case 2: value += number(0...3)
      case 3: value = chance(90) ? value : number(0...2000)
      case 4: value = chance(1) ? 0 : value &+ number(-100...100)
      case 5: value = number(Int64.min + 1...Int64.max)
      default: break
      }
      column.values.append(value)
    }
    return column
  }

  /// Rows of a plug as the firmware makes them, roughly: for sizes and golden bytes. 10 s apart, 1 s times.
  mutating func plug(rowCount: Int) -> ReadingColumns {
    var times: [Timestamp] = []
    var values: [[Int64]] = Array(repeating: [], count: 12)
    var power: Int64 = 0
    var voltage: Int64 = 231
    var today: Int64 = 0
    var last: Int64 = 0
    for row in 0..<rowCount {
      if chance(4) { power = chance(50) ? 0 : number(40...90) }
      if chance(8) { voltage += number(-1...1) }
      today += power * 10 * 100 / 3600
      let apparent = power * 5 / 4
      let reactive = Int64(Double(apparent * apparent - power * power).squareRoot())
      let clock = 1_740_000_000 + Int64(row) * 10
      times.append(Timestamp(seconds: clock - 3600))
      let shown = (today + 50) / 100
      let numbers: [Int64] = [
        clock, 1_738_000_000, 31_250 + shown, 120, shown, row % 97 == 5 ? ReadingColumns.absent : shown - last, power,
        apparent, reactive, power == 0 ? 0 : 80, voltage, apparent * 1000 / voltage,
      ]
      if row % 97 != 5 { last = shown }
      for (index, number) in numbers.enumerated() { values[index].append(number) }
    }
    return ReadingColumns(
      times: times, columns: zip(BlockSeries.plugFields, values).map { .init(field: $0, values: $1) })
  }

  static let plugFields: [Field] = [
    Field(.time, .clock), Field(.totalStartTime, .clock), Field(.total, .decimal(3)), Field(.yesterday, .decimal(3)),
    Field(.today, .decimal(3)), Field(.period, .decimal(0)), Field(.power, .decimal(0)),
    Field(.apparentPower, .decimal(0)), Field(.reactivePower, .decimal(0)), Field(.factor, .decimal(2)),
    Field(.voltage, .decimal(0)), Field(.current, .decimal(3)),
  ]
}
