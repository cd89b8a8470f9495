/// What MQTT allows as a topic filter (MQTT 5, §4.7).
public enum TopicFilter {
  /// Why `filter` is none, as the end of a sentence; nil when it is one.
  public static func problem(of filter: String) -> String? {
    if filter.isEmpty { return "must not be empty" }
    if filter.utf8.count > 1024 { return "is longer than 1024 bytes" }
    if filter.unicodeScalars.contains("\0") { return "must not hold a zero character" }
    if filter == "#" {
      return "would subscribe to everything on the broker; name the topics, such as \"tele/+/SENSOR\""
    }
    let levels = filter.split(separator: "/", omittingEmptySubsequences: false)
    for (index, level) in levels.enumerated() {
      if level.contains("#"), level != "#" || index != levels.count - 1 {
        return "has '#' elsewhere than as the whole last level"
      }
      if level.contains("+"), level != "+" { return "has '+' beside other characters of a level" }
    }
    return nil
  }
}
