import Calendar
import Configuration
import Glibc
import JSON5
import Pricing
import Subscriber
import Text

/// Writes what `setup` was told: a first configuration, or the changes of one that is there; a tariff; the password.
struct SetupFiles {
  let settings: Settings
  let place: SetupPlace
  let timeZone: String
  let currency: String?
  /// Of a kWh with all taxes, as a JSON number; nil writes no tariff.
  let price: String?
  let login: SetupLogin.Result

  /// - Returns: the paths of what was written.
  func write() throws(Failure) -> [String] {
    try place.makeDirectory()
    var written: [String] = []
    if let price, let currency {
      try place.write(TariffTemplate.text(currency: currency, price: price), to: place.tariff)
      written.append(place.tariff)
    }
    if login.hasNewPassword {
      guard rename(place.candidate, place.password) == 0 else {
        throw Failure(.failed, "cannot write '\(SafeText.printable(place.password))': \(SystemError.text(errno))")
      }
      written.append(place.password)
    }
    let before = try existing()
    let text = try before.map(changed) ?? ConfigurationText.template(beginning)
    if text != before {
      try place.write(text, to: place.configuration)
      written.append(place.configuration)
    }
    return written
  }

  private var beginning: ConfigurationText.Beginning {
    ConfigurationText.Beginning(
      timeZone: timeZone, store: place.isSystem ? Settings.serviceStore : nil, currency: currency,
      tariff: price == nil ? nil : "tariff.json", url: login.address.description, user: login.user,
      passwordFile: login.hasNewPassword ? "password" : nil, ca: login.ca)
  }

  private func existing() throws(Failure) -> String? {
    guard InputFile.exists(place.configuration) else { return nil }
    do throws(InputFile.Unreadable) {
      return String(
        decoding: try InputFile.read(place.configuration, maximumByteCount: JSON5.maximumByteCount), as: UTF8.self)
    } catch {
      throw Failure(.failed, "cannot read '\(SafeText.printable(place.configuration))': \(error.reason)")
    }
  }

  /// The file that is there with what is different, and every other line as it was.
  private func changed(_ text: String) throws(Failure) -> String {
    let configured = settings.configuration
    var edit = JSON5Edit(text)
    do throws(JSON5Error) {
      func give(_ path: [String], _ value: String, unless same: Bool) throws(JSON5Error) {
        if !same { try edit.set(path, to: ConfigurationText.quoted(value)) }
      }
      let url = configured.broker.url.flatMap { try? BrokerAddress($0) }
      try give(["site", "timeZone"], timeZone, unless: configured.site.timeZone == timeZone)
      if let currency { try give(["site", "currency"], currency, unless: configured.site.currency == currency) }
      if price != nil { try give(["site", "tariff"], "tariff.json", unless: configured.site.tariff != nil) }
      if login.hasNewPassword {
        let isThere = configured.broker.passwordFile.map { InputFile.isSame(settings.resolve($0), place.password) }
        try give(["broker", "passwordFile"], "password", unless: isThere == true)
      }
      if let user = login.user {
        try give(["broker", "user"], user, unless: (configured.broker.user ?? url?.user) == user)
      } else {
        try edit.remove(["broker", "user"])
        try edit.remove(["broker", "passwordFile"])
      }
      if let ca = login.ca {
        try give(["broker", "ca"], ca, unless: configured.broker.ca.map(settings.resolve) == ca)
      }
      let isSame = url?.description == login.address.description && (login.user != nil || url?.user == nil)
      try give(["broker", "url"], login.address.description, unless: isSame)
    } catch {
      throw Failure(.invalidConfiguration, Settings.describe(ConfigurationError(error), in: place.configuration))
    }
    return edit.text
  }
}
