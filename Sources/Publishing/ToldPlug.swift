import Household
import Readings
import Text

/// A plug's place in the house as Home Assistant was last told of it.
struct ToldPlug {
  var identity: PlugIdentity
  /// Who was there, and when, as the store has it.
  var members: [LogicalDevice.Member] = []
  var counters: [Counter] = []
  /// What was last said of its sensors where they were offered: as long as it is the same, nothing need be written to see
  /// that the offer is.
  var offered: [Offered: Sensor.About] = [:]
  var last: Timestamp?
  var isUntold = true
  /// When states were last sent, of the steady clock.
  var toldAt: Int64?

  init(identity: PlugIdentity) { self.identity = identity }

  struct Counter {
    var channel: Int?
    var use: Figure
    /// nil where nothing ever went back.
    var export: Figure?
  }

  /// One of its sensors.
  struct Offered: Hashable {
    var kind: SensorKind
    var channel: Int?
  }

  mutating func forgetSent() {
    isUntold = true
    toldAt = nil
    offered = [:]
  }
}
