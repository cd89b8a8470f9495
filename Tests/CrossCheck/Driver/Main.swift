import CHost
import Calendar
import EnergyAccounting
import Readings
import SegmentFormat
import Simulation
import Tasmota

/// Three households are simulated; their capture lines are decoded, coded as blocks and rollups, decoded again and
/// summed to days. Checksums of the bytes and all sums are printed: the same on every machine (Scripts/try-aarch64).
///
/// Standard input is a zone file.
@main
enum CrossCheck {
  static func main() {
    var file: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(0, &piece, numericCast(piece.count)), count > 0 { file += piece[..<count] }
    guard let zone = try? TimeZoneRules(tzif: file) else { return stop("no zone file on standard input") }
    for trial in Trial.all(zone) { trial.run(zone) }
  }

  static func stop(_ reason: String) {
    print("wrong: \(reason)")
    exit(1)
  }
}

struct Trial {
  var name: String
  var options: SimulationOptions

  static func all(_ zone: TimeZoneRules) -> [Trial] {
    func trial(_ name: String, _ kinds: [ApplianceKind], days: (LocalDate?, LocalDate?), period: Int) -> Trial {
      guard let first = days.0, let end = days.1 else { fatalError("no such day") }
      let range = zone.start(of: first)..<zone.start(of: end)
      var options = SimulationOptions(
        devices: kinds.map { SimulatedDevice(name: $0.rawValue, kind: $0, channels: $0 == .kettle ? 3 : 1) },
        from: range.lowerBound, to: range.upperBound)
      options.period = period
      options.siteClock = ClockOffsets(over: range) { zone.offset(at: $0) }
      options.plugClock = options.siteClock
      return Trial(name: name, options: options)
    }
    // A day of 25 hours and everything that goes wrong; a day of 23 hours, many digits and arrays; months.
    var autumn = trial(
      "autumn", ApplianceKind.allCases,
      days: (LocalDate(year: 2026, month: 10, day: 22), LocalDate(year: 2026, month: 10, day: 27)), period: 60)
    autumn.options.faults = Set(Fault.allCases)
    var spring = trial(
      "spring", [.kettle, .washer, .solar, .pc],
      days: (LocalDate(year: 2026, month: 3, day: 28), LocalDate(year: 2026, month: 3, day: 31)), period: 10)
    spring.options.seed = 11
    spring.options.faults = [.powerCut, .glitch, .offline]
    spring.options.energyResolution = 5
    spring.options.powerResolution = 2
    spring.options.voltageResolution = 1
    spring.options.splitTotals = true
    spring.options.timeFormat = .offset
    spring.options.solarExport = .backwards
    var months = trial(
      "months", [.fridge, .tv, .router],
      days: (LocalDate(year: 2026, month: 1, day: 1), LocalDate(year: 2026, month: 4, day: 1)), period: 300)
    months.options.seed = 13
    months.options.faults = [.reset, .offline]
    months.options.timeFormat = .epoch
    return [autumn, spring, months]
  }

  func run(_ zone: TimeZoneRules) {
    guard var household = try? Household(options), let to = options.to else { return CrossCheck.stop(name) }
    var captured = Capture()
    var bytes: [UInt8] = []
    while household.appendLines(to: &bytes) {
      captured.take(bytes)
      bytes.removeAll(keepingCapacity: true)
    }
    let truth = CRC32C.checksum(household.truthCSV()[...])
    print("\(name): \(captured.lineCount) lines \(captured.lines.value), truth \(truth)")
    print("\(name): \(captured.readingCount) readings, \(captured.events.count) events, \(captured.otherCount) others")
    captured.codeEvents()

    var days = [options.from]
    while let last = days.last, last < to { days.append(zone.start(of: zone.date(at: last).advanced(byDays: 1))) }
    for (number, rows) in captured.rows.enumerated() {
      let device = captured.decoder.devices[number]
      print("\(name): \(device.topic) \(device.mac ?? "-"), \(rows.readings.rowCount) rows")
      for timeUnit in [1000, 1] as [Int64] { rows.code(timeUnit: timeUnit) }
      var account = MeterAccount(cutPoints: CutPoints(days), options: MeteringOptions(timeZone: zone))
      account.add(rows.readings, device: device)
      let ledger = account.finish()
      tell(ledger, zone)
      account = MeterAccount(cutPoints: CutPoints(days), options: MeteringOptions(timeZone: zone))
      let askedFor = rows.feed(&account, device)
      print("  by rollups: \(askedFor) rows of \(rows.readings.rowCount) were asked for")
      guard account.finish() == ledger else { return CrossCheck.stop("a ledger by rollups") }
    }
  }

  private func tell(_ ledger: DeviceLedger, _ zone: TimeZoneRules) {
    for channel in ledger.channels {
      for (place, day) in channel.buckets.enumerated() {
        let figures: [Int64] = [
          day.measured.milliwattHours, day.inferred.milliwattHours, day.export.milliwattHours, day.covered,
          day.inferredTime, day.missing, Int64(day.messages), day.peakMilliwatts ?? -1, day.lowestMilliwatts ?? -1,
          day.powerTime, day.poweredTime, channel.statistics[place].alwaysOnMilliwatts ?? -1,
        ]
        let date = zone.date(at: ledger.bucketEdges[place]).text
        print("  \(channel.channel ?? 0) \(date) \(figures.map { String($0) }.joined(separator: " "))")
      }
      let plug = channel.plugDays.reduce(Energy.zero) { $0 + $1.yesterday }
      let sum = channel.use(0..<channel.buckets.count).kilowattHours(places: channel.counterPlaces)
      print("  sum \(sum) kWh, the plug's own days \(plug.milliwattHours) mWh")
    }
    for event in ledger.events {
      let time = "\(event.from.milliseconds) \(event.to.milliseconds)"
      print("  \(event.kind.rawValue) \(time) \(event.cause): \(event.text)")
    }
  }
}

/// What capture lines hold.
struct Capture {
  var decoder = Decoder()
  var rows: [DeviceRows] = []
  var events: [Event] = []
  var lines = CRC32C()
  var lineCount = 0
  var readingCount = 0
  var otherCount = 0
  private var parser = CaptureLineParser()
  private var reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: Layout([]), values: [])

  /// Takes whole lines.
  mutating func take(_ bytes: [UInt8]) {
    lines.add(bytes[...])
    for line in bytes.split(separator: 0x0A) { line.withUnsafeBytes { take($0) } }
  }

  private mutating func take(_ line: UnsafeRawBufferPointer) {
    lineCount += 1
    guard let message = try? parser.parse(line) else { return CrossCheck.stop("line \(lineCount)") }
    let outcome = decoder.decode(
      topic: message.topic, payload: message.payload, retained: message.retained, receivedAt: message.receivedAt,
      into: &reading)
    switch outcome {
    case .reading(let number):
      readingCount += 1
      while rows.count <= number { rows.append(DeviceRows()) }
      rows[number].append(reading)
    case .event(let event): events.append(event)
    default: otherCount += 1
    }
  }

  func codeEvents() {
    guard !events.isEmpty else { return }
    let coded = EventBlock.encode(events, timeUnit: 1)
    print("  events: \(coded.count) bytes \(CRC32C.checksum(coded[...]))")
    // Without readings beside them all stand alone.
    guard let decoded = try? EventBlock.decode(coded[...]), decoded.sections.isEmpty, decoded.alone == events else {
      return CrossCheck.stop("events")
    }
  }
}

/// One plug's readings.
struct DeviceRows {
  var readings = ReadingColumns()
  private var columns: [Field: Int] = [:]

  mutating func append(_ reading: Reading) {
    for field in reading.layout.fields where field.form != .verbatim && columns[field] == nil {
      columns[field] = readings.columns.count
      readings.columns.append(
        .init(field: field, values: Array(repeating: ReadingColumns.absent, count: readings.rowCount)))
    }
    readings.times.append(reading.receivedAt)
    for index in readings.columns.indices { readings.columns[index].values.append(ReadingColumns.absent) }
    for (index, field) in reading.layout.fields.enumerated() {
      if let column = columns[field] { readings.columns[column].values[readings.rowCount - 1] = reading.values[index] }
    }
  }

  private func blocks() -> [ReadingColumns] {
    let most = min(Block.writtenRowLimit(columnCount: readings.columns.count), 16_384)
    return stride(from: 0, to: readings.rowCount, by: most).map {
      readings.rows($0..<min($0 + most, readings.rowCount))
    }
  }

  /// Gives an account what rollups tell, and rows where they do not.
  ///
  /// - Returns: how many rows.
  func feed(_ account: inout MeterAccount, _ device: Device) -> Int {
    var rowCount = 0
    for block in blocks() {
      guard let rollups = RollupBuilder.rollups(of: block), rollups.runs.allSatisfy({ $0.isTold }) else {
        account.add(block, device: device)
        rowCount += block.rowCount
        continue
      }
      account.add(0..<rollups.runs.count, of: rollups, device: device) { wanted in
        rowCount += wanted.count
        return block.rows(wanted)
      }
    }
    return rowCount
  }

  /// Codes blocks and rollups, prints what came out, and decodes them again.
  func code(timeUnit: Int64) {
    for var block in blocks() {
      block.times = block.times.map { $0.truncated(toMilliseconds: timeUnit) }
      let coded = Block.encode(block, timeUnit: timeUnit)
      var byTables = CRC32C.byTables
      byTables.add(coded[...])
      guard byTables.value == CRC32C.checksum(coded[...]) else { return CrossCheck.stop("two checksums of a block") }
      print("  block of \(block.rowCount), unit \(timeUnit): \(coded.count) bytes \(byTables.value)")
      guard let decoded = try? Block.decode(coded[...]), decoded == block else { return CrossCheck.stop("a block") }
      if let rollups = RollupBuilder.rollups(of: decoded) {
        let summed = RollupBlock.encode(rollups, timeUnit: timeUnit)
        print("  rollups: \(summed.count) bytes \(CRC32C.checksum(summed[...]))")
        let again = try? RollupBlock.decode(summed[...], rowCount: block.rowCount)
        guard again != nil, again == rollups else { return CrossCheck.stop("rollups") }
      }
    }
  }
}
