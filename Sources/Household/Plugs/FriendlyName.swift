import Readings
import Storage

/// DeviceName: what a plug calls itself before people, as discovery tells it (`dn`).
public enum FriendlyName {
  /// The firmware's default (my_user_config.h, FRIENDLY_NAME): nobody has given the plug a name.
  private static let untold = "tasmota"
  /// As long as a name may be that a person gives, in bytes.
  private static let maximumByteCount = 64

  /// The name that an event of discovery tells, as it can stand for a plug; nil for one that says nothing.
  ///
  /// - Parameter detail: `mac topic name firmware`, separated by tabs.
  public static func told(in detail: String) -> String? {
    let words = detail.split(separator: "\t", omittingEmptySubsequences: false)
    guard words.count >= 3 else { return nil }
    let blank = { (character: Character) in character == " " }
    let name = String(words[2].drop(while: blank).reversed().drop(while: blank).reversed())
    return name.isEmpty || name.utf8.count > maximumByteCount || name.lowercased() == untold ? nil : name
  }

  /// What a plug is called before people: the name that it told, with its topic behind it where something else is called
  /// so, too, in any case of letters.
  public static func shown(_ told: String, topic: String, among others: some Sequence<String>) -> String {
    if told == topic { return told }
    let folded = told.lowercased()
    return others.contains { $0.lowercased() == folded } ? "\(told) (\(topic))" : told
  }

  /// The names that plugs told last, by MAC.
  static func all(of macs: Set<String>, in reader: StoreReader) -> [String: String] {
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
    return last.compactMapValues { told(in: $0.detail) }
  }
}
