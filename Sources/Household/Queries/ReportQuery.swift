import Calendar
public import EnergyAccounting
import Pricing
public import Readings
public import Reporting
import Storage
import Work

/// Reads what a report's plan asks for and makes the report.
public struct ReportQuery {
  public let store: HouseholdStore
  let devices: [LogicalDevice]
  public let plan: ReportPlan
  private let readers: KeptReaders?

  /// - Parameters:
  ///   - devices: those that are read.
  ///   - request: what is asked; what the store knows of it (other names, until when readings tell) is filled in.
  ///   - now: when it is asked.
  ///   - reported: those that are reported, where more are read; nil for all.
  public init(
    _ store: HouseholdStore, _ devices: [LogicalDevice], _ request: ReportRequest, now: Timestamp,
    of reported: [LogicalDevice]? = nil
  ) {
    self.init(store, devices, request, now: now, of: reported, keeping: nil)
  }

  /// - Parameter readers: of other queries of the same store; nil for none that outlive a pass.
  init(
    _ store: HouseholdStore, _ devices: [LogicalDevice], _ request: ReportRequest, now: Timestamp,
    of reported: [LogicalDevice]? = nil, keeping readers: KeptReaders?
  ) {
    self.readers = readers
    var request = request
    request.otherNames = store.otherNames
    request.knownUntil = OpenPeriod.end(now, of: reported ?? devices, after: Timestamp(milliseconds: 0))
    self.store = store
    self.devices = devices
    plan = ReportPlan(request)
  }

  public func report() -> Report {
    guard plan.request.tariff != nil else { return report(ledgers(plan.main)) }
    // The store is read from one of the two only.
    nonisolated(unsafe) let query = self
    let (main, schedules) = store.sideBySide.both(
      { query.ledgers(query.plan.main) }, { [plan] in plan.schedules() })
    return report(main, schedules)
  }

  /// The report with the ledgers that it was made of, one of them traced.
  ///
  /// - Parameter name: whose steps the trace is told.
  public func report(tracing name: String, by trace: StepTrace) -> (report: Report, ledgers: [NamedLedger]) {
    let main = ledgers(plan.main, traced: (name, trace))
    return (report(main), main)
  }

  /// The passes that the report needs ledgers of: its periods', and those of what they are compared with, if they are
  /// others.
  var passes: [ReportPlan.Pass] { [plan.main] + (plan.sharesLedgers ? [] : [plan.comparison].compactMap(\.self)) }

  /// What makes the report out of ledgers of its ``passes`` and needs the store no more.
  func maker(of ledgers: [[NamedLedger]]) -> @Sendable () -> Report {
    precondition(ledgers.count == passes.count, "ledgers of half a report")
    let (plan, notes) = (plan, damageNotes() + correctionNotes())
    return {
      ReportBuilder(plan).report(
        ledgers[0], comparedWith: ledgers.count > 1 ? ledgers[1] : [], notes: notes)
    }
  }

  private func report(
    _ main: [NamedLedger], _ schedules: [TariffSchedule]? = nil
  ) -> Report {
    var compared: [NamedLedger] = []
    if let pass = plan.comparison, !plan.sharesLedgers { compared = ledgers(pass) }
    var report = ReportBuilder(plan, schedules: schedules, working: store.sideBySide).report(
      main, comparedWith: compared, notes: damageNotes() + correctionNotes())
    report.name(channels: store.channelNames)
    return report
  }

  private func ledgers(
    _ pass: ReportPlan.Pass, traced: (name: String, trace: StepTrace)? = nil
  ) -> [NamedLedger] {
    LedgerQuery(store, devices, zone: plan.request.zone, keeping: readers ?? KeptReaders()).ledgers(
      cutPoints: pass.cutPoints, edges: pass.bucketEdges, range: pass.readingRange, traced: traced)
  }

  /// Holes in the store that lie in the reported time, or whose time is unknown.
  private func damageNotes() -> [Report.Note] {
    let shown = devices.filter { plan.request.shown?.contains($0.name) ?? true }
    let holes = StoreHoles(store, shown, range: plan.reportedRange)
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
