public import Readings
public import Reporting
import Storage
import Work

/// Reads devices' rows in portions of time that are small enough to be held in memory.
public struct ExportQuery {
  public let store: HouseholdStore
  public let devices: [LogicalDevice]
  public let range: Range<Timestamp>

  public init(_ store: HouseholdStore, _ devices: [LogicalDevice], range: Range<Timestamp>) {
    self.store = store
    self.devices = devices
    self.range = range
  }

  /// About 15 MB of a plug's usual columns. Shorter portions decode more blocks twice: 80,000 rows take 1.7 times as long.
  private static let portionRowCount = 150_000
  /// Cells that a portion may have, 8 bytes each: one message with a hundred numbers makes all rows of its block as wide.
  private static let cellLimit = 2_000_000
  /// Plugs that are read at the same time: each takes up to 14 MB while one of its blocks is decoded.
  private static let readerCount = 2
  private static let shortestStep: Int64 = 60_000

  /// A portion has more cells than memory is meant to hold.
  private struct TooWide: Error {}

  /// How many rows the range has, if they were spread evenly over each device's time.
  public var estimatedRowCount: Int64 {
    devices.flatMap(\.members).reduce(0) { sum, member in
      let overlap = (member.first..<member.last.advanced(byMilliseconds: 1)).clamped(to: range)
      let length = max(1, member.last.milliseconds - member.first.milliseconds + 1)
      let share = Double(overlap.upperBound.milliseconds - overlap.lowerBound.milliseconds) / Double(length)
      return sum + Int64(Double(member.rowCount) * share)
    }
  }

  /// Calls `body` with portions that follow each other and together are the range. Throws what `body` throws.
  public func forEachPortion<Failure: Error>(_ body: ([DeviceRows]) throws(Failure) -> Void) throws(Failure) {
    guard !range.isEmpty else { return }
    // In the order in which they were first heard: that in which plugs of one second most often speak.
    let present = devices.flatMap { device in device.members.map { (device.name, $0) } }
      .filter { $0.1.first < range.upperBound && $0.1.last >= range.lowerBound }
      .sorted { ($0.1.place, $0.0) < ($1.1.place, $1.0) }
    if present.count == 1, let (name, member) = present.first {
      // One plug alone comes in order, chunk by chunk.
      try store.reader.readings(of: member.device, in: range) { rows throws(Failure) in
        try body([DeviceRows(device: name, chunks: [rows])])
      }
      return
    }
    // What several plugs stand in is looked up once for all; then each is read by a reader of its own.
    store.reader.open(present.map(\.1.device), in: range)
    let readers = present.map { _ in store.reader.forAnotherThread() }
    defer { for reader in readers { store.reader.takeDamage(of: reader) } }
    let length = range.upperBound.milliseconds - range.lowerBound.milliseconds
    let pieces = max(1, estimatedRowCount / Int64(ExportQuery.portionRowCount))
    // Blocks are decoded whole, so a portion is not much shorter than one unless its rows are wide.
    let longest = max(86_400_000, length / pieces)
    var step = longest
    var from = range.lowerBound
    while from < range.upperBound {
      let to = min(range.upperBound, from.advanced(byMilliseconds: step))
      let time = from..<to
      let heard = present.indices.filter { present[$0].1.first < to && present[$0].1.last >= from }
      let portion = Portion(cellLimit: step > ExportQuery.shortestStep ? ExportQuery.cellLimit : .max)
      nonisolated(unsafe) let own = readers
      let found = store.sideBySide.map(min(ExportQuery.readerCount, heard.count)) { _ in
        var found: [Int: DeviceRows] = [:]
        // Whoever is done takes the next plug.
        while let place = portion.next(below: heard.count) {
          let (name, member) = present[heard[place]]
          var rows = DeviceRows(device: name, chunks: [])
          do throws(TooWide) {
            try own[heard[place]].readings(of: member.device, in: time) { chunk throws(TooWide) in
              try portion.add(chunk)
              rows.chunks.append(chunk)
            }
          } catch {
            break
          }
          found[place] = rows
        }
        return found
      }
      let rows = heard.indices.compactMap { place in found.lazy.compactMap { $0[place] }.first }
      guard rows.count == heard.count else {
        step = max(step / 2, ExportQuery.shortestStep)
        continue
      }
      try body(rows)
      from = to
      if portion.cellCount < ExportQuery.cellLimit / 8 { step = min(step * 2, longest) }
    }
  }

  /// Counts what is read for a portion, by whichever thread.
  private final class Portion: Sendable {
    private let cellLimit: Int
    private let counts = Mutex((place: 0, cells: 0))

    init(cellLimit: Int) { self.cellLimit = cellLimit }

    var cellCount: Int { counts.withLock { $0.cells } }

    func next(below count: Int) -> Int? {
      counts.withLock {
        guard $0.place < count else { return nil }
        $0.place += 1
        return $0.place - 1
      }
    }

    func add(_ chunk: ReadingColumns) throws(TooWide) {
      let cells = counts.withLock {
        $0.cells += chunk.rowCount * (chunk.columns.count + 1)
        return $0.cells
      }
      if cells > cellLimit { throw TooWide() }
    }
  }
}
