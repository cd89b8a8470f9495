/// A column's heading in the three languages of the spreadsheet presets. The English one is the contract: SI style,
/// with the unit.
struct ColumnName: Sendable, Equatable {
  var english: String
  var german: String
  var french: String

  func name(in language: CSVDialect.Language) -> String {
    switch language {
    case .english: english
    case .german: german
    case .french: french
    }
  }

  private init(_ english: String, _ german: String, _ french: String) {
    self.english = english
    self.german = german
    self.french = french
  }

  /// A name that is the same in every language, as a firmware key.
  init(key: String) { self.init(key, key, key) }

  static let start = ColumnName("start", "Beginn", "Début")
  static let end = ColumnName("end", "Ende", "Fin")
  static let hours = ColumnName("hours", "Stunden", "Heures")
  static let device = ColumnName("device", "Gerät", "Appareil")
  static let channel = ColumnName("channel", "Kanal", "Canal")
  static let rate = ColumnName("rate", "Tarifzone", "Tarif")
  static let energy = ColumnName("energy_kwh", "Energie kWh", "Énergie kWh")
  static let measured = ColumnName("measured_kwh", "Gemessen kWh", "Mesurée kWh")
  static let inferred = ColumnName("inferred_kwh", "Erschlossen kWh", "Déduite kWh")
  static let export = ColumnName("export_kwh", "Einspeisung kWh", "Injection kWh")
  static let cost = ColumnName("cost", "Kosten", "Coût")
  static let difference = ColumnName("difference", "Unterschied", "Différence")
  static let item = ColumnName("item", "Posten", "Poste")
  static let currency = ColumnName("currency", "Währung", "Devise")
  static let coverage = ColumnName("coverage", "Abdeckung", "Couverture")
  static let messages = ColumnName("messages", "Meldungen", "Messages")
  static let peak = ColumnName("power_max_w", "Leistung max W", "Puissance max W")
  static let peakAt = ColumnName("power_max_at", "Zeit des Maximums", "Heure du maximum")
  static let alwaysOn = ColumnName("always_on_w", "Grundlast W", "Talon W")
  static let energyPerYear = ColumnName("kwh_per_year", "kWh im Jahr", "kWh par an")
  static let costPerYear = ColumnName("cost_per_year", "Kosten im Jahr", "Coût par an")
  static let seconds = ColumnName("seconds", "Sekunden", "Secondes")
  static let marks = ColumnName("marks", "Vermerke", "Mentions")
  static let bestStart = ColumnName("best_start", "Günstigster Beginn", "Meilleur début")
  static let bestCost = ColumnName("best_cost", "Kosten dann", "Coût alors")
  static let plugSays = ColumnName("plug_says_kwh", "Laut Steckdose kWh", "Selon la prise kWh")
  static let notes = ColumnName("notes", "Hinweise", "Remarques")

  static let energyBefore = ColumnName("compared_kwh", "Vergleich kWh", "Comparaison kWh")
  static let costBefore = ColumnName("compared_cost", "Vergleich Kosten", "Comparaison coût")
  static let energyChange = ColumnName("change_kwh", "Änderung kWh", "Variation kWh")
  static let changePercent = ColumnName("change_percent", "Änderung %", "Variation %")
  static let ownUse = ColumnName("own_use_kwh", "Eigenverbrauch kWh", "Autoconsommation kWh")
  static let house = ColumnName("house_kwh", "Haus kWh", "Maison kWh")
  static let fedIn = ColumnName("fed_in_kwh", "Eingespeist kWh", "Injectée kWh")
  static let saved = ColumnName("saved", "Gespart", "Économie")
  static let credit = ColumnName("export_credit", "Einspeisevergütung", "Crédit d’injection")

  static let kind = ColumnName("kind", "Art", "Type")
  static let from = ColumnName("from", "Von", "De")
  static let to = ColumnName("to", "Bis", "À")
  static let before = ColumnName("before_kwh", "Vorher kWh", "Avant kWh")
  static let after = ColumnName("after_kwh", "Nachher kWh", "Après kWh")
  static let cause = ColumnName("cause", "Ursache", "Cause")
  static let text = ColumnName("text", "Text", "Texte")

  static let time = ColumnName("time", "Zeit", "Heure")
  static let timeUTC = ColumnName("time_utc", "Zeit UTC", "Heure UTC")
  static let plugTime = ColumnName("plug_time", "Uhr der Steckdose", "Horloge de la prise")
  static let powerMean = ColumnName("power_mean_w", "Leistung Mittel W", "Puissance moyenne W")
  static let powerMin = ColumnName("power_min_w", "Leistung min W", "Puissance min W")

  static let energyTotal = ColumnName("energy_total_kwh", "Zählerstand kWh", "Compteur kWh")
  static let energyToday = ColumnName("energy_today_kwh", "Heute kWh", "Aujourd’hui kWh")
  static let energyYesterday = ColumnName("energy_yesterday_kwh", "Gestern kWh", "Hier kWh")
  static let energyPeriod = ColumnName("energy_period_wh", "Periode Wh", "Période Wh")
  static let power = ColumnName("power_w", "Leistung W", "Puissance W")
  static let apparentPower = ColumnName("apparent_power_va", "Scheinleistung VA", "Puissance apparente VA")
  static let reactivePower = ColumnName("reactive_power_var", "Blindleistung var", "Puissance réactive var")
  static let powerFactor = ColumnName("power_factor", "Leistungsfaktor", "Facteur de puissance")
  static let voltage = ColumnName("voltage_v", "Spannung V", "Tension V")
  static let current = ColumnName("current_a", "Strom A", "Courant A")
  static let frequency = ColumnName("frequency_hz", "Frequenz Hz", "Fréquence Hz")
  static let energyTariff1 = ColumnName("energy_tariff1_kwh", "Tarif 1 kWh", "Tarif 1 kWh")
  static let energyTariff2 = ColumnName("energy_tariff2_kwh", "Tarif 2 kWh", "Tarif 2 kWh")
  static let exportActive = ColumnName("export_active_kwh", "Einspeisung gesamt kWh", "Injection totale kWh")
  static let importActive = ColumnName("import_active_kwh", "Bezug gesamt kWh", "Soutirage total kWh")
}
