import Calendar
import EnergyAccounting
import Foundation
import Pricing
import Readings
import Reporting
import TestSupport
import Testing
import Text

@Suite struct RawExportTests {
  static let zone = TimeZoneRules(offsetSeconds: 3600)
  static let absent = ReadingColumns.absent

  static func export(
    _ devices: [DeviceRows], format: ExportFormat = .csv(.iso), fields: [ExportField]? = nil, milliseconds: Bool = false
  ) throws -> String {
    var present = PresentKeys()
    for rows in devices.flatMap(\.chunks) { present.add(rows) }
    var export = RawExport(
      format: format, fields: fields ?? ExportField.all(of: present.keys), zone: zone, hasMilliseconds: milliseconds)
    var bytes: [UInt8] = []
    try export.begin { bytes += $0 }
    try export.append(devices) { bytes += $0 }
    try export.finish { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func column(
    _ key: FieldKey, _ form: FieldForm, channel: UInt8 = 0, _ values: [Int64], texts: [String] = []
  ) -> ReadingColumns.Column {
    .init(field: Field(key, channel: channel, form), values: values, texts: texts)
  }

  @Test func aMessageIsOneRowWithTheDigitsSent() throws {
    let rows = ReadingColumns(
      times: [Timestamp(seconds: 1_761_350_399), Timestamp(seconds: 1_761_350_400)],
      columns: [
        Self.column(.time, .clock, [1_761_354_000, 1_761_354_001]),
        Self.column(.power, .decimal(0), [230, Self.absent]),
        Self.column(.power, .decimal(1), [Self.absent, -2305]), Self.column(.total, .decimal(5), [7, 123_456_789]),
        Self.column(.current, .verbatim, [0, 1], texts: ["-0.000", "1e5"]),
      ])
    let csv = try Self.export([DeviceRows(device: "tv", chunks: [rows])])
    #expect(
      csv == """
        time,time_utc,device,channel,plug_time,energy_total_kwh,power_w,current_a\r
        2025-10-25T00:59:59+01:00,2025-10-24T23:59:59Z,tv,,2025-10-25T01:00:00,0.00007,230,-0.000\r
        2025-10-25T01:00:00+01:00,2025-10-25T00:00:00Z,tv,,2025-10-25T01:00:01,1234.56789,-230.5,1e5\r

        """)
    let lines = try Self.export([DeviceRows(device: "tv", chunks: [rows])], format: .jsonLines)
    #expect(
      lines.split(separator: "\n").last == """
        {"time":"2025-10-25T01:00:00+01:00","time_utc":"2025-10-25T00:00:00Z","device":"tv",\
        "plug_time":"2025-10-25T01:00:01","energy_total_kwh":1234.56789,"power_w":-230.5,"current_a":1e5}
        """)
    let influx = try Self.export([DeviceRows(device: "tv set,1", chunks: [rows])], format: .influx)
    #expect(
      influx.split(separator: "\n").first
        == "wattlog,device=tv\\ set\\,1 energy_total_kwh=0.00007,power_w=230,current_a=-0.000 1761350399000000000")
  }

  /// In one second the first message of each plug comes before the second of any, in the order that plugs are given in.
  @Test func rowsOfOneSecondTakeTurns() throws {
    func rows(_ seconds: [Int64], _ powers: [Int64]) -> ReadingColumns {
      ReadingColumns(
        times: seconds.map(Timestamp.init(seconds:)), columns: [Self.column(.power, .decimal(0), powers)])
    }
    let csv = try Self.export([
      DeviceRows(device: "zebra", chunks: [rows([10, 10], [1, 3]), rows([10, 20], [5, 6])]),
      DeviceRows(device: "ant", chunks: [rows([10, 10, 20], [2, 4, 7])]),
    ])
    #expect(
      csv.split(separator: "\r\n").dropFirst().compactMap { $0.split(separator: ",").last } == [
        "1", "2", "3", "4", "5", "6", "7",
      ])
  }

  @Test func arraysGiveARowForEachChannel() throws {
    let phase = try #require(FieldKey(name: "PhaseAngle"))
    let rows = ReadingColumns(
      times: [Timestamp(seconds: 10), Timestamp(seconds: 20), Timestamp(seconds: 30)],
      columns: [
        Self.column(.total, .decimal(3), [1000, 1001, Self.absent]),
        Self.column(.power, .decimal(0), channel: 1, [5, Self.absent, 9]),
        Self.column(.power, .decimal(0), channel: 2, [6, 7, Self.absent]),
        Self.column(phase, .decimal(0), channel: 1, [30, Self.absent, Self.absent]),
      ])
    let table = CSVReader.rows(try Self.export([DeviceRows(device: "strip", chunks: [rows])]))
    #expect(
      table[0] == ["time", "time_utc", "device", "channel", "plug_time", "energy_total_kwh", "power_w", "PhaseAngle"])
    let cells = table.dropFirst().map { Array($0[3...]) }
    #expect(
      cells == [
        ["", "", "1.000", "", ""], ["1", "", "", "5", "30"], ["2", "", "", "6", ""],
        ["", "", "1.001", "", ""], ["1", "", "", "", ""], ["2", "", "", "7", ""],
        ["1", "", "", "9", ""],
      ])
  }

  @Test func devicesAreMergedInOrderOfReceiveTime() throws {
    var random = SeededGenerator(seed: 4)
    let devices = (0..<7).map { device in
      let times = (0..<1500).map { _ in Int64.random(in: 0...900, using: &random) }.sorted()
      let rows = ReadingColumns(
        times: times.map { Timestamp(seconds: $0) },
        columns: [Self.column(.power, .decimal(0), times.indices.map { Int64($0) })])
      return DeviceRows(device: "d\(device)", chunks: [ReadingColumns(), rows])
    }
    let table = CSVReader.rows(try Self.export(devices)).dropFirst()
    #expect(table.count == 7 * 1500)
    // Equal times take turns, in the order of the devices.
    var turns: [String: Int] = [:]
    let keys = table.map { row in
      let turn = turns["\(row[1]) \(row[2])", default: 0]
      turns["\(row[1]) \(row[2])"] = turn + 1
      return "\(row[1]) \(100 + turn) \(row[2])"
    }
    #expect(keys == keys.sorted())
    for device in devices {
      #expect(table.filter { $0[2] == device.device }.map(\.[5]) == (0..<1500).map { String($0) }, "arrival order")
    }
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func everyNumberComesBackDigitByDigit(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let count = 700
    let forms = (0...18).map { FieldForm.decimal($0) }
    var columns: [ReadingColumns.Column] = []
    var expected: [[String]] = (0..<count).map { _ in [] }
    for (index, form) in forms.enumerated() {
      let key = try #require(FieldKey(name: "Number\(index)"))
      let values = (0..<count).map { _ in
        [Int64.min + 1, .max, 0, 9, 10, -1, Int64(UInt32.max), Int64(UInt32.max) + 1].randomElement(using: &random)
          .flatMap { Bool.random(using: &random) ? $0 : nil }
          ?? Int64.random(in: -1_000_000...1_000_000, using: &random)
      }
      columns.append(Self.column(key, form, values))
      for (row, value) in values.enumerated() {
        expected[row].append(Decimal.string(value, places: form.decimalPlaces ?? 0))
      }
    }
    let rows = ReadingColumns(times: (0..<count).map { Timestamp(milliseconds: Int64($0) * 7) }, columns: columns)
    let fields = columns.map { ExportField(key: $0.field.key) }
    let table = CSVReader.rows(
      try Self.export([DeviceRows(device: "x", chunks: [rows])], fields: fields, milliseconds: true))
    #expect(table.dropFirst().map { Array($0[5...]) } == expected, "seed \(seed)")
    #expect(table[2][1] == "1970-01-01T00:00:00.007Z")
    let german = CSVDialect(preset: .excelGerman)
    let comma = CSVReader.rows(
      try Self.export([DeviceRows(device: "x", chunks: [rows])], format: .csv(german), fields: fields), separator: ";")
    #expect(
      comma.dropFirst().map { Array($0[5...]) }
        == expected.map { $0.map { $0.replacingOccurrences(of: ".", with: ",") } }, "seed \(seed)")
  }

  @Test func clocksComeBackAsSent() throws {
    let at = CivilTime(year: 2024, month: 2, day: 5, hour: 0, minute: 1, second: 32).secondsSince1970
    func plugTime(_ form: FieldForm, _ value: Int64, texts: [String] = []) throws -> String {
      let rows = ReadingColumns(
        times: [Timestamp(seconds: at)],
        columns: [Self.column(.time, form, [value], texts: texts), Self.column(.power, .decimal(0), [1])])
      return try #require(CSVReader.rows(try Self.export([DeviceRows(device: "x", chunks: [rows])])).last?[4])
    }
    #expect(try plugTime(.clock, at) == "2024-02-05T00:01:32")
    #expect(try plugTime(.clockMilliseconds, at * 1000 + 326) == "2024-02-05T00:01:32.326")
    #expect(try plugTime(.clock(offsetMinutes: -225), at) == "2024-02-05T00:01:32-03:45")
    #expect(try plugTime(.clockMilliseconds(offsetMinutes: 60), at * 1000) == "2024-02-05T00:01:32.000+01:00")
    #expect(try plugTime(.decimal(0), 1_565_599_135) == "1565599135")
    #expect(try plugTime(.verbatim, 0, texts: ["=1+1"]) == "'=1+1")
    #expect(try plugTime(.clock, .max) == "9999-12-31T23:59:59")
    #expect(try plugTime(.clock, .min + 1) == "0000-01-01T00:00:00")
  }

  /// What nobody sees and what turns or breaks a line is shown as something else, and never hides a formula.
  @Test func invisibleCharactersAreSeen() throws {
    let steering: [Unicode.Scalar] = [
      "\u{202E}", "\u{200B}", "\u{2028}", "\u{85}", "\u{2066}", "\u{FEFF}", "\u{E0041}", "\u{9B}", "\u{AD}", "\u{61C}",
    ]
    let rows = ReadingColumns(times: [Timestamp(seconds: 1)], columns: [Self.column(.power, .decimal(0), [1])])
    for scalar in steering {
      let names = ["a\(scalar)b", "\(scalar)=1+1"]
      let table = CSVReader.rows(try Self.export(names.map { DeviceRows(device: $0, chunks: [rows]) }))
      #expect(table.dropFirst().map { $0[2] } == ["a\u{FFFD}b", "\u{FFFD}=1+1"], "\(scalar.value)")
    }
  }

  @Test func rogueNamesAreCellsAndNothingElse() throws {
    let names = [
      "=cmd|' /C calc'!A0", "+1", "-1", "@x", "a,b", "a\"b", "a\r\nb", "\tx", "", " x ", "\u{1B}[2J", "＝1",
      "\u{A0}=2+2", "  +3",
    ]
    let rows = ReadingColumns(times: [Timestamp(seconds: 1)], columns: [Self.column(.power, .decimal(0), [1])])
    let table = CSVReader.rows(try Self.export(names.map { DeviceRows(device: $0, chunks: [rows]) }))
    for (name, row) in zip(names, table.dropFirst()) {
      #expect(row.count == 6)
      let isFormula =
        name.unicodeScalars.first { $0 != " " && $0 != "\u{A0}" }
        .map { "=+-@＝".unicodeScalars.contains($0) } ?? false
      #expect(row[2] == (isFormula ? "'" : "") + SafeText.neutralised(name))
    }
    let lines = try Self.export(names.map { DeviceRows(device: $0, chunks: [rows]) }, format: .jsonLines)
    for (name, line) in zip(names, lines.split(separator: "\n")) {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect(object["device"] as? String == name)
    }
    let influx = try Self.export(names.map { DeviceRows(device: $0, chunks: [rows]) }, format: .influx)
    #expect(influx.split(separator: "\n").count == names.count)
  }

  @Test func aSinkThatFailsEndsTheExport() throws {
    struct Full: Error {}
    let rows = ReadingColumns(
      times: (0..<20_000).map { Timestamp(seconds: Int64($0)) },
      columns: [Self.column(.power, .decimal(0), (0..<20_000).map { Int64($0) })])
    var export = RawExport(format: .influx, fields: nil, zone: Self.zone)
    #expect(throws: Full.self) {
      try export.append([DeviceRows(device: "x", chunks: [rows])]) { _ in throw Full() }
    }
  }

  @Test func fieldsAreFoundByEveryName() throws {
    for name in ["power", "power_w", "Power", "POWER"] {
      #expect(try ExportField.named([name]).map(\.name) == ["power_w"])
    }
    #expect(
      try ExportField.named(["voltage", "energy_total", "voltage_v"]).map(\.name) == ["voltage_v", "energy_total_kwh"])
    #expect(throws: ExportFieldError.self) { try ExportField.named(["watts"]) }
    do {
      _ = try ExportField.named(["power", "volatge"])
      Issue.record("an unknown field was taken")
    } catch {
      #expect(error.name == "volatge" && error.nearest == "voltage")
      #expect(error.description.contains("did you mean 'voltage'"))
    }
  }

  @Test func separatorsAndMarksThatContradictAreRefused() throws {
    #expect(throws: CSVDialect.DialectError.decimalMarkIsSeparator(",")) {
      try CSVDialect(preset: .iso, separator: ",", decimalMark: ",")
    }
    #expect(throws: CSVDialect.DialectError.self) { try CSVDialect(preset: .excelGerman, separator: ",") }
    #expect(throws: CSVDialect.DialectError.separator("ab")) { try CSVDialect(preset: .iso, separator: "ab") }
    #expect(throws: CSVDialect.DialectError.decimalMark("x")) { try CSVDialect(preset: .iso, decimalMark: "x") }
    #expect(try CSVDialect(preset: .iso, decimalMark: ",").separator == UInt8(ascii: ";"))
    #expect(try CSVDialect(preset: .excelGerman, separator: "tab").separator == 9)
  }

  /// A stretch of many rows is written in pieces: the same as in stretches of a few seconds, rows of one instant in turns.
  @Test(arguments: UInt64(1)...6) func piecesOfAStretchAreTheStretch(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let devices = ["tv", "pc", "lamp"].map { name in
      var second: Int64 = 1_761_350_000
      let times = (0..<9000).map { _ in
        // Some of one instant, some hours apart.
        second += [0, 0, 1, 1, 1, 2, 7_200].randomElement(using: &random) ?? 0
        return Timestamp(seconds: second)
      }
      let values = times.indices.map { Int64($0) }
      let rows = ReadingColumns(times: times, columns: [Self.column(.power, .decimal(1), values)])
      return DeviceRows(device: name, chunks: [rows.rows(0..<4000), rows.rows(4000..<9000)])
    }
    func export(_ stretches: [[DeviceRows]]) throws -> [UInt8] {
      var export = RawExport(format: .csv(.iso), fields: ExportField.all(of: [.power]), zone: Self.zone)
      var bytes: [UInt8] = []
      try export.begin { bytes += $0 }
      for stretch in stretches { try export.append(stretch) { bytes += $0 } }
      try export.finish { bytes += $0 }
      #expect(export.rowCount == 27_000)
      return bytes
    }
    let last = devices.flatMap(\.chunks).compactMap(\.times.last).max() ?? Self.start
    var short: [[DeviceRows]] = []
    var from = Self.start
    while from <= last {
      let to = from.advanced(byMilliseconds: Int64.random(in: 1...400, using: &random) * 10_000)
      short.append(
        devices.map { device in
          DeviceRows(
            device: device.device,
            chunks: device.chunks.map { chunk in
              let first = chunk.times.firstIndex { $0 >= from } ?? chunk.rowCount
              return chunk.rows(first..<max(first, chunk.times.firstIndex { $0 >= to } ?? chunk.rowCount))
            })
        })
      from = to
    }
    #expect(try export([devices]) == export(short))
  }

  private static let start = Timestamp(seconds: 1_761_350_000)
}
