import Work

/// Independent pieces of work on the processors that this process is granted, four at most.
enum Workers {
  static let sideBySide = SideBySide { count, piece in crew.run(count, piece) }

  /// Each thread has memory of its own, which a report of a year would take for every processor of a large machine.
  private static let threadLimit = 4

  private static let crew: Crew = {
    let quota = ProcessorQuota(groups: InputFile.text("/proc/self/cgroup") ?? "", read: InputFile.text)
    let granted = quota.map { max(Int($0.processors.rounded(.up)), 1) } ?? threadLimit
    return Crew(
      threadCount: min(threadLimit, ProcessorSet.allowed.count, granted) - 1, pinning: quota == nil ? Pinning() : nil,
      prepare: Allocator.useLargePages)
  }()
}
