import Calendar
import Configuration
import EnergyAccounting
import Pricing
import Readings
import Reporting
import Storage
import Work

/// Reads what a report's plan asks for and makes the report.
struct ReportReading {
  let store: StoreAccess
  let devices: [LogicalDevice]
  let plan: ReportPlan

  func report() throws(Failure) -> Report {
    guard plan.request.tariff != nil else { return try report(try ledgers(plan.main)) }
    // The store is read from one of the two only.
    nonisolated(unsafe) let reading = self
    let (main, schedules) = Workers.sideBySide.both(
      { Result { () throws(Failure) in try reading.ledgers(reading.plan.main) } }, { [plan] in plan.schedules() })
    return try report(try main.get(), schedules)
  }

  /// The report with the ledgers that it was made of, one of them traced.
  func report(tracing name: String, by trace: StepTrace) throws(Failure) -> (report: Report, ledgers: [NamedLedger]) {
    let main = try ledgers(plan.main, traced: (name, trace))
    return (try report(main), main)
  }

  private func report(
    _ main: [NamedLedger], _ schedules: [TariffSchedule]? = nil
  ) throws(Failure) -> Report {
    var compared: [NamedLedger] = []
    if let pass = plan.comparison, !plan.sharesLedgers { compared = try ledgers(pass) }
    return ReportBuilder(plan, schedules: schedules, working: Workers.sideBySide).report(
      main, comparedWith: compared, notes: damageNotes() + correctionNotes())
  }

  private func ledgers(
    _ pass: ReportPlan.Pass, traced: (name: String, trace: StepTrace)? = nil
  ) throws(Failure) -> [NamedLedger] {
    try LedgerReading(store: store, devices: devices, zone: plan.request.zone).ledgers(
      cutPoints: pass.cutPoints, edges: pass.bucketEdges, range: pass.readingRange, traced: traced)
  }

  /// Holes in the store that lie in the reported time, or whose time is unknown.
  private func damageNotes() -> [Report.Note] {
    let shown = devices.filter { plan.request.shown?.contains($0.name) ?? true }
    let holes = StoreHoles(store: store, devices: shown, range: plan.reportedRange)
    return holes.damage.map { damage in
      var span: Report.Span?
      if let first = damage.first, let last = damage.last { span = Report.Span(start: local(first), end: local(last)) }
      return Report.Note(
        id: "", device: holes.name(of: damage), kind: "damage", span: span, text: StoreHoles.text(damage))
    }
  }

  private func correctionNotes() -> [Report.Note] {
    store.corrections.unreadable.map { line in
      Report.Note(
        id: "", device: nil, kind: "damage", span: nil,
        text: "line \(line) of the store's corrections is damaged or was edited; it is left out")
    }
  }

  private func local(_ instant: Timestamp) -> LocalInstant {
    LocalInstant(instant, offsetSeconds: plan.request.zone.offset(at: instant))
  }
}
