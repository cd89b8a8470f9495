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
  /// The firmware or its watchdog restarts the plug: counters go on, Settings are not saved, INFO3 tells why.
  case crash
  /// `EnergyToday`, `EnergyYesterday`, `EnergyTotal` or the older `EnergyReset` with any value.
  case energyCommands = "energy-commands"
  /// One SENSOR message arrives seconds to an hour after newer ones, as some bridges deliver it.
  case late
  /// Nothing arrives for minutes to hours, then all of it at once.
  case heldUp = "held-up"
  /// Two plugs of the household exchange their topics; each keeps its MAC and its counters.
  case tradedTopics = "traded-topics"
  /// SetOption129 is switched: the totals of several channels become arrays, or one number again.
  case splitTotals = "split-totals"

  /// What befalls one plug by itself, its messages arriving in their order.
  public static let ordinary: [Fault] = [
    .powerCut, .reset, .glitch, .offline, .clock1970, .swap, .retained, .restart,
  ]
}
