import Glibc
import Readings
import Storage
import TestSupport
import Testing

/// `WATTLOG_LONG_TESTS=1` runs every bit and every call; without it each test takes an even selection.
enum LongTests {
  static let areOn = getenv("WATTLOG_LONG_TESTS") != nil
  /// `WATTLOG_SPARSE=31` takes every 31st of them only, where a sanitizer makes each a hundred times as long.
  static let step = max(1, getenv("WATTLOG_SPARSE").flatMap { Int(String(cString: $0)) } ?? 1)
}

/// Readings as plugs send them, made from a seed.
struct Fixture {
  static let layout = Layout([
    Field(.time, .clock), Field(.totalStartTime, .clock), Field(.total, .decimal(3)), Field(.yesterday, .decimal(3)),
    Field(.today, .decimal(3)), Field(.period, .decimal(0)), Field(.power, .decimal(0)),
    Field(.apparentPower, .decimal(0)), Field(.reactivePower, .decimal(0)), Field(.factor, .decimal(2)),
    Field(.voltage, .decimal(0)), Field(.current, .decimal(3)),
  ])
  static let start = Timestamp(seconds: 1_760_000_000)

  /// `count` readings of each of `devices` plugs, ten seconds apart, in order of time.
  static func readings(_ count: Int, devices: Int, seed: UInt64) -> [(Device, Reading)] {
    var random = SeededGenerator(seed: seed)
    var total = Array(repeating: Int64(31_000), count: devices)
    var result: [(Device, Reading)] = []
    for index in 0..<count {
      for number in 0..<devices {
        let at = start.advanced(byMilliseconds: Int64(index) * 10_000 + Int64(number) * 700)
        let power = Int64.random(in: 0...2000, using: &random)
        total[number] += power / 400
        let values: [Int64] = [
          at.seconds + 3600 + Int64.random(in: -1...1, using: &random), 1_700_000_000, total[number], 1234,
          total[number] - 30_000, power / 300, power, power + 5, 40, 95, 230 + Int64.random(in: -2...2, using: &random),
          power * 1000 / 230,
        ]
        result.append((Device(topic: "plug\(number)"), Reading(receivedAt: at, layout: layout, values: values)))
      }
    }
    return result
  }

  static let always = Timestamp(milliseconds: 0)..<Timestamp(milliseconds: .max)
}

/// A store's content as one value: every row of every device with its fields, and the events.
struct Content: Equatable {
  var rows: [Device: [[String]]] = [:]
  var events: [Event] = []

  init(_ reader: StoreReader) throws {
    for device in reader.devices {
      reader.readings(of: device.device, in: Fixture.always) { chunk in
        for row in 0..<chunk.rowCount {
          rows[device.device, default: []].append(
            Content.row(chunk.times[row], chunk.columns.map { ($0.field, $0.values[row], $0.texts) }))
        }
      }
    }
    events = reader.events(in: Fixture.always)
  }

  init() {}

  mutating func add(_ device: Device, _ reading: Reading, unit: Int64 = 1000) {
    let at = reading.receivedAt.truncated(toMilliseconds: unit)
    rows[device, default: []].append(
      Content.row(at, zip(reading.layout.fields, reading.values).map { ($0, $1, reading.texts) }))
  }

  static func row(_ at: Timestamp, _ cells: [(Field, Int64, [String])]) -> [String] {
    ["\(at.milliseconds)"]
      + cells.filter { $0.1 != ReadingColumns.absent }.map { field, value, texts in
        "\(field.key.name).\(field.channel).\(field.form.rawValue)="
          + (field.form == .verbatim ? texts[Int(value)] : "\(value)")
      }.sorted()
  }
}
