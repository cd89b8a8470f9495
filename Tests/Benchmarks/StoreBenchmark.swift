import Glibc
import Pricing
import Readings

/// The whole program on captures, as Markdown tables: size at rest, bits of each column, and speed of each command.
///
/// Arguments: the wattlog binary, a directory to work in, then `NAME=CAPTURE` for each unpacked capture; captures of
/// one name are one set of data, and the first name's set is what speeds are measured with.
func storeBenchmark(_ arguments: [String]) {
  guard arguments.count >= 3 else {
    print("store: BINARY DIRECTORY NAME=CAPTURE…")
    return
  }
  let binary = arguments[0]
  let work = arguments[1]
  var sets: [(name: String, captures: [String])] = []
  for argument in arguments.dropFirst(2) {
    guard let equals = argument.firstIndex(of: "=") else { continue }
    let name = String(argument[..<equals])
    let capture = String(argument[argument.index(after: equals)...])
    if let index = sets.firstIndex(where: { $0.name == name }) {
      sets[index].captures.append(capture)
    } else {
      sets.append((name, [capture]))
    }
  }
  var measured: [MeasuredSet] = []
  for (name, captures) in sets {
    measured.append(MeasuredSet(name: name, captures: captures, binary: binary, work: work))
  }
  // A child's resident set begins with its parent's peak: every program runs before captures are taken into memory.
  let commands = measured.first.map { CommandRuns(store: $0.stores[0].path, binary: binary) }
  for index in measured.indices { measured[index].measureColumns() }
  printSizes(measured)
  printColumns(measured)
  if let first = measured.first, let commands { printSpeeds(first, commands, binary: binary) }
}

/// One set of captures, loaded at both resolutions.
private struct MeasuredSet {
  let name: String
  let captures: [String]
  let lineByteCount: Int
  let stores: [(timeUnit: Int64, path: String, byteCount: Int)]
  let replay: ChildRun
  private(set) var columns: [ColumnFigures] = []

  init(name: String, captures: [String], binary: String, work: String) {
    self.name = name
    self.captures = captures
    lineByteCount = captures.reduce(0) { $0 + fileByteCount($1) }
    var stores: [(timeUnit: Int64, path: String, byteCount: Int)] = []
    var replays: [ChildRun] = []
    for timeUnit in [1000, 1] as [Int64] {
      let path = "\(work)/\(name)-\(timeUnit)ms"
      let configuration = path + ".json"
      writeText("{ record: { timeResolution: \"\(timeUnit == 1 ? "1ms" : "1s")\" } }", to: configuration)
      for _ in 0..<(timeUnit == 1 ? 1 : 3) {
        removeTree(path)
        let words = [binary, "replay", "-q", "--config", configuration, "--store", path] + captures
        replays.append(ChildRun(words))
      }
      stores.append((timeUnit, path, treeByteCount(path)))
    }
    self.stores = stores
    replay = replays[..<3].sorted { $0.processor < $1.processor }[1]
  }

  mutating func measureColumns() {
    let devices = captures.flatMap(capturedDevices)
    columns = [1000, 1].map { ColumnFigures(devices, rowsEach: 65_536, timeUnit: $0) }
  }

  var messages: Int { columns.first?.messages ?? 0 }
  func perMessage(_ byteCount: Int) -> String { thousandths(Double(byteCount) / Double(max(1, messages))) }
}

private func writeText(_ text: String, to path: String) {
  guard let file = fopen(path, "w") else { return }
  fputs(text, file)
  fclose(file)
}

private func printSizes(_ sets: [MeasuredSet]) {
  print("Bytes per message, the whole store at rest (events, index and checksums included):\n")
  print(
    "| data | messages | bytes per captured line | 1 s times | 1 ms times | columns alone, 1 s | 1 ms "
      + "| events alone, 1 s | 1 ms |")
  print("|---|---|---|---|---|---|---|---|---|")
  for set in sets {
    let cells =
      [set.name, grouped(set.messages), set.perMessage(set.lineByteCount)]
      + set.stores.map { set.perMessage($0.byteCount) }
      + set.columns.map { set.perMessage($0.byteCount) }
      + set.stores.map { fourPlaces(Double(eventBlockByteCount($0.path)) / Double(max(1, set.messages))) }
    print("| " + cells.joined(separator: " | ") + " |")
  }
}

private func printColumns(_ sets: [MeasuredSet]) {
  print("\nBits per message of each column (blocks of 65,536 rows; receive times at 1 s, then at 1 ms):\n")
  var names: [String] = []
  for part in sets.flatMap({ $0.columns[0].parts }) where !names.contains(part.name) { names.append(part.name) }
  print("| column | " + sets.map(\.name).joined(separator: " | ") + " |")
  print("|---" + String(repeating: "|---", count: sets.count) + "|")
  for name in names {
    let cells = sets.map { set in
      let each = set.columns.map { figures in
        figures.parts.first { $0.name == name }.map { figures.bits($0.bytes) } ?? "–"
      }
      return each[0] == each[1] ? each[0] : each.joined(separator: ", ")
    }
    print("| \(name) | " + cells.joined(separator: " | ") + " |")
  }
}

/// The other commands on the first store.
private struct CommandRuns {
  let export: ChildRun
  let verify: ChildRun
  let report: ChildRun
  let start: ChildRun

  init(store: String, binary: String) {
    func run(_ words: String...) -> ChildRun {
      ChildRun.median(of: 3) {
        ChildRun([binary, words[0], "--store", store, "--timezone", "UTC", "-q"] + words.dropFirst())
      }
    }
    export = run("export", "--raw", "-f", "csv")
    verify = run("verify", "--deep")
    report = run("report", "range", "--from", "2000-01-01", "--to", "2100-01-01")
    start = ChildRun.median(of: 21) { ChildRun([binary, "version"]) }
  }
}

private func printSpeeds(_ set: MeasuredSet, _ commands: CommandRuns, binary: String) {
  let messages = Double(set.messages)
  func row(_ work: String, _ figure: String, _ goal: String = "") { print("| \(work) | \(figure) | \(goal) |") }
  func millions(_ count: Double, _ seconds: Double) -> String { thousandths(count / max(seconds, 1e-9) / 1e6) }
  print(
    "\nSpeed on one core and memory (\(set.name), times at 1 s; processor time, median of three; clock in brackets):\n")
  print("| work | figure | goal |\n|---|---|---|")
  row(
    "replay, captured lines to sealed and synced segments",
    "\(millions(messages, set.replay.processor)) M messages/s, "
      + "\(Int(Double(set.lineByteCount) / set.replay.processor / 1e6)) MB/s "
      + "(\(millions(messages, set.replay.wall)) M messages/s)", "≥ 1 M, ≥ 250 MB/s")
  if let capture = fileBytes(set.captures[0], limit: 64 << 20) {
    let passes = (0..<3).map { _ in DecodingFigures(capture) }.sorted { $0.decoding < $1.decoding }
    row("scanner alone", "\(millions(Double(passes[1].lines), passes[1].decoding)) M messages/s")
  }
  let columns = set.columns[0]
  row(
    "columns",
    "encode \(columns.rowsPerSecond(columns.encodeSeconds)), decode "
      + "\(columns.rowsPerSecond(columns.decodeSeconds)), what reports read "
      + "\(columns.rowsPerSecond(columns.counterSeconds)) M rows/s")
  row("raw export to CSV", "\(millions(messages, commands.export.processor)) M rows/s", "≥ 1.5 M rows/s")
  row("verify --deep", "\(millions(messages, commands.verify.processor)) M messages/s", "≥ 5 M messages/s")
  row("report over everything", milliseconds(commands.report))
  row("start of the CLI", milliseconds(commands.start), "≤ 5 ms")
  row("binary", "\(thousandths(Double(fileByteCount(binary)) / 1e6)) MB", "≤ 15 MB")
  for (name, run) in [
    ("replay", set.replay), ("raw export", commands.export), ("verify --deep", commands.verify),
    ("report", commands.report),
  ] {
    row(
      "memory of \(name)", "\(thousandths(Double(run.residentByteCount) / 1e6)) MB", name == "report" ? "≤ 32 MB" : "")
  }
}

private func milliseconds(_ run: ChildRun) -> String {
  "\(thousandths(run.processor * 1000)) ms (\(thousandths(run.wall * 1000)) ms)"
}

/// 1799669 as `1,799,669`.
private func grouped(_ number: Int) -> String {
  var text = ""
  for (index, digit) in String(number).reversed().enumerated() {
    if index > 0 && index % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return String(text.reversed())
}
