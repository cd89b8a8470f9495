import Calendar
import Configuration
import EnergyAccounting
import Readings
import Reporting
import Storage
import Text

/// Makes a correction of a person's words, and appends it to the store's file.
struct DeviceCorrection {
  let store: StoreAccess
  let zone: SiteZone
  let arguments: Arguments

  /// Appends the correction that a command asks for.
  ///
  /// - Returns: its number, and what it does in words.
  func entered(_ verb: String, at: Option, why: Option) throws(Failure) -> (id: Int, sentence: String) {
    var draft = try draft(verb, at: at)
    draft.why = arguments.text(why) ?? ""
    guard draft.why.utf8.count <= 1000, !draft.why.unicodeScalars.contains(where: SafeText.isSteering) else {
      throw arguments.refusal(why, "must be one line of at most 1000 bytes")
    }
    do {
      try CorrectionFile.append(directory: store.path) { contents in
        // Another process may have added some since the store was opened.
        let there = Corrections(contents)
        draft.id = there.nextID
        if case .undo(let target) = draft.action { try checkUndo(target, there) }
        let line = draft.line
        guard line.utf8.count <= CorrectionFile.maximumLineByteCount, Correction(line) == draft else {
          throw Failure(.failed, "the correction cannot be written as a line of text; its names are too long")
        }
        return line
      }
    } catch let error as StorageError {
      throw Failure(error, store: store.path)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.failed, "the correction cannot be written: \(error)")
    }
    return (draft.id, DeviceCorrection.words(draft, zone: zone))
  }

  private func draft(_ verb: String, at: Option) throws(Failure) -> Correction {
    let now = SystemClock.now.truncated(toMilliseconds: 1000)
    let words = Array(arguments.operands.dropFirst())
    func made(_ action: Correction.Action, _ device: LogicalDevice, keys: [String]) -> Correction {
      Correction(id: 0, enteredAt: now, action: action, devices: keys, name: device.name)
    }
    switch verb {
    case "rename":
      let device = try store.device(words[0])
      let name = words[1]
      guard (1...64).contains(name.utf8.count), !name.unicodeScalars.contains(where: SafeText.isSteering) else {
        throw .usage("'\(SafeText.printable(name))' is no name", "a name is one line of at most 64 bytes")
      }
      if let other = store.devices.first(where: { $0.name == name }), other.name != device.name {
        throw .usage(
          "another device is called '\(SafeText.printable(name))'",
          "to join them write 'wattlog device swap OLD NEW --at T'")
      }
      return made(.rename(to: name), device, keys: [device.series.members[0].key])
    case "swap":
      let (old, new) = (try store.device(words[0]), try store.device(words[1]))
      guard let at = try zone.instant(at, arguments, now: now) else { throw .usage("'device swap' needs --at") }
      guard let oldKey = old.series.keys(in: at.advanced(byMilliseconds: -1)..<at).first,
        let newKey = new.series.keys(in: at..<at.advanced(byMilliseconds: 1)).first
      else { throw .usage("one of the plugs is not in that place at that time", "'wattlog device list' shows swaps") }
      return made(.swap(new: newKey, newName: new.name, at: at), old, keys: [oldKey])
    case "ignore", "scale":
      let device = try store.device(words[0])
      guard let from = try zone.instant(.from, arguments, now: now) else { throw .usage("'\(verb)' needs --from") }
      let to = try zone.instant(.to, arguments, now: now)
      guard to.map({ from < $0 }) ?? true else {
        throw .usage("the range is empty: --from is not before --to", "--to is the first instant that is not included")
      }
      let keys = device.series.keys(in: from..<(to ?? DeviceSeries.always.upperBound))
      guard !keys.isEmpty else { throw .usage("no plug is in that place at that time", "'wattlog device list' says") }
      if verb == "ignore", let to { return made(.ignore(from: from, to: to), device, keys: keys) }
      guard let factor = ScaleFactor(words[1]) else {
        throw .usage(
          "'\(SafeText.printable(words[1]))' is no factor", "write a number such as 0.98, at most 1000, six decimals")
      }
      return made(.scale(factor: factor, from: from, to: to), device, keys: keys)
    default:
      if let target = Int(words[0]) {
        try checkUndo(target, store.corrections)
        let name = store.corrections.entries.first { $0.id == target }?.name ?? ""
        return Correction(id: 0, enteredAt: now, action: .undo(target), name: name)
      }
      return try undoneDecision(words[0], now: now)
    }
  }

  private func undoneDecision(_ id: String, now: Timestamp) throws(Failure) -> Correction {
    guard DecisionID.isShaped(id) else {
      throw .usage(
        "'\(SafeText.printable(id))' is no number of a correction and no id of an event",
        "'wattlog device list' numbers the corrections, 'wattlog events -f json' prints ids")
    }
    guard let first = store.firstReading, let last = store.lastReading else {
      throw Failure(.noData, "the store holds no reading yet")
    }
    let range = first..<last.advanced(byMilliseconds: 1000)
    for device in store.devices {
      let ledgers = try LedgerReading(store: store, devices: [device], zone: zone.rules).ledgers(over: range)
      guard ledgers.contains(where: { $0.ledger.events.contains { $0.decision == id } }) else { continue }
      let keys = device.series.keys(in: DeviceSeries.always)
      return Correction(id: 0, enteredAt: now, action: .undoDecision(id), devices: keys, name: device.name)
    }
    throw Failure(.noData, "no decision has the id '\(SafeText.printable(id))'", "'wattlog events -f json' prints ids")
  }

  private func checkUndo(_ target: Int, _ there: Corrections) throws(Failure) {
    guard there.entries.contains(where: { $0.id == target }) else {
      throw Failure(.noData, "there is no correction \(target)", "'wattlog device list' numbers them")
    }
    if let by = there.undone[target] {
      throw Failure(
        .usage, "correction \(target) was taken back by correction \(by) already",
        "'wattlog device undo \(by)' revives it")
    }
  }

  /// What a correction does.
  static func words(_ correction: Correction, zone: SiteZone) -> String {
    func local(_ instant: Timestamp) -> String { InstantText.text(instant, in: zone.rules) }
    let name = SafeText.printable(correction.name)
    switch correction.action {
    case .rename(let to): return "\(name) is called \(SafeText.printable(to))"
    case .swap(_, let new, let at): return "\(SafeText.printable(new)) took the place of \(name) at \(local(at))"
    case .ignore(let from, let to): return "\(name) is left out from \(local(from)) to \(local(to))"
    case .scale(let factor, let from, let to):
      return "energy of \(name) × \(factor.text) from \(local(from))" + (to.map { " to \(local($0))" } ?? " on")
    case .undo(let target): return "correction \(target) is taken back"
    case .undoDecision(let event): return "decision \(event) on \(name) is taken back"
    }
  }
}
