import Foundation
import Readings
import Simulation
import Storage
import Tasmota
import TestSupport
import Testing

/// Schema/read_segment.py shares no code with Wattlog: it was written from segment-format.md and columns.md. When both
/// read the same rows out of a store, the documents are enough to write a reader.
///
/// It decodes every stream, so it holds SF-C1, SF-C4, SF-C10 to SF-C14 and SF-C20 to SF-C22 by a second implementation,
/// and SF-8, SF-40 to SF-44 by the events.
@Suite struct PythonReaderTests {
  private static let schema = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Schema")

  private static let python = Programs.path(of: "python3")

  /// What the script prints; nil where there is no Python.
  private func run(_ script: String, _ arguments: [String]) throws -> [String]? {
    guard let python = PythonReaderTests.python else {
      print("skipped: no python3")
      return nil
    }
    let directory = try TemporaryDirectory()
    let output = URL(fileURLWithPath: directory.path + "/out")
    try Data().write(to: output)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    // Without -B it would leave its cache beside the documents.
    process.arguments =
      ["-B", PythonReaderTests.schema.appendingPathComponent(script).path] + arguments
    process.environment = ["PYTHONUTF8": "1"]
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = process.standardOutput
    try process.runOnLeash()
    process.waitUntilExit()
    let text = try String(contentsOf: output, encoding: .utf8)
    #expect(process.terminationStatus == 0, "\(text.suffix(500))")
    return text.split(separator: "\n").map(String.init)
  }

  // MARK: A store with everything in it

  /// A day of plugs with faults, of one to three channels, in several layouts and resolutions.
  private func house(_ seed: UInt64, hours: Int64) throws -> [Said] {
    var options = SimulationOptions(
      devices: [
        SimulatedDevice(name: "fridge", kind: .fridge), SimulatedDevice(name: "kettle", kind: .kettle, channels: 2),
        SimulatedDevice(name: "solar", kind: .solar),
      ], from: Timestamp(seconds: 1_772_323_200), to: Timestamp(seconds: 1_772_323_200 + hours * 3600))
    options.seed = seed
    options.period = 120
    options.faults = Set(Fault.ordinary)
    options.splitTotals = seed % 2 == 0
    options.energyResolution = Int(3 + seed % 3)
    options.powerResolution = Int(seed % 3)
    options.voltageResolution = Int(seed % 2)
    options.powerDelta = 110
    options.timeFormat = SimulationOptions.TimeFormat.allCases[Int(seed % 5)]
    options.solarExport = seed % 2 == 0 ? .backwards : .registers
    return try decoded(options)
  }

  private enum Said {
    case reading(Device, Reading)
    case event(Event)
  }

  private func decoded(_ options: SimulationOptions) throws -> [Said] {
    var household = try Household(options)
    var decoder = Decoder()
    var reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: Layout([]), values: [])
    var result: [Said] = []
    while let message = household.next() {
      switch decoder.decode(message, into: &reading) {
      case .reading(let index): result.append(.reading(decoder.devices[index], reading))
      case .event(let event): result.append(.event(event))
      default: break
      }
    }
    return result
  }

  /// Layouts that no plug has: keys of no list, absent numbers, texts, extremes, channels without a whole.
  private func oddities(_ seed: UInt64) throws -> [(Device, Reading)] {
    var random = SeededGenerator(seed: seed)
    let odd = try #require(FieldKey(name: "BL09XX.Temperature"))
    let device = Device(topic: "odd/töpic", mac: "A0B765112233")
    let layouts = [
      Layout([
        Field(.time, .clockMilliseconds(offsetMinutes: -570)), Field(.power, channel: 1, .decimal(1)),
        Field(.power, channel: 2, .decimal(1)), Field(.voltage, .decimal(0)), Field(.current, channel: 1, .decimal(3)),
        Field(.apparentPower, channel: 1, .decimal(0)), Field(.today, .decimal(5)), Field(odd, .decimal(1)),
      ]),
      Layout([
        Field(.time, .clock), Field(.total, .decimal(0)), Field(.power, .decimal(18)), Field(.factor, .decimal(2)),
        Field(odd, .decimal(6)), Field(.current, channel: 3, .verbatim), Field(.epoch, .decimal(0)),
        Field(.period, channel: 9, .decimal(0)),
      ]),
    ]
    var result: [(Device, Reading)] = []
    var at: Int64 = 1_772_323_200_000
    for index in 0..<240 {
      at += Int64.random(in: 0...9, using: &random) * Int64.random(in: 1...3000, using: &random)
      let layout = layouts[index / 7 % 2]
      var texts: [String] = []
      let values = layout.fields.map { field -> Int64 in
        if field.form == .verbatim {
          texts.append(["1e-5", "-0.000", "1\u{20AC}"].randomElement(using: &random) ?? "")
          return 0
        }
        if field.form.isClock { return (at / 1000 + 3600) * (field.form.clockUnitsPerSecond ?? 1) }
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return ReadingColumns.absent
        case 1: return Int64.random(in: Int64.min + 1...Int64.max, using: &random)
        case 2: return -Int64.random(in: 0...900, using: &random)
        default: return Int64.random(in: 0...300, using: &random)
        }
      }
      result.append(
        (device, Reading(receivedAt: Timestamp(milliseconds: at), layout: layout, values: values, texts: texts)))
    }
    return result
  }

  private func makeStore(at path: String, timeUnit: Int64, seed: UInt64) throws {
    var options = StoreOptions(timeUnit: timeUnit)
    options.randomSeed = seed
    let writer = try StoreWriter(directory: path, options: options, mode: .live)
    let sent = try house(seed, hours: 20) + oddities(seed).map { Said.reading($0, $1) }
    for (index, said) in sent.enumerated() {
      if case .event(let event) = said { _ = try writer.append(event) }
      guard case .reading(let device, let reading) = said else { continue }
      _ = try writer.append(reading, from: device)
      if index % 90 == 0 {
        _ = try writer.append(
          Event(at: reading.receivedAt, device: device, kind: .relay, detail: "POWER\(index % 3) ON"))
        _ = try writer.append(
          Event(at: reading.receivedAt, device: nil, kind: .broker, detail: "lost: no route to h\u{F6}me"))
      }
      if index % 400 == 399 { try writer.seal() }
      if index == 1000 { try writer.compact() }
    }
    try writer.seal()
    try writer.close()
  }

  /// Schema/read_rollups.py was written from rollups.md: SF-R11, SF-R13, SF-R20 to SF-R23 and SF-R30 to
  /// SF-R47 once more, of a plug with one counter and of meters by turns.
  @Test(arguments: [(1, 1000, 10), (2, 1, 60), (3, 1000, 300), (4, 1, 20), (5, 1000, 300)] as [(UInt64, Int64, Int)])
  func `a second reader of rollups agrees with the first`(seed: UInt64, timeUnit: Int64, period: Int) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/store"
    var options = StoreOptions(timeUnit: timeUnit)
    options.randomSeed = seed
    let writer = try StoreWriter(directory: path, options: options, mode: .live)
    let meters = [
      SimulatedDevice(name: "pc", kind: .pc, channels: 2), SimulatedDevice(name: "solar", kind: .solar),
      SimulatedDevice(name: "wallbox", kind: .wallbox, channels: 3),
    ]
    var simulation = SimulationOptions(
      devices: seed < 4 ? [SimulatedDevice(name: "fridge", kind: .fridge)] : meters,
      from: Timestamp(seconds: 1_772_323_200),
      to: Timestamp(seconds: 1_772_323_200 + 2000 * Int64(period)))
    simulation.seed = seed
    simulation.period = period
    simulation.faults = [.offline, .powerCut]
    simulation.powerResolution = Int(seed % 3)
    simulation.splitTotals = seed % 2 == 0
    simulation.solarExport = seed % 2 == 0 ? .backwards : .registers
    for case .reading(let device, let reading) in try decoded(simulation) {
      _ = try writer.append(reading, from: device)
    }
    try writer.seal()
    try writer.close()
    let segments = try StoreFiles(path).bytes.keys.filter { $0.hasSuffix(".segment") }.sorted()
    guard let told = try run("read_rollups.py", segments.map { path + "/" + $0 }) else { return }
    let reader = try StoreReader(directory: path)
    var expected: [String] = []
    for stored in reader.devices {
      let all = Timestamp(milliseconds: 0)..<Timestamp(milliseconds: 1 << 50)
      var lines = [UInt8: [String]]()
      reader.stretches(of: stored.device, in: all, soft: []) { stretch in
        guard case .runs(let runs) = stretch else {
          Issue.record("rows of \(stored.device.topic) that no rollup tells")
          return
        }
        for series in runs.rollups.counters {
          for place in runs.places {
            lines[series.form.channel, default: []] += self.lines(of: series, run: place, topic: stored.device.topic)
          }
        }
      }
      for channel in lines.keys.sorted() { expected += lines[channel] ?? [] }
    }
    #expect(expected.count > 4)
    // The mean is a quotient of what the other numbers check.
    let found = told.map { line -> String in
      var parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      if line.hasPrefix("  "), !["  halves", "  phases"].contains(parts[0]) { parts[2] = "…" }
      return parts.joined(separator: "\t")
    }
    #expect(found.count == expected.count)
    for (one, other) in zip(found, expected) where one != other {
      Issue.record("the script \(one), the reader \(other)")
      break
    }
  }

  private func lines(of series: RollupSeries, run place: Int, topic: String) -> [String] {
    let run = series.runs[place]
    let name = topic + (series.form.channel > 0 ? "[\(series.form.channel)]" : "")
    var lines = [
      [
        name, "\(run.rowCount)", instant(run.first.time), instant(run.last.time), "\(run.first.total)",
        "\(run.last.total)",
      ].joined(separator: "\t")
    ]
    for cell in series.cells[run.cells] {
      lines.append(
        "  \(cell.rowCount)\t\(cell.energy)\t…\t\(cell.peak)\t\(instant(cell.peakAt))\t\(cell.lowest)\t\(cell.export)")
    }
    func numbers(_ word: String, _ values: [Int64]) -> String {
      (["  " + word] + values.map(String.init)).joined(separator: "\t")
    }
    if !run.halves.isEmpty {
      let given = series.form.tellsExport ? Array(series.halfExports[run.halves]) : []
      lines.append(numbers("halves", series.halves[run.halves] + given))
    }
    let count = series.form.phaseCount
    guard count > 0 else { return lines }
    for start in stride(from: run.phases.lowerBound, to: run.phases.upperBound, by: count) {
      lines.append(numbers("phases", series.phases[start..<start + count].map { $0 / 1000 }))
    }
    for isLast in run.rowCount > 1 ? [false, true] : [false] {
      lines.append(numbers("phases", Array(series.phasePowers(ofRun: place, atLast: isLast))))
    }
    return lines
  }

  // MARK: What the reader says of it, in the script's words

  private func instant(_ time: Timestamp) -> String {
    clock(time.milliseconds, .clockMilliseconds) + "+00:00"
  }

  private func clock(_ value: Int64, _ form: FieldForm) -> String {
    let units = form.clockUnitsPerSecond ?? 1
    let civil = CivilTime(secondsSince1970: value.flooringQuotient(units))
    func padded(_ number: Int, _ width: Int) -> String {
      String(repeating: "0", count: max(0, width - "\(number)".count)) + "\(number)"
    }
    var text =
      "\(padded(civil.year, 4))-\(padded(civil.month, 2))-\(padded(civil.day, 2))T"
      + "\(padded(civil.hour, 2)):\(padded(civil.minute, 2)):\(padded(civil.second, 2))"
    if units == 1000 { text += "." + padded(Int(value.flooringRemainder(1000)), 3) }
    if let minutes = form.offsetMinutes {
      text += (minutes < 0 ? "-" : "+") + padded(abs(minutes) / 60, 2) + ":" + padded(abs(minutes) % 60, 2)
    }
    return text
  }

  /// What the script says that the catalog tells of each device: name, first and last time, readings, bytes.
  private static func spans(_ structure: [String]) -> [String] {
    var found: [String: (first: String, last: String, rows: Int, bytes: Int)] = [:]
    let removed = Set(
      structure.compactMap { $0.firstMatch(of: /^ {4}- \[([0-9, ]*)\] counts/) }
        .flatMap { $0.1.split(separator: ", ").compactMap { Int($0) } })
    var isThere = false
    for line in structure {
      if let added = line.firstMatch(of: /^ {4}\+ [0-9\/]*\/([0-9]+)\.segment/) {
        isThere = !removed.contains(Int(added.1) ?? 0)
      }
      guard isThere,
        let match = line.firstMatch(of: /^ {8}(.+): (\S+) to (\S+), ([0-9]+) rows, ([0-9]+) bytes$/),
        match.1 != "events", let rows = Int(match.4), let bytes = Int(match.5)
      else { continue }
      var span = found[String(match.1)] ?? (String(match.2), String(match.3), 0, 0)
      span = (min(span.first, String(match.2)), max(span.last, String(match.3)), span.rows + rows, span.bytes + bytes)
      found[String(match.1)] = span
    }
    return found.map { "\($0.key) \($0.value.first) \($0.value.last) \($0.value.rows) \($0.value.bytes)" }.sorted()
  }

  private func spans(of reader: StoreReader) -> [String] {
    reader.devices.map { stored in
      let name = ([stored.device.topic] + (stored.device.mac.map { [$0] } ?? [])).joined(separator: " ")
      return "\(name) \(instant(stored.first)) \(instant(stored.last)) \(stored.rowCount) \(stored.byteCount)"
    }.sorted()
  }

  private func line(_ device: Device, _ chunk: ReadingColumns, _ row: Int) -> String {
    let cells = chunk.columns.filter { $0.values[row] != ReadingColumns.absent }.map { column in
      let (field, value) = (column.field, column.values[row])
      let text: String
      if field.form == .verbatim {
        text = column.texts[Int(value)]
      } else if let places = field.form.decimalPlaces {
        text = Decimal.string(value, places: places)
      } else {
        text = clock(value, field.form)
      }
      return field.key.name + (field.channel == 0 ? "" : "[\(field.channel)]") + "=" + text
    }
    return ([instant(chunk.times[row]), device.topic] + cells.sorted()).joined(separator: "\t")
  }

  @Test(arguments: [(1000, 1), (1, 2), (1, 3), (1000, 4)] as [(Int64, UInt64)])
  func `every row and event that the script reads is the reader's`(timeUnit: Int64, seed: UInt64) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/store"
    try makeStore(at: path, timeUnit: timeUnit, seed: seed)
    let files = try StoreFiles(path).bytes.keys.sorted()
    #expect(!files.contains { $0.hasPrefix("journal") })
    let segments = files.filter { $0.hasSuffix(".segment") }.map { path + "/" + $0 }
    #expect(segments.count > 1)
    guard let printed = try run("read_segment.py", ["--rows"] + segments) else { return }
    let found = printed.map { line in
      let cells = line.split(separator: "\t").map(String.init)
      return (cells.prefix(2) + cells.dropFirst(2).sorted()).joined(separator: "\t")
    }
    let reader = try StoreReader(directory: path)
    var expected: [String] = []
    for device in reader.devices {
      reader.readings(of: device.device, in: Fixture.always) { chunk in
        for row in 0..<chunk.rowCount { expected.append(line(device.device, chunk, row)) }
      }
    }
    #expect(expected.count == reader.messageCount && expected.count > 1500)
    #expect(found.count == expected.count)
    for (one, other) in zip(found.sorted(), expected.sorted()) where one != other {
      Issue.record("seed \(seed): the script \(one), the reader \(other)")
      break
    }
    guard let structure = try run("read_segment.py", segments + [path + "/catalog", path + "/wattlog.store"]) else {
      return
    }
    #expect(!structure.contains { $0.contains("CRC WRONG") || $0.contains("DO NOT ADD UP") })
    #expect(PythonReaderTests.spans(structure) == spans(of: reader), "seed \(seed)")
    let events = structure.filter { $0.hasPrefix("    2") }.map { $0.dropFirst(4) }.sorted()
    let expectedEvents = reader.events(in: Fixture.always).map { event in
      let device = event.device.map { ([$0.topic] + ($0.mac.map { [$0] } ?? [])).joined(separator: " ") } ?? "-"
      return
        "\(instant(event.at)) \(device) kind \(event.kind.rawValue): '\(event.detail.replacing("\t", with: "\\t"))'"
    }.sorted()
    #expect(expectedEvents.count > 10 && expectedEvents.contains { $0.contains("kind 4") })
    #expect(events.map(String.init) == expectedEvents)
  }

  @Test(arguments: UInt64(1)...3) func `every row of a journal that the script reads is the reader's`(seed: UInt64)
    throws
  {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/store"
    var random = SeededGenerator(seed: seed)
    let writer = try StoreWriter(directory: path, options: StoreOptions(timeUnit: seed == 2 ? 1 : 1000), mode: .live)
    for (device, reading) in Fixture.readings(200, devices: 3, seed: seed) {
      _ = try writer.append(reading, from: device)
      if Int.random(in: 0..<5, using: &random) == 0 { try writer.commit() }
    }
    // As a kill leaves it: the writer is not closed.
    try writer.sync()
    let journals = try StoreFiles(path).bytes.keys.filter { $0.hasPrefix("journal") }
    #expect(journals.count == 1)
    guard let printed = try run("read_segment.py", ["--rows"] + journals.map { path + "/" + $0 }) else { return }
    let found = printed.map { line in
      let cells = line.split(separator: "\t").map(String.init)
      return (cells.prefix(2) + cells.dropFirst(2).sorted()).joined(separator: "\t")
    }
    let reader = try StoreReader(directory: path)
    var expected: [String] = []
    for device in reader.devices {
      reader.readings(of: device.device, in: Fixture.always) { chunk in
        for row in 0..<chunk.rowCount { expected.append(line(device.device, chunk, row)) }
      }
    }
    #expect(expected.count == 600 && found.sorted() == expected.sorted(), "seed \(seed)")
    try writer.close()
  }

  @Test(arguments: ["plug", "layouts"])
  func `the script reads the blocks of Schema as they were written`(name: String) throws {
    let vectors = PythonReaderTests.schema.appendingPathComponent("vectors")
    let table = try String(
      contentsOf: vectors.appendingPathComponent("columns-\(name).tsv"), encoding: .utf8)
    guard let found = try run("read_block.py", [vectors.appendingPathComponent("columns-\(name).block").path]) else {
      return
    }
    #expect(found == table.split(separator: "\n").map(String.init))
  }
}
