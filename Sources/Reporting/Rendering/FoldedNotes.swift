import Calendar
import EnergyAccounting
import Readings
import Text

/// Notes as a person wants to read them: many of one kind about one device become one line with counts and sums.
///
/// JSON and the page hold every note; these are the table's.
struct FoldedNotes {
  struct Line {
    var id: String
    var device: String?
    /// When it was, with a blank behind; empty where it has no time of its own.
    var times: String
    var text: String
  }

  private(set) var lines: [Line] = []
  /// The id under which a note is printed, where that is another's.
  private var standIns: [String: String] = [:]

  /// More notes of one kind about one device than this become one.
  private static let limit = 3

  init(_ report: Report, wording: ReportWording) {
    var groups: [String: [Int]] = [:]
    for (index, note) in report.notes.enumerated() {
      guard let device = note.device, note.cause != nil else { continue }
      groups["\(note.kind)\u{0}\(device)", default: []].append(index)
    }
    var folded: [Int: [Int]] = [:]
    var isHidden = Set<Int>()
    for group in groups.values {
      // Days without power and without use are not worth a line each, even when they are few.
      let members = group.count > FoldedNotes.limit ? group : group.filter { FoldedNotes.isIdle(report.notes[$0]) }
      guard members.count > 1, let first = members.first else { continue }
      folded[first] = members
      isHidden.formUnion(members.dropFirst())
      for member in members { standIns[report.notes[member].id] = report.notes[first].id }
    }
    for (index, note) in report.notes.enumerated() where !isHidden.contains(index) {
      if let members = folded[index] {
        lines.append(
          Line(
            id: note.id, device: note.device.map { "\($0):" }, times: "",
            text: FoldedNotes.text(members.map { report.notes[$0] }, wording)))
      } else {
        lines.append(Line(id: note.id, device: note.device, times: wording.noteTimes(note), text: note.text))
      }
    }
  }

  /// The ids to print for some notes, each once.
  func ids(_ ids: [String]) -> [String] { ReportWording.unique(ids.map { standIns[$0] ?? $0 }) }

  private static func isIdle(_ note: Report.Note) -> Bool {
    note.kind == LedgerEvent.Kind.gap.rawValue && note.cause == "no-power" && note.energy == .zero
      && (note.span?.seconds ?? 0) >= 43_200
  }

  /// `23 silences, 14 h 3 min in all (plug without power 20, plug offline 3); 0.120 kWh from the counter; 'wattlog …'
  /// lists them`.
  private static func text(_ notes: [Report.Note], _ wording: ReportWording) -> String {
    let kind = notes.first?.kind ?? ""
    let isGap = kind == LedgerEvent.Kind.gap.rawValue
    var text = "\(CountText.grouped(Int64(notes.count))) \(noun(kind))"
    if isGap {
      let seconds = notes.reduce(into: Int64(0)) { $0 += $1.span?.seconds ?? 0 }
      text += ", \(ReportWording.duration(seconds)) in all"
      var counts: [String: Int] = [:]
      for note in notes { counts[note.cause ?? "", default: 0] += 1 }
      let causes = counts.sorted { a, b in a.value == b.value ? a.key < b.key : a.value > b.value }
      let words: [String] = causes.map { "\(cause($0.key)) \($0.value)" }
      text += " (\(words.joined(separator: ", ")))"
    }
    let known = notes.compactMap(\.energy)
    if !known.isEmpty {
      let energy = Figure(known.reduce(.zero, +).mantissa(places: 3), places: 3)
      text += "; \(ReportWording.grouped(energy)) kWh \(isGap ? "from the counter" : "counted")"
    }
    if isGap, known.count < notes.count { text += ", \(notes.count - known.count) of unknown use" }
    if let command = wording.listing(of: kind, device: notes.first?.device ?? "") {
      text += "; '\(command)' lists them"
    }
    return text
  }

  private static func noun(_ kind: String) -> String {
    switch LedgerEvent.Kind(rawValue: kind) {
    case .gap: "silences"
    case .fallback: "falls of the counter after power cuts"
    case .reset: "resets of the counter"
    case .counterSet: "jumps of the counter"
    case .glitch: "false readings"
    case .swap: "changes of the plug"
    case .clock: "errors of the plug's clock"
    case .imported: "imported histories"
    case .sharedTopic: "times with several plugs on one topic"
    default: "\(kind) notes"
    }
  }

  private static func cause(_ word: String) -> String {
    switch word {
    case "no-power": "plug without power"
    case "silent": "plug silent"
    case "restart": "plug restarted"
    default: String(word.map { $0 == "-" ? " " : $0 })
    }
  }
}

extension ReportWording {
  /// The command that lists events of a kind in the reported time; nil where the device's name cannot be typed.
  func listing(of kind: String, device: String) -> String? {
    guard let first = report.periods.first?.span.start, let last = report.periods.last?.span.end else { return nil }
    guard !device.isEmpty, device.utf8.allSatisfy(ReportWording.isPlain) else { return nil }
    let isGap = kind == LedgerEvent.Kind.gap.rawValue
    let start = first.civil
    let end = last.civil
    func text(_ instant: LocalInstant) -> String {
      instant.hourAndMinute == "00:00" ? instant.date : "\(instant.date)T\(instant.hourAndMinute)"
    }
    var time = "--from \(text(first))"
    // The end is left out where the period is not over.
    if isDate(last) { time += " --to \(text(last))" }
    if isGap, isDate(first), isDate(last), start.day == 1, end.day == 1 {
      let months = (end.year - start.year) * 12 + end.month - start.month
      if months == 1 { time = "-p \(first.date.dropLast(3))" }
      if months == 12, start.month == 1 { time = "-p \(start.year)" }
    }
    let command = isGap ? "gaps \(time)" : "events \(time) --kind \(kind)"
    return "wattlog \(command) --device \(device)"
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
