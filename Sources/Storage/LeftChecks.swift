public import Readings
import SegmentFormat
import Synchronization

/// Readings that rollups stood for while they were read, still to be checked by whoever has time.
///
/// A report takes rollups where they tell all; damage of the readings behind them would cost nothing and stay unseen.
/// Which rollups were taken is known when a plug is done, and the check needs nothing but the file: small pieces of work
/// that fit where one thread would wait for another.
public final class LeftChecks: Sendable {
  struct Check: @unchecked Sendable {
    var device: Device
    var entry: SegmentFooter.Entry
    /// Of the segment, in the store's directory.
    var path: String
    var directory: any StoreDirectory
  }

  private struct State {
    var left: [[Check]] = []
    var damaged: Set<Device> = []
  }

  private let state = Mutex(State())

  public init() {}

  /// Devices of which damaged readings were found: what was told of them leaves the damage out.
  public var damaged: Set<Device> { state.withLock { $0.damaged } }

  func add(_ checks: [Check]) {
    guard !checks.isEmpty else { return }
    state.withLock { $0.left.append(checks) }
  }

  /// Does what there is to do, beside others that do the same.
  public func work() {
    while let checks = state.withLock({ $0.left.popLast() }) {
      var file: SegmentFile?
      for check in checks {
        let known = file.flatMap { $0.path == check.path ? $0 : nil }
        let open = known ?? SegmentFile(directory: check.directory, path: check.path).held(readingAhead: true)
        file = open
        do { try open.check(check.entry) } catch { state.withLock { _ = $0.damaged.insert(check.device) } }
      }
    }
  }
}
