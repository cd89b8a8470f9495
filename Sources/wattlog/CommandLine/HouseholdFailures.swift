import Calendar
import Configuration
import Household
import Readings
import Storage
import Text

extension StoreHoles {
  /// Names each hole on stderr, for commands whose output has no place for notes. True when there is one.
  func tell(_ console: Console) -> Bool {
    let found = damage
    for damage in found { console.error(SafeText.printable(StoreHoles.text(damage))) }
    if !found.isEmpty { console.error("'wattlog verify' lists all damage, 'wattlog repair' saves what is good") }
    return !found.isEmpty
  }
}

extension HouseholdStore {
  /// Why there is nothing to show: an empty store, another time than its readings', or damage that hides what it held.
  ///
  /// - Parameter zone: for the times between which there are readings.
  func noReading(_ cause: String, in zone: TimeZoneRules) -> Failure {
    guard let damage = reader.damage.first(where: { !$0.isNormal }) else {
      guard let first = devices.map(\.first).min(), let last = devices.map(\.last).max() else {
        return Failure(.noData, cause, "'wattlog status' says whether a recorder runs")
      }
      func minute(_ instant: Timestamp) -> String {
        String(InstantText.text(instant, in: zone).prefix(16).map { $0 == "T" ? " " : $0 })
      }
      return Failure(.noData, cause, "the store's readings are from \(minute(first)) to \(minute(last))")
    }
    let place = DamageText.line(damage, in: path)
    return Failure(.noData, "\(cause); part of the store is damaged: \(place)", "see 'wattlog verify'")
  }

  /// A word that names no device: mistyped, or the name of one that damage hides.
  private func failure(_ unknown: UnknownDevice) -> Failure {
    let word = SafeText.printable(unknown.word)
    let cause: String
    let advice: String
    switch unknown.reason {
    case .isSeveral(let names):
      return .usage(
        "'\(word)' is in several places: " + names.map { "'\(SafeText.printable($0))'" }.joined(separator: ", "),
        "name one of these")
    case .matchesNone: (cause, advice) = ("no device matches '\(word)'", "'wattlog status' lists the devices")
    case .namesNone: (cause, advice) = ("no device is called '\(word)'", "'wattlog device list' lists them")
    }
    if let meant = Arguments.suggestion(for: unknown.word, among: unknown.names) {
      return Failure(.noData, cause, meant)
    }
    return reader.damage.contains { !$0.isNormal } ? noReading(cause, in: .utc) : Failure(.noData, cause, advice)
  }

  /// The devices that `--device` selects. All without the option.
  func selected(_ arguments: Arguments) throws(Failure) -> [LogicalDevice] { try selected(arguments, among: devices) }

  func selected(_ arguments: Arguments, among devices: [LogicalDevice]) throws(Failure) -> [LogicalDevice] {
    do throws(UnknownDevice) {
      return try self.devices(matching: arguments.texts(.device), among: devices)
    } catch {
      throw failure(error)
    }
  }

  /// The device that a person names.
  func device(_ word: String) throws(Failure) -> LogicalDevice {
    do throws(UnknownDevice) {
      return try device(named: word)
    } catch {
      throw failure(error)
    }
  }

  /// The name of the device that the configuration declares as main meter.
  func mainMeter(_ settings: Settings, _ console: Console) -> String? {
    guard let word = settings.configuration.site.mainMeter else { return nil }
    let found = mainMeter(word)
    if found == nil {
      console.error(
        "site.mainMeter: the store has no device '\(SafeText.printable(word))'; totals are sums of the plugs")
    }
    return found
  }
}

extension Failure {
  /// Why something is no correction.
  init(_ refusal: CorrectionEntry.Refusal, store: String) {
    switch refusal {
    case .noName(let name):
      self = .usage("'\(SafeText.printable(name))' is no name", "a name is one line of at most 64 bytes")
    case .nameTaken(let name):
      self = .usage(
        "another device is called '\(SafeText.printable(name))'",
        "to join them write 'wattlog device swap OLD NEW --at T'")
    case .notInPlaces:
      self = .usage("one of the plugs is not in that place at that time", "'wattlog device list' shows swaps")
    case .notInPlace: self = .usage("no plug is in that place at that time", "'wattlog device list' says")
    case .noImport:
      self.init(.noData, "nothing of that kind was imported for it", "'wattlog device list' shows what was")
    case .noCorrection(let id):
      self.init(.noData, "there is no correction \(id)", "'wattlog device list' numbers them")
    case .takenBack(let id, let other):
      self.init(
        .usage, "correction \(id) was taken back by correction \(other) already",
        "'wattlog device undo \(other)' revives it")
    case .noID(let id):
      self = .usage(
        "'\(SafeText.printable(id))' is no number of a correction and no id of an event",
        "'wattlog device list' numbers the corrections, 'wattlog events -f json' prints ids")
    case .noDecision(let id):
      self.init(.noData, "no decision has the id '\(SafeText.printable(id))'", "'wattlog events -f json' prints ids")
    case .noReading: self.init(.noData, "the store holds no reading yet")
    case .tooLong:
      self.init(.failed, "the correction cannot be written as a line of text; its names are too long")
    case .storage(let error): self.init(error, store: store)
    case .notWritten(let cause): self.init(.failed, "the correction cannot be written: \(cause)")
    }
  }
}
