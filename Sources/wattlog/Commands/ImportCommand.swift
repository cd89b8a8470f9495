import Calendar
import Clock
import Configuration
import History
import Household
import Readings
import Storage
import Tables
import Text

extension Command {
  private static let entity = Option(
    "entity", value: "ID=NAME", repeats: true, "for home-assistant: an entity and whose energy it is; may be repeated")
  private static let name = Option("device", value: "NAME", "for csv and emoncms: whose energy it is")
  private static let start = Option("start", value: "COLUMN", "for csv: the column of times, by name or number")
  private static let end = Option("end", value: "COLUMN", "for csv: the column of ends")
  private static let column = Option("column", value: "COLUMN", "for csv: the column of numbers")
  private static let values = Option(
    "values", value: "MEANING", choices: HistoryTable.Meaning.allCases.map(\.rawValue),
    "for csv: whether numbers are what was used, or what a meter showed")
  private static let unit = Option(
    "unit", value: "UNIT", choices: EnergyUnit.allCases.map(\.rawValue), "for csv and emoncms: what the numbers count")
  private static let condition = Option(
    "where", value: "COLUMN=VALUE", repeats: true, "for csv: take these rows alone; may be repeated")
  private static let dates = Option(
    "dates", value: "ORDER", choices: ["dmy", "mdy"], "for csv: which comes first in 11/12/2025 (default: dmy)")
  private static let dryRun = Option("dry-run", "say what would be taken, and store nothing")
  private static let removal = Option("remove", "take back what was imported from that source for --device NAME")
  private static let sources = ImportedOrigin.Source.allCases.map(\.rawValue)

  static let importHistory = Command(
    name: "import", summary: "history from before: Home Assistant, tables, emoncms",
    operands: "home-assistant DB | csv FILE | emoncms FILE", operandCount: 1...2, operandChoices: sources,
    description: """
      Stores what other programs counted before Wattlog did, marked as imported; reports name it. A plug's own readings \
      always win: a history counts before the first of them and after the last. NAME is a plug's name, topic or MAC, or a new \
      name. The same import twice changes nothing. No recorder may run meanwhile.
      home-assistant reads the long-term statistics of home-assistant_v2.db (hours; Wh, kWh, MWh, or mean W). Without \
      --entity it lists what there is. Hours in which Home Assistant's sum and the counter itself disagree, as after power \
      cuts, are judged and named.
      csv takes any table with a column of times and one of numbers (- reads stdin): what was used until the next row, or \
      meter readings; and tables with a column a time and a row a meter, as Home Assistant's energy dashboard is downloaded \
      (--where entity_id=ID). Of two imports of one time the later one counts.
      emoncms takes a PHPFina feed (N.dat with N.meta) or a PHPTimeSeries feed (feed_N.MYD); --unit is needed.
      --remove, with a source and no file, takes back all that was imported from it for a device. That is a correction: its \
      number is printed, and 'device undo' brings the import back.
      """,
    options: [entity, name, start, end, column, values, unit, condition, dates, dryRun, removal, .json],
    examples: [
      ("wattlog import home-assistant home-assistant_v2.db", "what a copy of the database holds"),
      (
        "wattlog import home-assistant home-assistant_v2.db --entity sensor.fridge_energy=fridge",
        "the fridge, before its plug was recorded"
      ),
      ("wattlog import csv meter.csv --device house --values counter --unit kWh", "readings of the meter by hand"),
    ]
  ) { arguments, console throws(Failure) in
    let settings = try Settings(arguments)
    let zone = try SiteZone(arguments, settings, console)
    guard let source = ImportedOrigin.Source(rawValue: arguments.operands[0]) else {
      throw .usage(
        "'\(SafeText.printable(arguments.operands[0]))' cannot be imported", "one of \(sources.joined(separator: ", "))"
      )
    }
    if arguments.isSet(removal) { return try remove(source, settings, zone, arguments, console) }
    guard arguments.operands.count == 2 else {
      throw .usage("'import \(source.rawValue)' names no file", "name one behind it; - is stdin for a table")
    }
    try checkOptions(of: source, arguments)
    let path = arguments.operands[1]
    let histories: [ReadHistory]
    switch source {
    case .homeAssistant:
      let database = try StatisticsDatabase(path)
      guard arguments.isSet(entity) else { return try database.list(zone, isJSON: arguments.isSet(.json), console) }
      histories = try read(database, arguments)
    case .csv: histories = [try HistoryFiles.table(path, try tableOptions(arguments, zone), of: try word(arguments))]
    case .emoncms:
      guard let unit = arguments.text(unit).flatMap(EnergyUnit.init(rawValue:)) else {
        throw .usage("a feed does not say its unit", "say --unit W, --unit kWh or --unit Wh, as emoncms shows it")
      }
      histories = [try HistoryFiles.emoncms(path, unit, of: try word(arguments))]
    }
    let isDryRun = arguments.isSet(dryRun)
    let imported = try take(histories, settings, arguments, isDryRun: isDryRun)
    try tell(imported, zone.rules, isDryRun: isDryRun, arguments, console)
    return StopSignal.exitCode ?? .done
  }

  private static func checkOptions(of source: ImportedOrigin.Source, _ arguments: Arguments) throws(Failure) {
    let own: [ImportedOrigin.Source: [Option]] = [
      .homeAssistant: [entity], .csv: [name, start, end, column, values, unit, condition, dates],
      .emoncms: [name, unit],
    ]
    for option in [entity, name, start, end, column, values, unit, condition, dates]
    where arguments.isSet(option) && !(own[source] ?? []).contains(where: { $0.name == option.name }) {
      throw .usage("--\(option.name) is not for 'import \(source.rawValue)'", "leave it out")
    }
  }

  private static func remove(
    _ source: ImportedOrigin.Source, _ settings: Settings, _ zone: SiteZone, _ arguments: Arguments, _ console: Console
  ) throws(Failure) -> ExitCode {
    guard arguments.operands.count == 1 else {
      throw .usage(
        "--remove takes no file", "write 'wattlog import \(source.rawValue) --remove --device NAME'")
    }
    for option in [entity, start, end, column, values, unit, condition, dates, dryRun, .json]
    where arguments.isSet(option) {
      throw .usage("--\(option.name) and --remove exclude each other", "leave one of them out")
    }
    let word = try word(arguments)
    let store = try HouseholdStore(settings)
    let device = try store.device(word)
    let entry = CorrectionEntry(store, now: SystemClock.now)
    let correction: Correction
    do throws(CorrectionEntry.Refusal) {
      correction = try entry.append(try entry.removeImports(of: device, from: source))
    } catch {
      throw Failure(error, store: settings.store)
    }
    try correction.tell(zone, console)
    return .done
  }

  private static func word(_ arguments: Arguments) throws(Failure) -> String {
    guard let word = arguments.text(name) else {
      throw .usage(
        "'import \(arguments.operands[0])' needs --device NAME", "the plug whose energy it is, or a new name")
    }
    return word
  }

  private static func tableOptions(_ arguments: Arguments, _ zone: SiteZone) throws(Failure) -> HistoryTable.Options {
    var options = HistoryTable.Options(zone: zone.rules)
    options.start = arguments.text(start)
    options.end = arguments.text(end)
    options.value = arguments.text(column)
    options.unit = arguments.text(unit).flatMap(EnergyUnit.init(rawValue:))
    options.meaning = arguments.text(values).flatMap(HistoryTable.Meaning.init(rawValue:))
    options.isMonthFirst = arguments.text(dates) == "mdy"
    // A clock that runs a little ahead elsewhere is none of a history's faults.
    options.latest = SystemClock.now.advanced(byMilliseconds: 172_800_000)
    for text in arguments.texts(condition) {
      guard let mark = text.firstIndex(of: "=") else {
        throw .usage("--where '\(text.printable)' names no value", "write COLUMN=VALUE")
      }
      options.conditions.append((String(text[..<mark]), String(text[text.index(after: mark)...])))
    }
    return options
  }

  // MARK: Home Assistant

  private static func read(_ database: StatisticsDatabase, _ arguments: Arguments) throws(Failure) -> [ReadHistory] {
    var histories: [ReadHistory] = []
    for text in arguments.texts(entity) {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard !text.hasPrefix("="), !text.hasSuffix("="), let id = parts.first else {
        throw .usage("--entity '\(text.printable)' names no entity, or nobody whose energy it is", "write ID=NAME")
      }
      guard let found = database.entities.first(where: { $0.id == id }) else {
        if let unit = database.others[id] {
          throw .usage(
            "'\(id.printable)' counts no energy\(unit.isEmpty ? "" : ": its unit is \(unit.printable)")",
            "it takes sums in Wh, kWh, MWh or GWh, and means in W or kW")
        }
        let near = NearestWord.nearest(to: id, in: database.entities.map(\.id))
        throw .usage(
          "the database has no statistics of '\(id.printable)'",
          (near.map { "did you mean '\($0.printable)'? " } ?? "") + "without --entity all are listed")
      }
      let counter = HomeAssistantHistory.counter(try database.rows(of: found), unit: found.unit)
      histories.append(
        ReadHistory(
          label: id, source: .homeAssistant, word: parts.count > 1 ? parts[1] : plainName(id), counter: counter))
    }
    return histories
  }

  /// `fridge_energy` of `sensor.fridge_energy`.
  private static func plainName(_ id: String) -> String {
    id.split(separator: ".", maxSplits: 1).last.map(String.init) ?? id
  }

  // MARK: Into the store

  private static func take(
    _ histories: [ReadHistory], _ settings: Settings, _ arguments: Arguments, isDryRun: Bool
  ) throws(Failure) -> [ImportedHistory] {
    var imported: [ImportedHistory] = []
    for history in histories {
      // Each sees what the one before has stored.
      let known = try existing(settings)
      let owner: HistoryOwner
      do throws(HistoryOwner.Refusal) {
        owner = try HistoryOwner(history.word, names: DeviceNames(settings.configuration.devices), in: known)
      } catch {
        throw .usage("'\(SafeText.printable(history.word))' \(error.reason)")
      }
      let (device, merge) = owner.merge(history.counter, from: history.source, in: known)
      imported.append(
        ImportedHistory(
          history: history, owner: owner, device: device, merge: merge, replaces: owner.replaces(merge)))
      if !isDryRun, !merge.new.isEmpty { try store(merge.new, history.counter.places, device, settings) }
      if StopSignal.isReceived { break }
    }
    return imported
  }

  private static func existing(_ settings: Settings) throws(Failure) -> HouseholdStore? {
    if (InputFile.entries(of: settings.store) ?? []).isEmpty { return nil }
    return try HouseholdStore(settings)
  }

  private static func store(
    _ points: [ImportedCounter.Point], _ places: Int, _ device: Device, _ settings: Settings
  ) throws(Failure) {
    try Directories.create(InputFile.directory(of: settings.store))
    let record = settings.configuration.record
    do throws(StorageError) {
      var options = StoreOptions()
      options.maximumDevices = record.maximumDevices
      options.reservedDevices = settings.reservedPlugs.union([device.topic])
      options.timeUnit = try StoreWriter.timeUnit(forNew: settings.store, record.timeResolutionMilliseconds)
      let writer = try StoreWriter(directory: settings.store, options: options, mode: .bulk)
      // Beside what is there a sum may end on other digits.
      for reading in ImportedReadings.readings(points, places: max(places, ImportedCounter.places(of: points))) {
        _ = try writer.append(reading, from: device)
      }
      try writer.seal()
      try writer.close()
    } catch {
      throw Failure(error, store: settings.store)
    }
  }

  private static func tell(
    _ imported: [ImportedHistory], _ zone: TimeZoneRules, isDryRun: Bool, _ arguments: Arguments, _ console: Console
  ) throws(Failure) {
    guard arguments.isSet(.json) else {
      for line in imported.flatMap({ $0.text(zone, isDryRun: isDryRun) }) { console.note(line) }
      return
    }
    var json = JSONWriter()
    json.object { root in
      root.key("schema")
      root.value("wattlog.import/1")
      root.key("dryRun")
      root.value(isDryRun)
      root.key("histories")
      root.array { list in
        for history in imported { history.write(to: &list, zone) }
      }
    }
    try OutputFile.write(json.text + "\n", to: nil)
  }
}
