public import Calendar
import EnergyAccounting
public import Readings
import Reporting
public import Storage
import Text

/// Makes corrections of what a person says of the plugs, and appends them to the store's file.
public struct CorrectionEntry {
  /// Why something is no correction.
  public enum Refusal: Error, Sendable {
    /// A name is one line of at most 64 bytes.
    case noName(String)
    case nameTaken(String)
    /// One of two plugs is not in the place that is named, at the time of their swap.
    case notInPlaces
    /// No plug is in that place at any time of the range.
    case notInPlace
    /// Nothing of that source was imported for it.
    case noImport
    /// There is no correction of that number.
    case noCorrection(Int)
    case takenBack(Int, by: Int)
    /// Neither the number of a correction nor the id of a decision.
    case noID(String)
    /// No decision has that id.
    case noDecision(String)
    case noReading
    /// With its names the line would be longer than the file takes.
    case tooLong
    case storage(StorageError)
    /// The line was not written, with the cause.
    case notWritten(String)
  }

  let store: HouseholdStore
  /// When it is entered.
  let now: Timestamp

  /// - Parameter now: by the machine's clock; kept to whole seconds.
  public init(_ store: HouseholdStore, now: Timestamp) {
    self.store = store
    self.now = now.truncated(toMilliseconds: 1000)
  }

  // MARK: Drafts: corrections without number and reason

  public func rename(_ device: LogicalDevice, to name: String) throws(Refusal) -> Correction {
    guard (1...64).contains(name.utf8.count), !name.unicodeScalars.contains(where: SafeText.isSteering) else {
      throw .noName(name)
    }
    if device.name != name, store.devices.contains(where: { $0.name == name }) { throw .nameTaken(name) }
    return draft(.rename(to: name), device, keys: [device.series.members[0].key])
  }

  /// - Parameter at: the first instant of the new plug.
  public func swap(_ old: LogicalDevice, for new: LogicalDevice, at: Timestamp) throws(Refusal) -> Correction {
    guard let oldKey = old.series.keys(in: at.advanced(byMilliseconds: -1)..<at).first,
      let newKey = new.series.keys(in: at..<at.advanced(byMilliseconds: 1)).first
    else { throw .notInPlaces }
    return draft(.swap(new: newKey, newName: new.name, at: at), old, keys: [oldKey])
  }

  public func ignore(_ device: LogicalDevice, in range: Range<Timestamp>) throws(Refusal) -> Correction {
    let keys = try keys(of: device, from: range.lowerBound, to: range.upperBound)
    return draft(.ignore(from: range.lowerBound, to: range.upperBound), device, keys: keys)
  }

  /// - Parameter to: nil where it holds on.
  public func scale(
    _ device: LogicalDevice, by factor: ScaleFactor, from: Timestamp, to: Timestamp?
  ) throws(Refusal) -> Correction {
    draft(.scale(factor: factor, from: from, to: to), device, keys: try keys(of: device, from: from, to: to))
  }

  /// Takes back everything that was imported for a device from one kind of source.
  public func removeImports(of device: LogicalDevice, from source: ImportedOrigin.Source) throws(Refusal) -> Correction
  {
    let topics = device.series.members.map { store.storedDevice(at: $0.index).device }
      .filter { $0.imported?.source == source }.map(\.topic)
    guard !topics.isEmpty else { throw .noImport }
    return draft(.removeImport, device, keys: Set(topics).sorted())
  }

  /// Takes a correction back, by its number.
  public func undo(_ target: Int) throws(Refusal) -> Correction {
    try CorrectionEntry.check(undo: target, store.corrections)
    let name = store.corrections.entries.first { $0.id == target }?.name ?? ""
    return Correction(id: 0, enteredAt: now, action: .undo(target), name: name)
  }

  /// Takes a decision of the accounting back, by the id that `events` prints.
  ///
  /// - Parameter zone: the site's, by which the decisions are made again.
  public func undo(decision id: String, zone: TimeZoneRules) throws(Refusal) -> Correction {
    guard DecisionID.isShaped(id) else { throw .noID(id) }
    guard let first = store.firstReading, let last = store.lastReading else { throw .noReading }
    let range = first..<last.advanced(byMilliseconds: 1000)
    for device in store.devices {
      let ledgers = LedgerQuery(store, [device], zone: zone).ledgers(over: range)
      guard ledgers.contains(where: { $0.ledger.events.contains { $0.decision == id } }) else { continue }
      return draft(.undoDecision(id), device, keys: device.series.keys(in: DeviceSeries.always))
    }
    throw .noDecision(id)
  }

  private func draft(_ action: Correction.Action, _ device: LogicalDevice, keys: [String]) -> Correction {
    Correction(id: 0, enteredAt: now, action: action, devices: keys, name: device.name)
  }

  private func keys(of device: LogicalDevice, from: Timestamp, to: Timestamp?) throws(Refusal) -> [String] {
    let keys = device.series.keys(in: from..<(to ?? DeviceSeries.always.upperBound))
    guard !keys.isEmpty else { throw .notInPlace }
    return keys
  }

  private static func check(undo target: Int, _ there: Corrections) throws(Refusal) {
    guard there.entries.contains(where: { $0.id == target }) else { throw .noCorrection(target) }
    if let other = there.undone[target] { throw .takenBack(target, by: other) }
  }

  // MARK: The file

  /// Appends a draft, and returns it with its number when it survives a power cut.
  public func append(_ draft: Correction) throws(Refusal) -> Correction {
    var entry = draft
    do {
      try append(to: store.fileSystem) { contents throws(Refusal) in
        // Another process may have added some since the store was opened.
        let there = Corrections(contents)
        entry.id = there.nextID
        if case .undo(let target) = entry.action { try CorrectionEntry.check(undo: target, there) }
        let line = entry.line
        guard line.utf8.count <= CorrectionFile.maximumLineByteCount, Correction(line) == entry else {
          throw Refusal.tooLong
        }
        return line
      }
    } catch let error as StorageError {
      throw .storage(error)
    } catch let refusal as Refusal {
      throw refusal
    } catch {
      throw .notWritten("\(error)")
    }
    return entry
  }

  private func append(
    to fileSystem: some FileSystem, _ make: (CorrectionFile.Contents) throws(Refusal) -> String
  ) throws {
    try CorrectionFile.append(directory: store.path, fileSystem: fileSystem, make)
  }
}
