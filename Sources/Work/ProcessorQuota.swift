/// How much processor time the kernel grants a process: that of its control groups, where containers and services are
/// given a share of a machine.
public struct ProcessorQuota: Equatable, Sendable {
  /// 1.5 is the time of one processor and a half.
  public let processors: Double

  /// The smallest of a process's groups and of those that these are in; nil where none has a limit.
  ///
  /// `cpu.max` of cgroup v2 holds a limit, or `max`, and a period; v1 has a file for each, and −1 for no limit (the
  /// kernel's cgroup-v2.rst and sched-bwc.rst).
  ///
  /// - Parameters:
  ///   - groups: the text of `/proc/self/cgroup`.
  ///   - read: the text of a file, nil for one that cannot be read.
  public init?(groups: String, read: (String) -> String?) {
    var smallest: Double?
    for line in groups.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, parts[1].isEmpty || parts[1].split(separator: ",").contains("cpu") else { continue }
      var names = parts[2].split(separator: "/")
      // A container sees the top of its own tree where the path says a place of the host's.
      while true {
        let path = names.map { "/" + $0 }.joined()
        let found =
          parts[1].isEmpty
          ? Self.limit(read("/sys/fs/cgroup\(path)/cpu.max"))
          : Self.limit(
            [read("/sys/fs/cgroup/cpu\(path)/cpu.cfs_quota_us"), read("/sys/fs/cgroup/cpu\(path)/cpu.cfs_period_us")]
              .map { $0 ?? "" }.joined(separator: " "))
        if let found { smallest = min(smallest ?? found, found) }
        if names.popLast() == nil { break }
      }
    }
    guard let smallest else { return nil }
    processors = smallest
  }

  /// Of a limit and a period in microseconds.
  private static func limit(_ text: String?) -> Double? {
    let numbers = (text ?? "").split { $0 == " " || $0 == "\n" }.map { Double($0) }
    guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], quota > 0, period > 0 else { return nil }
    return quota / period
  }
}
