import TestSupport
import Testing

/// How long an export may be is a number of steps, whatever a step is.
@Suite struct ExportLengthTests {
  @Test func `half hours count twice as many, and months few`() throws {
    let directory = try TemporaryDirectory()
    let wattlog = WattlogProcess(home: directory.path, timeZone: "UTC")
    // Two readings, three hundred years apart: 2.6 million hours.
    let capture = try directory.write(
      [1_767_225_600, 11_234_246_400].map { "\($0).0 0 tele/plug/SENSOR {\"ENERGY\":{\"Total\":1.5,\"Power\":3}}\n" }
        .joined(), to: "capture.log")
    #expect(try wattlog.run("-q", "replay", capture).exit == 0)
    func export(_ step: String, to end: String) throws -> Transcript {
      try wattlog.run("export", "--every", step, "--to", end, "-o", directory.path + "/\(step).csv")
    }
    let hours = try export("1h", to: "2300-01-01")
    #expect(hours.exit == 2 && hours.stderr.contains("there are 2401824 steps, more than 2000000"))
    // 1.2 million hours would be written.
    let halves = try export("30m", to: "2163-01-01")
    #expect(halves.exit == 2 && halves.stderr.contains("there are 2401824 steps, more than 2000000"))
    let months = try export("1month", to: "2300-01-01")
    #expect(months == Transcript(stdout: "", stderr: "", exit: 0))
  }
}
