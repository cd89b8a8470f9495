public import Readings
import SegmentFormat
import Work

/// Readings that rollups stood for while they were read, still to be checked by whoever has time.
///
/// Which rollups were taken is known when a plug is done, and a check needs nothing but the file: small pieces of work
/// that fit where one thread would wait for another.
public final class DeferredChecks: Sendable {
  /// Of a block of readings; the file is not held open, and so the same for all threads.
  struct Check: @unchecked Sendable {
    let entry: SegmentFooter.Entry
    let file: SegmentFile
  }

  private struct State {
    var left: [Check] = []
    var damaged: Set<Device> = []

    /// Those of one file that were added last; none when nothing is left.
    mutating func take() -> [Check] {
      guard let last = left.last else { return [] }
      let first = left.lastIndex { $0.file.path != last.file.path }.map { $0 + 1 } ?? 0
      defer { left.removeSubrange(first...) }
      return Array(left[first...])
    }
  }

  private let state = Mutex(State())

  public init() {}

  /// Devices of which damaged readings were found: what was told of them leaves the damage out.
  public var damaged: Set<Device> { state.withLock { $0.damaged } }

  func add(_ checks: [Check]) { state.withLock { $0.left += checks } }

  /// Does what there is to do, beside others that do the same.
  public func work() {
    while true {
      let checks = state.withLock { $0.take() }
      guard let file = checks.first?.file.held(readingAhead: true) else { return }
      for check in checks {
        do {
          try file.check(check.entry)
        } catch {
          guard let device = check.entry.device else { continue }
          state.withLock { _ = $0.damaged.insert(device) }
        }
      }
    }
  }
}
