/// What to subscribe to when the user names nothing.
public enum DefaultTopics {
  /// One filter per depth and last level that is recorded. FullTopic may put the prefix anywhere and add levels, so
  /// a filter names no level but the last. Never `#`: what is not recorded need not cross the network.
  public static let filters: [String] = {
    let lastLevels =
      ["SENSOR", "ENERGY", "STATUS8", "STATUS10", "LWT", "RESULT", "INFO1", "INFO2", "INFO3", "MARGINS", "POWER"]
      + (1...8).map { "POWER\($0)" }
    return lastLevels.flatMap { last in (1...6).map { String(repeating: "+/", count: $0) + last } }
      + ["tasmota/discovery/+/config"]
  }()
}
