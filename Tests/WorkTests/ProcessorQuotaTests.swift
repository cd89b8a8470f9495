import Testing
import Work

/// What a process is granted of the processors, by the files that Linux tells it in.
@Suite struct ProcessorQuotaTests {
  private static func quota(_ groups: String, _ files: [String: String]) -> Double? {
    ProcessorQuota(groups: groups) { files[$0] }?.processors
  }

  @Test func aGroupOfVersionTwoHasItsLimitInOneFile() {
    let file = "/sys/fs/cgroup/system.slice/wattlog.service/cpu.max"
    let groups = "0::/system.slice/wattlog.service\n"
    #expect(Self.quota(groups, [file: "150000 100000\n"]) == 1.5)
    #expect(Self.quota(groups, [file: "max 100000\n"]) == nil)
    #expect(Self.quota(groups, [:]) == nil)
  }

  /// The tightest counts, whichever of them has it.
  @Test func whatTheGroupIsInCountsToo() {
    let files = [
      "/sys/fs/cgroup/a/b/cpu.max": "400000 100000\n", "/sys/fs/cgroup/a/cpu.max": "50000 100000\n",
      "/sys/fs/cgroup/cpu.max": "max 100000\n",
    ]
    #expect(Self.quota("0::/a/b\n", files) == 0.5)
  }

  /// A container's path is that of the host, and its files lie at the top of what it sees.
  @Test func aContainerSeesTheTopOfItsOwnTree() {
    #expect(Self.quota("0::/docker/0123\n", ["/sys/fs/cgroup/cpu.max": "200000 100000\n"]) == 2)
  }

  @Test func aGroupOfVersionOneHasAFileForLimitAndPeriod() {
    let groups = "12:pids:/x\n4:cpu,cpuacct:/x\n0::/\n"
    let limit = "/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us"
    let period = "/sys/fs/cgroup/cpu/x/cpu.cfs_period_us"
    #expect(Self.quota(groups, [limit: "25000\n", period: "100000\n"]) == 0.25)
    #expect(Self.quota(groups, [limit: "-1\n", period: "100000\n"]) == nil)
    // Limits of other things are none of processors.
    #expect(Self.quota("5:cpuset:/x\n", [limit: "25000\n", period: "100000\n"]) == nil)
  }

  @Test func whatCannotBeReadIsNoLimit() {
    for text in ["", "max", "100000", "0 100000", "100000 0", "-5 7", "a b", "1 2 3"] {
      #expect(Self.quota("0::/\n", ["/sys/fs/cgroup/cpu.max": text]) == nil, "\(text)")
    }
    for groups in ["", "\n", "0", "0:", "0::", "::::", "x"] {
      #expect(Self.quota(groups, [:]) == nil, "\(groups)")
    }
  }
}
