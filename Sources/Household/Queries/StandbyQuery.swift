import Pricing
public import Readings
public import Reporting

/// What is always on in a time.
public struct StandbyQuery {
  private let query: ReportQuery
  private let devices: [LogicalDevice]
  private let today: Timestamp

  /// - Parameters:
  ///   - request: of one period; with a tariff for what it costs.
  ///   - today: the start of the day from which a year is priced.
  public init(
    _ store: HouseholdStore, _ devices: [LogicalDevice], _ request: ReportRequest, today: Timestamp, now: Timestamp
  ) {
    query = ReportQuery(store, devices, request, now: now)
    self.devices = devices
    self.today = today
  }

  /// nil where the time has no reading.
  public func standby() -> Standby? {
    let request = query.plan.request
    var prices: [String: Standby.Prices] = [:]
    if let tariff = request.tariff {
      for device in devices {
        prices[device.name] = Standby.Prices(
          tariff.perKilowattHour(for: device.name, otherNames: request.otherNames[device.name] ?? []),
          over: request.range, today: today, zone: request.zone)
      }
    }
    guard let standby = Standby(query.report(), prices: prices), !standby.lines.isEmpty else { return nil }
    return standby
  }
}
