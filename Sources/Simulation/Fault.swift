/// What may go wrong in a simulated household. The raw value is the name on the command line.
public enum Fault: String, Sendable, CaseIterable, Hashable {
  /// The plug loses its supply: RTC memory is gone and `Total` falls back to what the flash held.
  case powerCut = "power-cut"
  /// Somebody sends `EnergyTotal 0`, clears all counters, or sets `EnergyTotal` to another value.
  case reset
  /// One SENSOR message with a false zero or a wild value, then all is well again.
  case glitch
  /// The network is away while the plug counts on.
  case offline
  /// After a short power cut no time server answers: the plug's clock counts from 1970 for minutes to hours.
  case clock1970 = "clock-1970"
  /// Another plug takes over the topic: other MAC, other counters.
  case swap
  /// SensorRetain is on and the subscriber connects again now and then: stale SENSOR messages arrive.
  case retained
  /// A wanted restart (`Restart 1`): counters go on, Settings are saved.
  case restart
}
