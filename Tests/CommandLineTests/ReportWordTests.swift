import Foundation
import TestSupport
import Testing

/// The operands of `report`: a unit, a period and devices in any order mean what their options mean.
@Suite struct ReportWordTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path)
    let capture = directory.path + "/capture.log"
    _ = try wattlog.run(
      "simulate", "-q", "--from", "2025-10-01", "--to", "2025-10-04", "--period", "10m", "--devices", "fridge,kettle",
      "-o", capture)
    #expect(try wattlog.run("replay", "-q", capture).exit == 0)
  }

  @Test(arguments: [
    ("2025-10-02", "-p 2025-10-02"), ("fridge 2025-10-02", "-p 2025-10-02 --device fridge"),
    ("2025-10 fridge day", "day -p 2025-10 --device fridge"), ("day kettle fridge october_2025", "day -p 2025-10"),
    ("k* 2025-10-02..2025-10-03", "-p 2025-10-02..2025-10-03 --device k*"),
    ("october 2025 kettle", "-p 2025-10 --device kettle"), ("month 2025-10", "month -p 2025-10"),
  ])
  func wordsMeanWhatOptionsMean(words: String, options: String) throws {
    let plain = try wattlog.run(["report"] + words.split(separator: " ").map(String.init))
    #expect(plain.exit == 0, "\(plain)")
    #expect(try plain == wattlog.run(["report"] + options.split(separator: " ").map(String.init)))
  }

  @Test(
    arguments: [
      ("fridgee 2025-10-02", 11, "no device matches 'fridgee'; did you mean 'fridge'?"),
      ("yesteday", 2, "'report' does not know 'yesteday'; did you mean 'yesterday'?"),
      ("2025-10-02 2025-10-03", 2, "'2025-10-03' is a second period; name one, or FIRST..LAST"),
      ("-p 2025-10 2025-10-03", 2, "'2025-10-03' is a second period; name one, or FIRST..LAST"),
      ("day fridge week", 2, "'report' does not expect 'week'; see 'wattlog report --help'"),
    ] as [(String, Int32, String)])
  func whatIsMeantIsNotGuessed(words: String, exit: Int32, message: String) throws {
    let run = try wattlog.run(["report"] + words.split(separator: " ").map(String.init))
    #expect(run == Transcript(stdout: "", stderr: "wattlog: \(message)\n", exit: exit))
  }

  /// A member of the service's group who has no store of their own.
  @Test func theServicesStoreIsFoundWhereThereIsNoOther() throws {
    let other = WattlogProcess(home: directory.path + "/other")
    try FileManager.default.createDirectory(atPath: other.home, withIntermediateDirectories: true)
    let service = ["STATE_DIRECTORY": directory.path + "/data/wattlog"]
    #expect(try other.run(["report", "2025-10-02"], environment: service).stdout.contains("fridge"))
    let without = try other.run("report", "2025-10-02")
    #expect(without.exit == 5 && without.stderr.contains("there is no store at '\(other.home)/data/wattlog'"))
    // A store of one's own comes first, an empty one too.
    try FileManager.default.createDirectory(atPath: other.home + "/data/wattlog", withIntermediateDirectories: true)
    #expect(try other.run(["report", "2025-10-02"], environment: service).exit == 5)
  }

  @Test func theVersionHasAShortOption() throws {
    #expect(try wattlog.run("-V") == wattlog.run("version"))
    #expect(try wattlog.run("report", "-V") == wattlog.run("version"))
  }
}
