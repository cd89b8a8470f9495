import Foundation
import TestSupport
import Testing

/// What a person sees of the pages of four households: on a desk, on a telephone, in the dark, on paper.
///
/// `Reports/samples/pages.txt` has what was measured; `UPDATE_GOLDEN=1` rewrites it. `WATTLOG_AXE` may name a file of
/// axe-core, which is then asked as well.
@Suite(.enabled(if: Chromium.path != nil, "chromium is not installed"))
struct PageLooksTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess
  let browser: Chromium

  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path, timeZone: "Europe/London")
    browser = Chromium(directory: directory.path)
    _ = try directory.write(
      """
      { name: "home", currency: "GBP", vat: "5%", periods: [ { from: "2026-01-01", standingCharge: 0.5724, export: 0.15,
        rates: [ { name: "night", price: 0.0905, hours: "00:30-05:30" },
          { name: "peak", price: 0.3533, hours: "16:00-19:00" }, { name: "day", price: 0.2333 } ] } ] }
      """, to: "tariff.json")
  }

  /// A kind of household, and the page of it that stands in the samples.
  enum House: String, CaseIterable {
    case ordinary, sun, gaps, empty

    var page: String {
      switch self {
      case .ordinary, .sun: "2026-10"
      case .gaps: "2026-10-22"
      case .empty: "2026-10-14"
      }
    }

    /// Of each kind of page one.
    var pages: [String] {
      switch self {
      case .ordinary: ["2026-10", "index", "2026-10-25", "2026-W43", "2026", "plug-tv"]
      case .sun: ["2026-10", "index", "2026-10-25", "plug-solar", "plug-mains"]
      case .gaps, .empty: [page, "index"]
      }
    }
  }

  /// Writes a household's pages; returns their folder.
  private func pages(of house: House) throws -> String {
    var site = "timeZone: 'Europe/London', tariff: '\(directory.path)/tariff.json'"
    switch house {
    case .ordinary:
      try live("fridge,freezer,kettle,tv,washer,dishwasher,pc,router,lamp,heater", from: "2026-10-12", to: "2026-10-28")
    case .sun:
      site += ", mainMeter: 'mains'"
      try live("fridge,tv,solar,mains", from: "2026-10-18", to: "2026-10-28")
    case .gaps, .empty:
      // A lamp that was there for two days; others that came later, silent from six to six on one day.
      try live("lamp", from: "2026-10-08", to: "2026-10-10")
      try live("fridge,tv,heater", from: "2026-10-20", to: "2026-10-24") { line in
        let time = Double(line.prefix { $0 != " " }) ?? 0
        return time < 1_792_645_200 || time >= 1_792_688_400  // 2026-10-22T05:00Z, 17:00Z
      }
    }
    let configuration = try directory.write("{ site: { \(site) } }", to: "\(house.rawValue).json")
    let folder = directory.path + "/\(house.rawValue)"
    let run = try wattlog.run("pages", "-q", folder, "--config", configuration)
    #expect(run.exit == 0, "\(run)")
    return folder
  }

  private func live(
    _ plugs: String, from: String, to: String, keeping isKept: (Substring) -> Bool = { _ in true }
  ) throws {
    let run = try wattlog.run(
      "simulate", "-q", "--devices", plugs, "--from", from, "--to", to, "--period", "300s", "--seed", "7", "--no-state")
    let lines = run.stdout.split(separator: "\n").filter(isKept).joined(separator: "\n") + "\n"
    let replayed = try wattlog.run("-q", "replay", "-", input: Data(lines.utf8))
    #expect(run.exit == 0 && replayed.exit == 0, "\(replayed)")
  }

  /// What has to be so of every page.
  private func expect(_ measure: PageMeasure, isDark: Bool) {
    let place: Comment = "\(measure.page) at \(measure.width)\(isDark ? ", dark" : "")"
    #expect(measure.wide == measure.width, place)
    #expect(measure.text >= 12, place)
    #expect(measure.contrast >= 4.5, "\(place): \(measure.palest)")
    #expect(measure.out == [] && measure.cut == [], place)
    #expect(measure.overlaps == 0, "\(place): labels touch")
    #expect(measure.stays, "\(place): a first column goes away")
    #expect(measure.unnamed == [], place)
    if !measure.columns.isEmpty {
      #expect(["kWh", "cost"].allSatisfy(measure.columns.contains), "\(place): \(measure.columns)")
    }
  }

  @Test(arguments: House.allCases)
  func everyPageIsWhole(house: House) throws {
    let folder = try pages(of: house)
    let axe = ProcessInfo.processInfo.environment["WATTLOG_AXE"]
    if axe == nil { print("axe-core is not asked: WATTLOG_AXE names no file of it") }
    var lines: [String] = []
    func note(_ look: String, _ measure: PageMeasure?) throws {
      let measure = try #require(measure)
      lines.append(
        "\(house) \(look) \(measure.width) px: page \(measure.wide) px wide, text from \(measure.text) px, contrast from "
          + "\(measure.contrast), \(measure.charts) drawings"
          + (measure.columns.isEmpty ? "" : ", \(measure.columns.prefix(3).joined(separator: " ")) on the screen"))
    }
    for isDark in [false, true] {
      let measures = try PageMeasure.all(
        house.pages, in: folder, widths: [390, 768, 1280], isDark: isDark, axe: axe, by: browser)
      #expect(measures.count == 3 * house.pages.count)
      for measure in measures { expect(measure, isDark: isDark) }
      func sample(_ width: Int) -> PageMeasure? { measures.first { $0.page == house.page && $0.width == width } }
      if isDark {
        try note("dark", sample(1280))
      } else {
        try note("desktop", sample(1280))
        try note("phone", sample(390))
      }
    }
    try Self.expect(lines)
  }

  /// Nothing is cut on paper, every figure of the page is on it, and on each sheet of a table stand its headings.
  @Test(.enabled(if: Chromium.pdfReader != nil, "pdftotext is not installed"), arguments: House.allCases)
  func paperHoldsAll(house: House) throws {
    let folder = try pages(of: house)
    var lines: [String] = []
    for page in house.pages {
      let file = folder + "/\(page).html"
      let sheets = try browser.sheets(of: file)
      #expect(!sheets.isEmpty && sheets.allSatisfy { $0.cut.isEmpty }, "\(page): \(sheets.flatMap(\.cut))")
      let printed = Dictionary(sheets.flatMap(\.words).map { ($0.text, 1) }, uniquingKeysWith: +)
      let text = try String(contentsOfFile: file, encoding: .utf8)
      var figures: [String: Int] = [:]
      for cell in text.components(separatedBy: "<td").dropFirst() {
        let figure = String(cell.drop { $0 != ">" }.dropFirst().prefix { $0 != "<" })
        if figure.contains("."), !figure.contains(" ") { figures[figure, default: 0] += 1 }
      }
      let lost = figures.filter { printed[$0.key, default: 0] < $0.value }.keys.sorted()
      #expect(lost == [], "\(page)")
      if page == house.page { lines.append("\(house) paper: nothing cut, all figures of its tables printed") }
    }
    try Self.expect(lines)
  }

  /// A table of two months goes over several sheets.
  @Test(.enabled(if: Chromium.pdfReader != nil, "pdftotext is not installed"))
  func headingsRepeatAndTotalsStandOnce() throws {
    try live("fridge,tv,heater", from: "2026-08-20", to: "2026-10-28")
    let file = directory.path + "/days.html"
    let run = try wattlog.run(
      "report", "day", "--from", "2026-08-20", "--to", "2026-10-28", "--tariff", directory.path + "/tariff.json",
      "-q", "-o", file)
    #expect(run.exit == 0, "\(run)")
    let sheets = try browser.sheets(of: file)
    #expect(sheets.allSatisfy { $0.cut.isEmpty }, "\(sheets.flatMap(\.cut))")
    // Rows begin with the day: `Thu 20 Aug`.
    let months: Set = ["Aug", "Sep", "Oct"]
    let tables = sheets.filter { sheet in sheet.words.filter { months.contains($0.text) }.count > 10 }
    #expect(tables.count > 1)
    for sheet in tables {
      let words = sheet.words.map(\.text)
      #expect(["day", "fridge", "tv", "heater"].allSatisfy(words.contains), "\(words.prefix(20))")
    }
    #expect(sheets.flatMap(\.words).filter { $0.text.lowercased() == "total" }.count == 1)
    try Self.expect(["days paper: headings on each sheet of the table, the total once"])
  }

  // MARK: Samples

  private static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Reports/samples/pages.txt")
  private static let lock = NSLock()

  /// The samples' lines of the same pages and looks are these.
  private static func expect(_ lines: [String]) throws {
    lock.lock()
    defer { lock.unlock() }
    var known = ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    let isMeant = { (line: String) in lines.contains { $0.prefix { $0 != ":" } == line.prefix { $0 != ":" } } }
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      known = (known.filter { !isMeant($0) } + lines).sorted()
      try Data((known.joined(separator: "\n") + "\n").utf8).write(to: file)
    }
    #expect(known.filter(isMeant) == lines.sorted(), "Reports/samples/pages.txt differs")
  }
}
