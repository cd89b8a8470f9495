/// A message that is due; its text is made from the plug's state when its turn comes, before the state moves on.
enum Outgoing: Sendable {
  case availability(online: Bool)
  /// The empty `cmnd/<topic>/POWER` with which the firmware asks for a retained command.
  case commandPower
  /// INFO1 to INFO3.
  case info(Int)
  /// `stat/<topic>/RESULT` and `stat/<topic>/POWER<channel>` after a relay switched or at the start.
  case relayResult(Int)
  case relay(Int)
  case state
  case sensor(withPeriod: Bool)
  case margins
  case discoveryConfig
  case discoverySensors
  /// The answer to `EnergyTotal`, `EnergyToday` or `EnergyYesterday`.
  case energyResult(StaticString)
  /// The answer to `Restart 1`.
  case restarting
  /// The answer to `SetOption…`.
  case optionResult(StaticString, isOn: Bool)
  /// The answer to `Status 8`.
  case status
  /// Made earlier; arrives now.
  case held(HeldMessage)
  /// What the broker has kept, repeated to a new subscriber.
  case stored(Stored)

  enum Stored: Sendable, Equatable { case availability, discoveryConfig, discoverySensors, sensor }

  /// The retain flag with which the plug (or its will) publishes it.
  func isPublishedRetained(_ options: SimulationOptions) -> Bool {
    switch self {
    case .availability, .discoveryConfig, .discoverySensors, .stored: true
    case .sensor, .margins: options.faults.contains(.retained)
    case .held(let message): message.publishRetained
    default: false
    }
  }

  var isStored: Bool {
    if case .stored = self { return true }
    return false
  }
}
