/// The words that stand for `%prefix%` in a topic where discovery has not told them.
public struct TopicPrefixes: Sendable, Equatable {
  public var command: String
  public var status: String
  public var telemetry: String

  public init(command: String, status: String, telemetry: String) {
    self.command = command
    self.status = status
    self.telemetry = telemetry
  }

  /// The firmware's own: `cmnd`, `stat`, `tele` (my_user_config.h).
  public static let standard = TopicPrefixes(command: "cmnd", status: "stat", telemetry: "tele")
}
