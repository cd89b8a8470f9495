import Text

extension Report {
  /// What the report says of one device, without the standing charge, which is the household's.
  public func only(_ device: String) -> Report {
    var report = self
    report.mainMeter = nil
    report.notes = notes.filter { $0.device == device }
    report.periods = periods.map { period in
      var period = period
      period.devices = period.devices.filter { $0.device == device }
      let costs = period.devices.compactMap(\.cost)
      let cost = costs.isEmpty ? nil : Figure.sum(costs)
      period.total = Total(
        kWh: Figure.sum(period.devices.map(\.kWh), places: 3),
        exportKWh: Figure.sum(period.devices.map(\.exportKWh), places: 3), energyCost: cost, cost: cost)
      period.complete = !period.devices.isEmpty && period.devices.allSatisfy(\.complete)
      period.hours = []
      period.comparison = nil
      return period
    }
    report.total = ReportBuilder.sum(report.periods.map(\.total))
    return report
  }
}
