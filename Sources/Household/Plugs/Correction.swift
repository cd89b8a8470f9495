public import Readings
public import Storage

/// One thing that a person put right (`wattlog device …`): a line of the store's `corrections`.
///
/// Plugs are named by their MAC, or their topic where no MAC is known, so that a correction holds whatever the plug is
/// called later. Stored readings never change: reports apply corrections when they are made.
public struct Correction: Hashable, Sendable {
  /// 1, 2, 3, …
  public var id: Int
  public var enteredAt: Timestamp
  public var action: Action
  /// MACs or topics; more than one where the time spans a swap. Empty for ``Action/undo(_:)``; for ``Action/removeImport``
  /// the topics of imported series.
  public var devices: [String]
  /// What the plug was called when this was entered.
  public var name: String
  public var why: String

  public enum Action: Hashable, Sendable {
    case rename(to: String)
    /// From `at` on the plug `new` continues the series.
    case swap(new: String, newName: String, at: Timestamp)
    case ignore(from: Timestamp, to: Timestamp)
    /// Energy times `factor`; without an end it holds on.
    case scale(factor: ScaleFactor, from: Timestamp, to: Timestamp?)
    /// What was imported is as if it had not been.
    case removeImport
    /// Takes an earlier correction back.
    case undo(Int)
    /// Takes a decision of the accounting back, by the id that `events` prints.
    case undoDecision(String)
  }

  public init(
    id: Int, enteredAt: Timestamp, action: Action, devices: [String] = [], name: String = "", why: String = ""
  ) {
    self.id = id
    self.enteredAt = enteredAt
    self.action = action
    self.devices = devices
    self.name = name
    self.why = why
  }
}

/// A positive decimal such as 0.98, at most 1000, with at most six digits after the point.
public struct ScaleFactor: Hashable, Sendable {
  public let millionths: Int64

  public init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let whole = parts.first, !whole.isEmpty, whole.utf8.count <= 4,
      parts.allSatisfy({ part in !part.isEmpty && part.utf8.allSatisfy { (48...57).contains($0) } }),
      let units = Int64(whole)
    else { return nil }
    let digits = parts.count == 2 ? parts[1] : ""
    guard digits.utf8.count <= 6, let fraction = Int64(digits + String(repeating: "0", count: 6 - digits.utf8.count))
    else { return nil }
    let millionths = units * 1_000_000 + fraction
    guard (1...1_000_000_000).contains(millionths) else { return nil }
    self.millionths = millionths
  }

  public var text: String {
    var text = Decimal.string(millionths, places: 6)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }
}

/// All corrections of a store, and which of them are in force.
public struct Corrections: Sendable {
  /// In the order of entry.
  public let entries: [Correction]
  /// By the id of what was taken back, the correction that did it.
  public let undone: [Int: Int]
  /// Lines that are no correction, by number.
  public let unreadable: [Int]

  public init(_ entries: [Correction] = [], unreadable: [Int] = []) {
    self.entries = entries
    self.unreadable = unreadable.sorted()
    var undone: [Int: Int] = [:]
    // From the last on: taking back an undo brings what it took back into force again.
    for entry in entries.reversed() {
      guard undone[entry.id] == nil, case .undo(let target) = entry.action, target < entry.id else { continue }
      if undone[target] == nil { undone[target] = entry.id }
    }
    self.undone = undone
  }

  /// From the lines of the file: number and text.
  public init(lines: [(number: Int, text: String)], damaged: [Int]) {
    var entries: [Correction] = []
    var unreadable = damaged
    for line in lines {
      if let entry = Correction(line.text), entries.last.map({ $0.id < entry.id }) ?? true {
        entries.append(entry)
      } else {
        unreadable.append(line.number)
      }
    }
    self.init(entries, unreadable: unreadable)
  }

  public var inForce: [Correction] { entries.filter { undone[$0.id] == nil } }

  /// What the next one is numbered.
  public var nextID: Int { (entries.last?.id ?? 0) + 1 }
}

extension Corrections {
  /// From the store's file.
  public init(_ file: CorrectionFile.Contents) {
    self.init(lines: file.lines.map { ($0.number, $0.text) }, damaged: file.damaged)
  }
}
