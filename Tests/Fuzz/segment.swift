import Readings
import SegmentFormat

/// A block's body, its frame, a footer, events: the first byte says which, so that each is reached at once.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafeRawPointer, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeRawBufferPointer(start: start, count: count))
  guard let kind = bytes.first else { return 0 }
  let body = bytes[1...]
  switch kind & 3 {
  case 0:
    guard let rows = try? Block.decode(body) else { return 0 }
    for column in rows.columns { precondition(column.values.count == rows.rowCount, "columns of unequal length") }
    precondition(zip(rows.times, rows.times.dropFirst()).allSatisfy { $0 <= $1 }, "times out of order")
  case 1:
    if let found = try? BlockFrame.decode(body) { precondition(found.bodyOffset <= body.count, "a body outside") }
  case 2:
    _ = try? SegmentFooter.decode(body, at: 64)
    _ = try? SegmentFooter.bodyByteCount(trailer: body)
    _ = try? SegmentHeader.decode(body)
  default: _ = try? EventBlock.decode(body)
  }
  return 0
}
