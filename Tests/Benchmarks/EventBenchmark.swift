import Glibc
import Readings
import SegmentFormat
import Storage

/// What events cost at rest: bytes of their blocks, frames included, for each reading of the store, and bytes of each
/// kind of event by itself.
///
/// Arguments: stores, as `wattlog replay` makes them; each is read as it is.
func eventBenchmark(_ stores: [String]) {
  guard !stores.isEmpty else {
    print("events: STORE…")
    return
  }
  print("| store | kind | events | bytes | bytes an event | bytes a reading |\n|---|---|---|---|---|---|")
  for path in stores {
    guard let reader = try? StoreReader(directory: path) else {
      print("events: cannot read \(path)")
      continue
    }
    let events = reader.events(in: Timestamp(milliseconds: .min)..<Timestamp(milliseconds: .max))
    let readingCount = reader.messageCount
    func row(_ name: String, _ count: Int, _ byteCount: Int) {
      let each = [count, readingCount].map { fourPlaces(Double(byteCount) / Double(max(1, $0))) }
      print("| \(path) | \(name) | \(count) | \(byteCount) | \(each[0]) | \(each[1]) |")
    }
    row("all, with frames", events.count, eventBlockByteCount(path))
    for kind in Event.Kind.allCases {
      let some = events.filter { $0.kind == kind }
      if !some.isEmpty { row("\(kind)", some.count, byteCount(some, in: reader)) }
    }
  }
}

/// Bytes of the blocks of events below a directory, frames included.
func eventBlockByteCount(_ path: String) -> Int {
  guard let directory = opendir(path) else { return path.hasSuffix(".segment") ? eventBytes(inSegment: path) : 0 }
  defer { closedir(directory) }
  var sum = 0
  while let entry = readdir(directory) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    if name != "." && name != ".." { sum += eventBlockByteCount(path + "/" + name) }
  }
  return sum
}

private func eventBytes(inSegment path: String) -> Int {
  guard let bytes = fileBytes(path) else { return 0 }
  var sum = 0
  var offset = FormatLayout.headerByteCount
  while offset < bytes.count, let (frame, body) = try? BlockFrame.decode(bytes[offset...]) {
    let byteCount = body + frame.bodyByteCount
    if frame.kind == .events { sum += byteCount }
    offset += byteCount
  }
  return sum
}

/// Bytes of events in blocks of their own, MARGINS beside their plug's readings.
private func byteCount(_ events: [Event], in reader: StoreReader) -> Int {
  var sum = 0
  for start in stride(from: 0, to: events.count, by: 8192) {
    let run = Array(events[start..<min(start + 8192, events.count)])
    guard let first = run.first?.at, let last = run.last?.at else { continue }
    var beside: [Device: EventBlock.Beside] = [:]
    for device in Set(run.filter { $0.kind == .margins }.compactMap(\.device)) {
      var blocks: [ReadingColumns] = []
      let range = first.advanced(byMilliseconds: -60_000)..<last.advanced(byMilliseconds: 60_000)
      reader.readings(of: device, in: range, keys: [.power]) { blocks.append($0) }
      let places = blocks.indices.map { ReadingPlace(offset: 1 << 20 + $0, byteCount: 20_000, checksum: 0) }
      beside[device] = EventBlock.Beside(blocks, at: places, timeUnit: reader.timeUnit)
    }
    sum += EventBlock.encode(run, timeUnit: reader.timeUnit, beside: beside).count
  }
  return sum
}

func fourPlaces(_ number: Double) -> String { Decimal.string(Int64((number * 10_000).rounded()), places: 4) }
