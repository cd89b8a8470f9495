import Glibc
import Pricing
import Readings
import SegmentFormat
import Tasmota

/// Bits per message of every column and in all, and rows a second both ways, on one core.
///
/// Give it unpacked captures (`zstd -dc --long=27 spring.log.zst > spring.log`); numbers among the arguments are rows a
/// block (16,384 and 65,536 when none is given).
func columnBenchmark(_ arguments: [String]) {
  let rowCounts = arguments.compactMap { Int($0) }
  var devices: [CapturedDevice] = []
  for path in arguments where Int(path) == nil { devices += capturedDevices(path) }
  guard !devices.isEmpty else {
    print("columns: no capture given")
    return
  }
  for timeUnit in [1000, 1] as [Int64] {
    for rowCount in rowCounts.isEmpty ? [16_384, 65_536] : rowCounts {
      measure(devices, rowsEach: min(max(1, rowCount), Block.maximumRowCount), timeUnit: timeUnit)
    }
  }
}

struct CapturedDevice {
  var rows = ReadingColumns()
  var positions: [Field: Int] = [:]

  mutating func append(_ reading: Reading) {
    for field in reading.layout.fields where positions[field] == nil {
      positions[field] = rows.columns.count
      rows.columns.append(
        .init(field: field, values: Array(repeating: ReadingColumns.absent, count: rows.rowCount)))
    }
    rows.times.append(reading.receivedAt)
    for index in rows.columns.indices { rows.columns[index].values.append(ReadingColumns.absent) }
    for (index, field) in reading.layout.fields.enumerated() where field.form != .verbatim {
      if let column = positions[field] { rows.columns[column].values[rows.rowCount - 1] = reading.values[index] }
    }
  }

  func block(_ range: Range<Int>, timeUnit: Int64) -> ReadingColumns {
    ReadingColumns(
      times: rows.times[range].map { $0.truncated(toMilliseconds: timeUnit) },
      columns: rows.columns.map { .init(field: $0.field, values: Array($0.values[range]), texts: $0.texts) })
  }
}

func capturedDevices(_ path: String) -> [CapturedDevice] {
  guard let file = fopen(path, "r") else {
    print("columns: cannot open \(path)")
    return []
  }
  defer { fclose(file) }
  var parser = CaptureLineParser()
  var decoder = Decoder()
  var reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: Layout([]), values: [])
  var devices: [CapturedDevice] = []
  var buffer: UnsafeMutablePointer<CChar>?
  var capacity = 0
  defer { free(buffer) }
  while case let count = getline(&buffer, &capacity, file), count > 0 {
    guard let line = try? parser.parse(UnsafeRawBufferPointer(start: buffer, count: count - 1)) else { continue }
    let outcome = decoder.decode(
      topic: line.topic, payload: line.payload, retained: line.retained, receivedAt: line.receivedAt, into: &reading)
    guard case .reading(let device) = outcome else { continue }
    while devices.count <= device { devices.append(CapturedDevice()) }
    devices[device].append(reading)
  }
  return devices.filter { $0.rows.rowCount > 0 }
}

/// What the blocks of some captures take, and how long to make and read.
struct ColumnFigures {
  var messages = 0
  var byteCount = 0
  /// In the order in which columns were first met.
  var parts: [(name: String, bytes: Int)] = [("directory", 0), ("received", 0)]
  var encodeSeconds = 0.0
  var decodeSeconds = 0.0
  /// Counters, start time and power only: what reports read.
  var counterSeconds = 0.0

  init(_ devices: [CapturedDevice], rowsEach: Int, timeUnit: Int64) {
    for device in devices {
      for start in stride(from: 0, to: device.rows.rowCount, by: rowsEach) {
        let rows = device.block(start..<min(start + rowsEach, device.rows.rowCount), timeUnit: timeUnit)
        add(rows, timeUnit: timeUnit)
      }
    }
  }

  private mutating func add(_ rows: ReadingColumns, timeUnit: Int64) {
    var sizes = BlockSizes()
    var bytes: [UInt8] = []
    encodeSeconds += processorSeconds { bytes = Block.encode(rows, timeUnit: timeUnit, sizes: &sizes) }
    var back: ReadingColumns?
    decodeSeconds += processorSeconds { back = try? Block.decode(bytes[...]) }
    counterSeconds += processorSeconds {
      _ = try? Block.decode(bytes[...], keys: [.totalStartTime, .power, .total, .today, .yesterday])
    }
    if back != rows { print("columns: A BLOCK CAME BACK CHANGED") }
    messages += rows.rowCount
    byteCount += bytes.count
    parts[0].bytes += sizes.directory
    parts[1].bytes += sizes.times
    for (column, size) in zip(rows.columns, sizes.columns) {
      let name = column.field.key.name
      if let index = parts.firstIndex(where: { $0.name == name }) {
        parts[index].bytes += size
      } else {
        parts.append((name, size))
      }
    }
  }

  func rowsPerSecond(_ seconds: Double) -> String { thousandths(Double(messages) / max(seconds, 1e-9) / 1e6) }
  func bits(_ byteCount: Int) -> String { thousandths(Double(byteCount) * 8 / Double(max(1, messages))) }
}

private func measure(_ devices: [CapturedDevice], rowsEach: Int, timeUnit: Int64) {
  let figures = ColumnFigures(devices, rowsEach: rowsEach, timeUnit: timeUnit)
  print(
    "times at \(timeUnit) ms, blocks of \(rowsEach) rows:",
    thousandths(Double(figures.byteCount) / Double(figures.messages)),
    "bytes a message (\(figures.messages) messages); M rows/s: encode \(figures.rowsPerSecond(figures.encodeSeconds)),",
    "decode \(figures.rowsPerSecond(figures.decodeSeconds)),",
    "counters and power only \(figures.rowsPerSecond(figures.counterSeconds))")
  print("  bits:", figures.parts.map { "\($0.name) \(figures.bits($0.bytes))" }.joined(separator: ", "))
}

func thousandths(_ number: Double) -> String { Decimal.string(Int64((number * 1000).rounded()), places: 3) }

func processorSeconds(_ body: () -> Void) -> Double {
  var before = timespec()
  var after = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before)
  body()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after)
  return Double(after.tv_sec - before.tv_sec) + Double(after.tv_nsec - before.tv_nsec) / 1e9
}
