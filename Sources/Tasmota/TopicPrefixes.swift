/// The words that stand for `%prefix%` in a topic where discovery has not told them.
package struct TopicPrefixes: Sendable, Equatable {
  package var command: String
  package var status: String
  package var telemetry: String

  package init(command: String, status: String, telemetry: String) {
    self.command = command
    self.status = status
    self.telemetry = telemetry
  }

  /// The firmware's own: `cmnd`, `stat`, `tele` (my_user_config.h).
  package static let standard = TopicPrefixes(command: "cmnd", status: "stat", telemetry: "tele")
}
