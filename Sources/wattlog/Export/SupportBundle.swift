import Calendar
import Configuration
import EnergyAccounting
import Household
import Readings
import Reporting
import Storage
import Text

/// What somebody else needs to see the same figures, in a zip archive: a store of some days with other words for topics,
/// names and MACs, what the configuration says of the site and of plugs, and what the examination says of those plugs.
///
/// Nothing of the broker, of its users, of paths or of host names is in it.
struct SupportBundle {
  private let store: HouseholdStore
  private let settings: Settings
  private let zone: SiteZone
  private let now: Timestamp

  init(_ store: HouseholdStore, _ settings: Settings, _ zone: SiteZone, now: Timestamp) {
    self.store = store
    self.settings = settings
    self.zone = zone
    self.now = now
  }

  /// Writes the archive and says what is in it.
  ///
  /// - Returns: `.incomplete` where the copy gives other figures than the store: readings that `retain` dropped are not
  ///   in it, nor damaged ones.
  func write(to path: String, _ arguments: Arguments, _ console: Console) throws(Failure) -> ExitCode {
    let range = try RecentPeriod.range(arguments, zone, store.devices, store, now: now)
    let work = try WorkDirectory(beside: path)
    let folder = work.path + "/store"
    var copy = PseudonymousCopy(store, rules: settings.configuration.devices, range: range)
    do throws(StorageError) {
      var options = StoreOptions(timeUnit: store.reader.timeUnit)
      options.maximumDevices = 65_536
      let writer = try StoreWriter(directory: folder, options: options, mode: .bulk)
      try copy.write(to: writer)
      try writer.seal()
      try writer.close()
    } catch {
      throw Failure(error, store: folder)
    }
    let lines = copy.correctionLines()
    do {
      for line in lines { try CorrectionFile.append(directory: folder) { _ in line } }
    } catch {
      throw Failure(.failed, "cannot write the corrections of '\(SafeText.printable(folder))': \(error)")
    }
    let rules = copy.rules(settings.configuration.devices)
    let copied: HouseholdStore
    do throws(StorageError) {
      copied = try HouseholdStore(directory: folder, rules: rules, working: store.sideBySide)
    } catch {
      throw Failure(error, store: folder)
    }
    let configuration = configuration(
      rules, mainMeter: settings.configuration.site.mainMeter.map { copy.reference($0) })
    let findings =
      LedgerExamination(copied, zone: zone.rules).findings()
      + PlugExamination(copied, zone: zone.rules, zoneName: zone.name, now: min(now, range.upperBound)).findings()
    let files: [(name: String, bytes: [UInt8])] = [
      ("READ-ME.txt", Array(readMe(range, copy).utf8)), ("wattlog.json", Array(configuration.utf8)),
      ("doctor.txt", Array(Command.text(findings).utf8)),
    ]
    try archive(files, and: folder, at: path)
    let days =
      "\(InstantText.text(range.lowerBound, in: zone.rules)) to \(InstantText.text(range.upperBound, in: zone.rules))"
    console.note(
      "'\(SafeText.printable(path))' holds \(CountText.text(copy.readingCount, "reading")) and "
        + "\(CountText.text(copy.eventCount, "event")) of \(CountText.text(copied.devices.count, "plug")), \(days), under other names; "
        + "\(CountText.text(copy.untoldEventCount, "event")) left out that could tell of the house")
    guard energies(store, range) == energies(copied, range) else {
      console.error(
        "its figures are not the store's: readings that 'retain' dropped, or that are damaged, are not in it; "
          + "name a time whose readings are there with -p")
      return .incomplete
    }
    return .done
  }

  /// What each plug used and fed in over the time, in no order: names are others.
  private func energies(_ store: HouseholdStore, _ range: Range<Timestamp>) -> [[Energy]: Int] {
    var found: [[Energy]: Int] = [:]
    for named in LedgerQuery(store, store.devices, zone: zone.rules).ledgers(over: range) {
      let slots = named.ledger.channels.flatMap { $0.slots.map { [$0.use, $0.export] } }
      found[slots.flatMap(\.self), default: 0] += 1
    }
    return found
  }

  // MARK: What is in it

  private func configuration(_ rules: [Configuration.DeviceRule], mainMeter: String?) -> String {
    let site = settings.configuration.site
    var writer = JSONWriter()
    writer.object { root in
      root.key("site")
      root.object { object in
        object.key("timeZone")
        object.value(zone.name)
        if let currency = site.currency {
          object.key("currency")
          object.value(currency)
        }
        if let from = site.billingFrom {
          object.key("billingFrom")
          object.value(from.text)
          object.key("billingMonths")
          object.value(site.billingMonths)
        } else {
          object.key("billingDay")
          object.value(site.billingDay)
        }
        object.key("dayStart")
        object.value(ClockText.text(minuteOfDay: site.dayStartMinute))
        if let mainMeter {
          object.key("mainMeter")
          object.value(mainMeter)
        }
      }
      root.key("devices")
      root.array(rules) { list, rule in
        list.newLine()
        list.object { object in
          object.key("match")
          object.value(rule.match)
          for (key, text) in [("name", rule.name), ("group", rule.group)] {
            guard let text else { continue }
            object.key(key)
            object.value(text)
          }
          if let power = rule.maximumPower {
            object.key("maximumPower")
            object.value(Int(power))
          }
        }
      }
    }
    return writer.text + "\n"
  }

  private func readMe(_ range: Range<Timestamp>, _ copy: PseudonymousCopy) -> String {
    let (from, to) = (
      InstantText.text(range.lowerBound, in: zone.rules), InstantText.text(range.upperBound, in: zone.rules)
    )
    return """
      What wattlog \(Program.version) counted, to look into a figure that seems wrong.

      Readings from \(from) to \(to), and what lies just before and behind, with every digit that the plugs sent.
      Topics, names, groups and MACs are other words, each the same wherever it stands. Not in it: the broker, its users and
      passwords, addresses, host names, paths, tariffs, reasons of corrections, and what plugs said (\(CountText.text(copy.untoldEventCount, "event")))
      in words that could tell of the house.

      The same figures, where the archive was unpacked:

          wattlog report day --from \(Self.date(from)) --to \(Self.date(to)) --config wattlog.json --store store
          wattlog export --raw --config wattlog.json --store store

      doctor.txt is what 'wattlog doctor' says of these plugs.

      """
  }

  private static func date(_ instant: String) -> String { String(instant.prefix(19)) }

  // MARK: The archive

  private func archive(
    _ files: [(name: String, bytes: [UInt8])], and folder: String, at path: String
  ) throws(Failure) {
    let output = try OutputFile(path, mode: 0o600)
    var zip = ZipWriter()
    do {
      let sink: ZipWriter.Sink = { try output.write($0) }
      for file in files {
        try zip.begin(file.name, sink)
        try zip.append(file.bytes, sink)
        try zip.endEntry(sink)
      }
      for name in try FileTree.files(below: folder) {
        try zip.begin("store/" + name, sink)
        try FileTree.forEachPiece(of: folder + "/" + name) { try zip.append($0, sink) }
        try zip.endEntry(sink)
      }
      guard zip.fits else {
        throw Failure(.failed, "the archive would have more than 4 GB", "name a shorter time with -p")
      }
      try zip.finish(sink)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.failed, "cannot write '\(SafeText.printable(path))': \(error)")
    }
    try output.finish()
  }
}
