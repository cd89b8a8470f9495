import Readings
import Storage

/// DeviceName: what a plug calls itself before people, as discovery tells it (`dn`).
public enum FriendlyName {
  /// The firmware's default (my_user_config.h, FRIENDLY_NAME): nobody has given the plug a name. Channels but the first
  /// have their number behind it.
  private static let untold = "tasmota"
  /// As long as a name may be that a person gives, in bytes.
  private static let maximumByteCount = 64

  /// The name that an event of discovery tells, as it can stand for a plug; nil for one that says nothing.
  ///
  /// - Parameter detail: `mac topic name firmware`, separated by tabs.
  public static func told(in detail: String) -> String? {
    let words = detail.split(separator: "\t", omittingEmptySubsequences: false)
    guard words.count >= 3, let name = sound(words[2]), name.lowercased() != untold else { return nil }
    return name
  }

  /// The names of a plug's channels by their numbers, as an event of discovery tells them: those that tell a channel from
  /// the others and from the plug. Empty of a plug with one.
  static func channels(in detail: String) -> [Int: String] {
    let words = detail.split(separator: "\t", omittingEmptySubsequences: false)
    guard words.count >= 6 else { return [:] }
    let plug = sound(words[2])?.lowercased() ?? untold
    let names = words[4...].map { sound($0) }
    var told: [Int: String] = [:]
    for (place, name) in names.enumerated() {
      guard let name, names.count(where: { $0?.lowercased() == name.lowercased() }) == 1 else { continue }
      let isDefault = [plug, untold].contains { word in
        name.lowercased().hasPrefix(word) && name.dropFirst(word.count).allSatisfy { $0.isNumber || $0 == " " }
      }
      if !isDefault { told[place + 1] = name }
    }
    return told
  }

  /// Without blanks around it; nil where nothing is left, or more than a name takes.
  private static func sound(_ word: Substring) -> String? {
    let blank = { (character: Character) in character == " " }
    let name = String(word.drop(while: blank).reversed().drop(while: blank).reversed())
    return name.isEmpty || name.utf8.count > maximumByteCount ? nil : name
  }

  /// What a plug is called before people: the name that it told, with its topic behind it where something else is called
  /// so, too, in any case of letters.
  public static func shown(_ told: String, topic: String, among others: some Sequence<String>) -> String {
    if told == topic { return told }
    let folded = told.lowercased()
    return others.contains { $0.lowercased() == folded } ? "\(told) (\(topic))" : told
  }

  /// What plugs told last, by MAC: details of events.
  static func details(of macs: Set<String>, in reader: StoreReader) -> [String: String] {
    guard !macs.isEmpty else { return [:] }
    var last: [String: Event] = [:]
    reader.eventsFromTheNewest { events, before in
      for event in events where event.kind == .discovery {
        guard let mac = event.device?.mac, macs.contains(mac), last[mac].map({ $0.at <= event.at }) ?? true else {
          continue
        }
        last[mac] = event
      }
      // Segments may overlap in time: what is still to come may be newer than what was found.
      guard let before, last.count == macs.count, let oldest = last.values.map(\.at).min() else { return true }
      return before >= oldest
    }
    return last.mapValues(\.detail)
  }
}
