import Clock
import Household
import Readings
import Storage
import Text

extension Command {
  private static let raw = Option("raw", value: "SPAN", "how long readings stay: 26w, 5y")
  private static let dryRun = Option("dry-run", "say what would go, change nothing")

  static let retain = Command(
    name: "retain", summary: "drop readings older than a span, keep what reports need",
    description: """
      Drops the readings of blocks that are older than --raw and keeps their rollups for ever: energy, power and \
      covered time of each quarter hour (half an hour or an hour for slow plugs), and the counters. Reports and \
      'export --every 1h' stay what they were; 'export' of single readings and cuts finer than that have nothing left \
      to read. Readings that no rollups tell wholly (plugs without a counter, odd times) stay. A \
      damaged segment is left alone and named (exit 7); 'wattlog repair' first. This cannot be undone: 'wattlog backup' \
      first. No recorder may run meanwhile.
      """,
    options: [raw, dryRun],
    examples: [
      ("wattlog retain --raw 5y --dry-run", "say what would go"),
      ("wattlog retain --raw 5y", "keep single readings for five years"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    guard let span = try arguments.span(raw, in: 7 * 86_400_000...100 * 365 * 86_400_000) else {
      throw .usage("'retain' needs --raw", "write how long readings stay, such as --raw 5y")
    }
    let isDryRun = arguments.isSet(dryRun)
    let before = try HouseholdStore(settings).reader.byteCount
    var report = RetentionReport()
    let code = try StoreWriter.change(settings) { store throws(StorageError) in
      report = try store.retain(since: SystemClock.now.advanced(byMilliseconds: -span), isDryRun: isDryRun)
    }
    for path in report.damagedSegments { console.error(DamageText.leftAlone(path)) }
    console.note(
      CountText.text(report.droppedRowCount, "reading") + (isDryRun ? " would go" : " dropped, their rollups kept")
        + (report.keptRowCount > 0
          ? "; \(CountText.grouped(Int64(report.keptRowCount))) older ones stay, because no rollups tell them" : ""))
    if !isDryRun {
      let after = try HouseholdStore(settings).reader.byteCount
      console.note("\(ByteText.text(Int64(before))) before, \(ByteText.text(Int64(after))) now")
    }
    return report.damagedSegments.isEmpty ? code : .damageFound
  }
}
