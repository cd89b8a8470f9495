import Foundation
import TestSupport
import Testing

/// `wattlog import`, from files of other programs to a report.
@Suite struct ImportCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path, timeZone: "Europe/Berlin")
  }

  private static let midnight = 1_772_319_600  // 2026-03-01T00:00+01:00, a Sunday

  private func write(_ text: String, to name: String) throws -> String {
    let path = directory.path + "/" + name
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  /// Home Assistant's tables, made by Python's SQLite; nil without python3.
  ///
  /// - Parameter columns: of an hour's beginning, as the schema's versions have them.
  private func database(_ columns: String = "start datetime, start_ts float") throws -> String? {
    guard let python = Programs.path(of: "python3") else { return nil }
    let path = directory.path + "/home-assistant_v2.db"
    let script = """
      import sqlite3, sys, datetime
      path, columns, midnight = sys.argv[1], sys.argv[2], int(sys.argv[3])
      db = sqlite3.connect(path)
      db.execute("create table statistics_meta(id integer primary key, statistic_id text, source text, unit_of_measurement text, has_mean int, has_sum int, name text)")
      db.execute("create table statistics(id integer primary key, metadata_id int, %s, mean float, min float, max float, state float, sum float)" % columns)
      for row in [(1, "sensor.fridge_energy", "kWh", 0, 1), (2, "sensor.tv_power", "W", 1, 0), (3, "sensor.room", "°C", 1, 0)]:
          db.execute("insert into statistics_meta values(?,?,'recorder',?,?,?,null)", row)
      state, sum = 6.0, 0.0
      for hour in range(48):
          start = midnight + hour * 3600
          text = datetime.datetime.fromtimestamp(start, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S.000000")
          step = 0.1
          if hour == 30: step = -0.540
          state += step
          sum += 5.960 if hour == 30 else step
          names = [c.split()[0] for c in columns.split(",")]
          values = [text if n == "start" and "start_ts" not in names else None if n == "start" else start for n in names]
          db.execute("insert into statistics(metadata_id,%s,state,sum) values(1,%s,?,?)" % (",".join(names), ",".join("?" * len(names))), values + [state, sum])
          db.execute("insert into statistics(metadata_id,%s,mean) values(2,%s,50)" % (",".join(names), ",".join("?" * len(names))), values)
      db.commit()
      """
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = ["-c", script, path, columns, String(Self.midnight)]
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? path : nil
  }

  private func json(_ transcript: Transcript) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(transcript.stdout.utf8)) as? [String: Any])
  }

  @Test func homeAssistantsYearsBecomeReports() throws {
    guard let path = try database() else { return print("skipped: no python3 with sqlite3") }
    let list = try wattlog.run("import", "home-assistant", path)
    #expect(
      list
        == Transcript(
          stdout: """
            entity                unit    kWh  from                       to
            sensor.fridge_energy  kWh   4.600  2026-03-01T01:00:00+01:00  2026-03-03T00:00:00+01:00
            sensor.tv_power       W     2.400  2026-03-01T00:00:00+01:00  2026-03-03T00:00:00+01:00

            """,
          stderr: "wattlog: nothing is stored yet: name what to take, and whose it is, with --entity ID=NAME\n", exit: 0
        ))
    let entities = ["--entity", "sensor.fridge_energy=fridge", "--entity", "sensor.tv_power"]
    let dry = try wattlog.run(["import", "home-assistant", path, "--dry-run"] + entities)
    #expect(
      dry.stderr == """
        wattlog: sensor.fridge_energy is fridge: 4.600 kWh from 2026-03-01T01:00:00+01:00 to 2026-03-03T00:00:00+01:00, every 1h
        wattlog:   47 points would be new
        wattlog:   no plug is called fridge yet: it stands for itself until one comes under this name or topic
        wattlog:   until 2026-03-02T07:00:00+01:00 a whole counter was counted as one step: 5.960 kWh there, 0.000 kWh taken
        wattlog: sensor.tv_power is tv_power: 2.400 kWh from 2026-03-01T00:00:00+01:00 to 2026-03-03T00:00:00+01:00, every 1h
        wattlog:   49 points would be new
        wattlog:   no plug is called tv_power yet: it stands for itself until one comes under this name or topic

        """)
    #expect(try wattlog.run("report", "-p", "2026-03-01").exit == 5, "a dry run stores nothing")
    #expect(try wattlog.run(["import", "-q", "home-assistant", path] + entities).exit == 0)
    let report = try wattlog.run("report", "-p", "2026-03-02")
    #expect(report.stdout.contains("fridge    2.300"), "\(report.stdout)")
    #expect(report.stdout.contains("imported from Home Assistant"), "\(report.stdout)")
    let again = try json(try wattlog.run(["import", "home-assistant", path, "--json"] + entities))
    let histories = try #require(again["histories"] as? [[String: Any]])
    #expect(histories.map { $0["new"] as? Int } == [0, 0])
    #expect(histories.map { $0["known"] as? Int } == [47, 49])
    #expect(histories.map { ($0["doubts"] as? [Any])?.count } == [1, 0])
    #expect(try wattlog.run("verify", "--deep", "-q").exit == 0)
    let doctor = try wattlog.run("doctor")
    #expect(!doctor.stdout.contains("silent"), "a history is no silent plug: \(doctor.stdout)")
  }

  /// Databases of before 2023.3, and what a later version may leave out.
  @Test(arguments: ["start datetime", "start_ts float"]) func everySchemaIsRead(columns: String) throws {
    guard let path = try database(columns) else { return print("skipped: no python3 with sqlite3") }
    #expect(
      try wattlog.run("import", "-q", "home-assistant", path, "--entity", "sensor.fridge_energy=fridge").exit == 0)
    #expect(try wattlog.run("report", "-p", "2026-03-01", "--oneline").stdout.contains("2.300"))
  }

  @Test func aMetersReadingsStandBesideThePlugs() throws {
    let table = try write(
      "Datum;Zählerstand (kWh)\n01.03.2026;12000,5\n02.03.2026;12008,75\n03.03.2026;12020\n", to: "meter.csv")
    let taken = try wattlog.run("import", "csv", table, "--device", "house")
    #expect(taken.exit == 0)
    #expect(taken.stderr.contains("what the meter showed in kWh"), "\(taken.stderr)")
    #expect(try wattlog.run("report", "-p", "2026-03-01", "--oneline").stdout.contains("8.250"))
    #expect(try wattlog.run("report", "-p", "2026-03-02", "--oneline").stdout.contains("11.250"))
  }

  @Test func aFeedOfEmoncmsNeedsItsUnit() throws {
    let directory = directory.path
    var data = Data()
    for _ in 0..<8640 { withUnsafeBytes(of: Float(50).bitPattern.littleEndian) { data.append(contentsOf: $0) } }
    var meta = Data()
    for number in [0, 0, 10, UInt32(Self.midnight)] {
      withUnsafeBytes(of: number.littleEndian) { meta.append(contentsOf: $0) }
    }
    try data.write(to: URL(fileURLWithPath: directory + "/7.dat"))
    try meta.write(to: URL(fileURLWithPath: directory + "/7.meta"))
    let refused = try wattlog.run("import", "emoncms", "7.dat", "--device", "router")
    #expect(refused.exit == 2 && refused.stderr.contains("--unit"), "\(refused.stderr)")
    #expect(try wattlog.run("import", "-q", "emoncms", "7.dat", "--device", "router", "--unit", "W").exit == 0)
    let report = try wattlog.run("report", "-p", "2026-03-01")
    #expect(report.stdout.contains("router  1.200"), "\(report.stdout)")
    #expect(report.stdout.contains("always on  50 W"), "\(report.stdout)")
  }

  /// A month of which the plug told two days: what is always on is known of these alone.
  @Test func aHistoryWithoutPowersHasNothingThatIsAlwaysOn() throws {
    let days = (1...28).map { String(format: "2026-02-%02d,1.200", $0) }.joined(separator: "\n")
    let table = try write("start,kWh\n\(days)\n", to: "days.csv")
    #expect(try wattlog.run("import", "-q", "csv", table, "--device", "router").exit == 0)
    var lines = ""
    for step in 0..<(2 * 96) {
      let time = Self.midnight - 2 * 86_400 + step * 900
      let total = String(format: "%.4f", 5 + Double(step) * 0.0125)
      lines += "\(time) 0 tele/router/SENSOR {\"ENERGY\":{\"Total\":\(total),\"Power\":50}}\n"
    }
    #expect(try wattlog.run("replay", "-q", "-", input: Data(lines.utf8)).exit == 0)
    let report = try wattlog.run("report", "month", "-p", "2026-02")
    #expect(
      report.stdout.contains("always on  50 W = 2.3875 kWh in the 7 % of the time whose power is known"), "\(report)")
    let standby = try wattlog.run("standby", "-p", "2026-02")
    #expect(standby.stdout.contains("2.3875 kWh in the 7 % of it whose power is known"), "\(standby)")
  }

  /// A database in WAL mode, at rest or with a log, is read as it is, and nothing is left beside it.
  @Test(arguments: [false, true]) func aDatabaseWithALogStaysAsItIs(hasLog: Bool) throws {
    guard let path = try database(), let python = Programs.path(of: "python3") else {
      return print("skipped: no python3 with sqlite3")
    }
    let folder = directory.path + "/copy of #1%?"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let script = """
      import shutil, sqlite3, sys
      path, folder, has_log = sys.argv[1:4]
      db = sqlite3.connect(path)
      assert db.execute("pragma journal_mode=wal").fetchone() == ("wal",)
      db.execute("pragma wal_autocheckpoint=0")
      db.execute("update statistics set state = state + 0, sum = sum + 1 where metadata_id = 1 and id = (select max(id) from statistics where metadata_id = 1)")
      db.execute("update statistics set state = state + 1 where metadata_id = 1 and id = (select max(id) from statistics where metadata_id = 1)")
      db.commit()
      if has_log == "true": shutil.copy(path + "-wal", folder + "/ha.db-wal")
      else: db.execute("pragma wal_checkpoint(truncate)")
      shutil.copy(path, folder + "/ha.db")
      """
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = ["-c", script, path, folder, String(hasLog)]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    let before = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(before == (hasLog ? ["ha.db", "ha.db-wal"] : ["ha.db"]))
    let list = try wattlog.run("import", "home-assistant", folder + "/ha.db")
    // One kilowatt-hour more than the file of the other tests: it stands in the log alone, where there is one.
    #expect(list.stdout.contains("sensor.fridge_energy  kWh   5.600"), "\(list)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == before)
  }

  @Test func anImportIsTakenBackAndBroughtBack() throws {
    let table = try write("start,kWh\n2026-03-01,1\n2026-03-02,2\n", to: "a.csv")
    func day() throws -> String { try wattlog.run("report", "-p", "2026-03-02", "--oneline").stdout }
    #expect(try wattlog.run("import", "-q", "csv", table, "--device", "house").exit == 0)
    #expect(try day().contains("2.000"))
    let removed = try wattlog.run("import", "csv", "--remove", "--device", "house")
    #expect(
      removed
        == Transcript(
          stdout: "1\n",
          stderr:
            "wattlog: correction 1: what was imported from csv for house does not count; 'wattlog device undo 1' takes it back\n",
          exit: 0))
    #expect(try wattlog.run("report", "-p", "2026-03-02").exit == 11)
    #expect(try wattlog.run("import", "csv", "--remove", "--device", "house").exit == 11)
    #expect(try wattlog.run("device", "undo", "1").exit == 0)
    #expect(try day().contains("2.000"))
    // Taken back and imported otherwise, the later one counts; with the first brought back, too.
    #expect(try wattlog.run("import", "-q", "csv", "--remove", "--device", "house").exit == 0)
    let other = try write("start,kWh\n2026-03-01,1\n2026-03-02,5\n", to: "b.csv")
    #expect(try wattlog.run("import", "-q", "csv", other, "--device", "house").exit == 0)
    #expect(try day().contains("5.000"))
    #expect(try wattlog.run("device", "undo", "3").exit == 0)
    #expect(try day().contains("5.000"))
    #expect(try wattlog.run("verify", "--deep", "-q").exit == 0)
    let bundle = try wattlog.run("doctor", "-q", "--bundle", directory.path + "/bundle")
    #expect(!bundle.stderr.contains("house"), "\(bundle.stderr)")
  }

  /// What cannot be taken is told in one sentence that says what to do, and nothing is stored.
  @Test func mistakesAreNamed() throws {
    let table = try write("start,kWh\n2026-03-01,1\n2026-03-02,2\n", to: "a.csv")
    _ = try write("", to: "empty.csv")
    let mistakes: [(words: [String], exit: Int32, text: String)] = [
      (["import"], 2, "import"), (["import", "csv", table], 2, "--device"),
      (["import", "csv", table, "--device", "x", "--entity", "a=b"], 2, "--entity is not for 'import csv'"),
      (["import", "excel", table], 2, "excel"), (["import", "csv", "missing.csv", "--device", "x"], 1, "missing.csv"),
      (["import", "csv", "empty.csv", "--device", "x"], 1, "line 1"),
      (["import", "csv", table, "--device", "x", "--start", "when"], 2, "'start', 'kWh'"),
      (["import", "csv", table, "--device", ""], 2, "NAME"),
      (["import", "csv", table, "--device", " "], 2, "is no name"),
      (["import", "csv", "--device", "x"], 2, "names no file"), (["import", "csv", "--remove"], 2, "--device NAME"),
      (["import", "csv", table, "--remove", "--device", "x"], 2, "takes no file"),
      (["import", "csv", "--remove", "--device", "x", "--dry-run"], 2, "exclude each other"),
      (["import", "home-assistant", table], 1, "not a database"),
      (["import", "home-assistant", "missing.db"], 1, "missing.db"),
      (["import", "emoncms", table, "--device", "x", "--unit", "W"], 1, ".dat"),
    ]
    for mistake in mistakes {
      let transcript = try wattlog.run(mistake.words)
      #expect(transcript.exit == mistake.exit, "\(mistake.words): \(transcript.stderr)")
      #expect(transcript.stderr.contains(mistake.text), "\(mistake.words): \(transcript.stderr)")
      #expect(transcript.stderr.split(separator: "\n").count == 1, "\(transcript.stderr)")
    }
    #expect(try wattlog.run("report").exit == 5)
  }
}
