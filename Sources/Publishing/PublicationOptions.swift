public import Configuration

/// What is published for Home Assistant, and how often.
public struct PublicationOptions: Sendable {
  /// The kinds of sensors beside energy, which is always there.
  public var sensors: Set<Configuration.Publish.Sensor>
  /// Between two states of one plug, in milliseconds.
  public var interval: Int64
  /// The first level of discovery topics, as Home Assistant is set to.
  public var discoveryPrefix: String
  /// Of this program, for the device pages.
  public var version: String

  public init(_ configured: Configuration.Publish, version: String) {
    sensors = Set(configured.sensors).union([.energy])
    interval = configured.intervalMilliseconds
    discoveryPrefix = configured.discoveryPrefix
    self.version = version
  }
}
