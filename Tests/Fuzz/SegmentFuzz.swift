import Readings
import SegmentFormat

/// A block's body, its frame, a footer, events, rollups: the first byte says which, so that each is reached at once.
public func fuzzSegment(_ input: UnsafeRawBufferPointer) {
  let bytes = [UInt8](input)
  guard let kind = bytes.first else { return }
  let body = bytes[1...]
  switch kind & 3 {
  case 0:
    // A few bytes may claim 16,384 rows of 256 columns, which takes its time and shows nothing that 127 rows do not.
    if kind < 0xFC, body.first ?? 0 >= 0x80 { return }
    guard let rows = try? Block.decode(body) else { return }
    for column in rows.columns { precondition(column.values.count == rows.rowCount, "columns of unequal length") }
    precondition(zip(rows.times, rows.times.dropFirst()).allSatisfy { $0 <= $1 }, "times out of order")
  case 1:
    if let found = try? BlockFrame.decode(body) { precondition(found.bodyOffset <= body.count, "a body outside") }
  case 2:
    _ = try? SegmentFooter.decode(body, at: 64)
    _ = try? SegmentFooter.bodyByteCount(trailer: body)
    _ = try? SegmentHeader.decode(body)
  default:
    guard kind & 4 != 0 else {
      // Likewise 16,384 events of a kilobyte each: the count is the second number, behind a zero the third.
      let hasTemplates = body.first == 0
      let numbers = hasTemplates ? body.dropFirst() : body
      let most = hasTemplates ? 127 : 15
      if kind < 0xFC, numbers.drop(while: { $0 >= 0x80 }).dropFirst().first ?? 0 > most { return }
      guard let content = try? EventBlock.decode(body) else { return }
      precondition(zip(content.alone, content.alone.dropFirst()).allSatisfy { $0.at <= $1.at }, "events out of order")
      for section in content.sections {
        let events = (try? section.events([readings])) ?? []
        precondition(events.isEmpty || events.count == section.count, "other events than were told")
      }
      return
    }
    guard body.count > 2 else { return }
    let rowCount = 1 + Int(body[1]) + Int(body[2]) << 8
    guard let rollups = try? RollupBlock.decode(body.dropFirst(2), rowCount: rowCount) else { return }
    for series in rollups.counters {
      precondition(series.runs.reduce(0) { $0 + $1.rowCount } == rowCount, "runs of other rows")
      precondition(
        series.cells.allSatisfy { $0.rowCount > 0 && $0.energy >= 0 && $0.export >= 0 && $0.peak >= $0.lowest },
        "a cell that cannot be")
    }
    guard body.dropFirst(2).first != RollupBlock.Kind.cells.rawValue else { return }
    let coarse = try? RollupBlock.decode(body.dropFirst(2), rowCount: rowCount, detail: .halves)
    precondition(coarse == rollups.byHours, "hours of other cells")
  }
}

/// A heater's, ten seconds apart and at each step.
private let readings: ReadingColumns = {
  let steps = Int64(0)..<96
  return ReadingColumns(
    times: steps.map { Timestamp(seconds: 1_760_000_000 + $0 * 10 - $0 % 7 / 6 * 4) },
    columns: [.init(field: Field(.power, .decimal(0)), values: steps.map { $0 % 14 < 7 ? 2000 + $0 % 3 : 0 })])
}()
