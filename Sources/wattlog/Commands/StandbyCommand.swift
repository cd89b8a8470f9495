import Calendar
import Clock
import Household
import Pricing
import Readings
import Reporting
import Text

extension Command {

  static let standby = Command(
    name: "standby", summary: "what is always on, and what that comes to in a year",
    description: """
      Prints the power that each plug hardly ever goes below, what it comes to in a year, and its share of what was used \
      and paid. It is the power at or below which a plug stays in a twentieth of its hours, each hour by its lowest: what \
      a report calls always on. Without a period the last 30 days are looked at. Money is that of a kWh at constant \
      power, by the prices of the year from today on, and by those of the year before where the tariff has none yet.
      """,
    options: [.period, .from, .to, .device, .tariff, .listFormat, .output],
    examples: [
      ("wattlog standby", "what is always on, by the last 30 days"),
      ("wattlog standby -p 2026 -f csv -o standby.csv", "the same of a year for a spreadsheet"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let zone = try SiteZone(arguments, settings, console)
    let format = try OutputFormat.ofList(arguments)
    let now = SystemClock.now.truncated(toMilliseconds: 1000)
    let tariff = try TariffFiles.site(arguments, settings, zone)?.tariff
    let store = try HouseholdStore(settings, for: format)
    let devices = try store.selected(arguments)
    let range = try RecentPeriod.range(arguments, zone, devices, store, now: now)
    var request = ReportRequest(
      granularity: .range, range: range, zone: zone.rules, zoneName: zone.name, tariff: tariff,
      billing: zone.billing, dayStartMinute: zone.days.startMinute,
      mainMeter: arguments.isSet(.device) ? nil : store.mainMeter(settings, console))
    request.hasStandingCharge = !arguments.isSet(.device)
    request.hasCharges = false
    let query = StandbyQuery(
      store, devices, request, today: zone.days.start(of: zone.days.date(at: now)), now: now)
    guard let standby = query.standby() else {
      throw store.noReading("there is no reading in that time", in: zone.rules)
    }
    _ = StoreHoles(store, devices, range: range).tell(console)
    let text =
      switch format {
      case "json": standby.json()
      case "csv": standby.csv()
      default: standby.table(options: console.tableOptions(arguments))
      }
    try OutputFile.write(text, to: arguments.text(.output))
    return .done
  }
}
