import Foundation

/// How much shorter floods are than they should be: `WATTLOG_FLOOD=10` makes them a tenth, where a sanitizer makes a
/// message cost a hundred times as much.
public enum FloodLength {
  public static let divisor = max(1, Int(ProcessInfo.processInfo.environment["WATTLOG_FLOOD"] ?? "") ?? 1)
}
