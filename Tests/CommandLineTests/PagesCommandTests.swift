import Foundation
import TestSupport
import Testing

/// The pages of a household lead to each other, need nothing else, and are written where they changed and nowhere else.
@Suite struct PagesCommandTests {
  let directory: TemporaryDirectory
  let wattlog: WattlogProcess
  var folder: String { directory.path + "/pages" }

  /// Twelve days over a clock change, the last two of which can be replayed later.
  init() throws {
    directory = try TemporaryDirectory()
    wattlog = WattlogProcess(home: directory.path, timeZone: "Europe/London")
    let capture = directory.path + "/capture.log"
    let simulated = try wattlog.run(
      "simulate", "--from", "2026-10-20", "--to", "2026-11-01", "--devices", "fridge,tv,heater", "--period", "300s",
      "--seed", "7", "--faults", "power-cut,offline", "--no-state", "-o", capture)
    #expect(simulated.exit == 0, "\(simulated)")
    let later = 1_793_232_000.0  // 2026-10-29T00:00:00Z
    let lines = try String(contentsOfFile: capture, encoding: .utf8).split(separator: "\n")
    let isLater = { (line: Substring) in (Double(line.prefix { $0 != " " }) ?? 0) >= later }
    _ = try directory.write(lines.filter { !isLater($0) }.joined(separator: "\n") + "\n", to: "early.log")
    _ = try directory.write(lines.filter(isLater).joined(separator: "\n") + "\n", to: "late.log")
    _ = try directory.write(
      """
      { name: "home", currency: "GBP", periods: [ { from: "2026-01-01", standingCharge: 0.5724,
        rates: [ { name: "night", price: 0.0905, hours: "00:30-05:30" }, { name: "day", price: 0.2333 } ] } ] }
      """, to: "tariff.json")
    #expect(try wattlog.run("-q", "replay", directory.path + "/early.log").exit == 0)
  }

  private func write(_ more: String..., to folder: String? = nil) throws -> Transcript {
    try wattlog.run(["pages", folder ?? self.folder, "--tariff", directory.path + "/tariff.json"] + more)
  }

  private func contents(_ folder: String? = nil) throws -> [String: Data] {
    let folder = folder ?? self.folder
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }
    return try Dictionary(
      uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: URL(fileURLWithPath: folder + "/" + $0))) })
  }

  /// What tells that a file was written anew: every writing makes a new file.
  private func marks() throws -> [String: Int] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    return try Dictionary(
      uniqueKeysWithValues: names.map { name in
        let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/" + name)
        return (name, try #require(attributes[.systemFileNumber] as? Int))
      })
  }

  @Test func pagesLeadToEachOtherAndNeedNothingElse() throws {
    let run = try write()
    #expect(run == Transcript(stdout: "", stderr: "wattlog: 18 files written; open \(folder)/index.html\n", exit: 0))
    let pages = try contents()
    let days = (20...28).map { "2026-10-\($0).html" }
    let plugs = ["fridge", "heater", "tv"].map { "plug-\($0).html" }
    #expect(
      Set(pages.keys)
        == Set(
          days + plugs + ["2026-W43.html", "2026-W44.html", "2026-10.html", "2026.html", "index.html", "style.css"]))
    for (name, data) in pages where name.hasSuffix(".html") {
      let text = String(decoding: data, as: UTF8.self)
      #expect(!text.contains("http") && !text.contains("<script") && !text.contains("@import"), "\(name)")
      for part in text.components(separatedBy: "href=\"").dropFirst() {
        let address = String(part.prefix { $0 != "\"" })
        if address.hasPrefix("#") {
          #expect(text.contains("id=\"\(address.dropFirst())\""), "\(name): \(address)")
        } else {
          #expect(pages[address] != nil, "\(name): \(address)")
        }
      }
    }
    let middle = String(decoding: try #require(pages["2026-10-25.html"]), as: UTF8.self)
    for address in ["2026-10-24", "2026-10-26", "2026-W43", "2026-10", "2026", "index"] {
      #expect(middle.contains("href=\"\(address).html\""), "\(address)")
    }
    #expect(middle.contains("25 h (clocks back"))
  }

  @Test func onlyWhatChangedIsWrittenAndTheSameAsAnew() throws {
    #expect(try write().exit == 0)
    let before = try marks()
    #expect(try write().stderr.contains("nothing has changed"))
    #expect(try marks() == before)
    #expect(try wattlog.run("-q", "replay", directory.path + "/late.log").exit == 0)
    #expect(try write().exit == 0)
    let after = try marks()
    for day in 20...27 { #expect(after["2026-10-\(day).html"] == before["2026-10-\(day).html"], "\(day)") }
    #expect(after["2026-W43.html"] == before["2026-W43.html"] && after["style.css"] == before["style.css"])
    for name in ["index", "2026-W44", "2026-10", "2026", "plug-tv"] {
      #expect(after["\(name).html"] != before["\(name).html"], "\(name)")
    }
    #expect(after["2026-10-31.html"] != nil)
    let anew = directory.path + "/anew"
    #expect(try write(to: anew).exit == 0)
    #expect(try contents(anew) == contents())
  }

  @Test func ownPagesGoAndOtherFilesStay() throws {
    #expect(try write().exit == 0)
    _ = try directory.write("mine", to: "pages/notes.html")
    let run = try write("--from", "2026-10-26")
    #expect(run.exit == 0 && run.stderr.contains("7 removed"), "\(run)")
    let names = Set(try contents().keys)
    #expect(names.contains("notes.html") && names.contains("2026-10-26.html") && !names.contains("2026-10-25.html"))
    // A page that somebody else made is not written over.
    _ = try directory.write("mine", to: "others/index.html")
    let refused = try write(to: directory.path + "/others")
    #expect(refused.exit == 1 && refused.stderr.contains("is no page of wattlog's"), "\(refused)")
    #expect(try contents(directory.path + "/others")["index.html"] == Data("mine".utf8))
  }

  @Test func whatIsWrongIsNamed() throws {
    let file = try directory.write("", to: "file")
    #expect(try write(to: file).stderr == "wattlog: '\(file)' is a file; name a directory for the pages\n")
    #expect(try write("--from", "2026-12-01").exit == 11)
    #expect(try write("--keep", "soon").exit == 2)
    let empty = try wattlog.run("pages", folder, "--store", directory.path + "/none")
    #expect(empty.exit == 5 && empty.stderr.contains("there is no store"), "\(empty)")
  }
}
