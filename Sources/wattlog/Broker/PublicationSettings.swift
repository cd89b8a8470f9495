import Configuration
import Household
import Pricing
import Publishing
import Text

extension Publication {
  /// What the settings want to be published.
  init(_ arguments: Arguments, _ settings: Settings, _ console: Console) throws(Failure) {
    let configured = settings.configuration.publish
    let zone = try SiteZone(arguments, settings, console)
    var costs: RunningCosts?
    if configured.sensors.contains(.cost) {
      guard let file = try TariffFiles.site(arguments, settings, zone) else {
        throw Failure(
          .invalidConfiguration, "publish.sensors names \"cost\", but there is no tariff",
          "name one in site.tariff; 'wattlog tariff init' starts one")
      }
      let word = settings.configuration.site.mainMeter
      costs = RunningCosts(tariff: file.tariff, zone: zone) { store in word.flatMap { store.mainMeter($0) } }
    }
    self.init(PublicationOptions(configured, version: Program.version), zone: zone, costs: costs)
  }
}
