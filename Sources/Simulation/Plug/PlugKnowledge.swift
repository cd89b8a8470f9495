/// What the messages up to now let a reader know of a plug, and what the broker keeps of them.
struct PlugKnowledge: Sendable {
  /// No reading of this plug has arrived yet from which a reader could count on.
  private(set) var isBaseUnknown = true
  /// Discovery has told the plug's MAC. A new plug's first SENSOR comes before that.
  private(set) var isAnnounced = true
  /// The plug speaks under another's topic, and discovery has not said so yet.
  private(set) var isMisnamed = false
  /// Retained payloads of discovery's `sensors`, and of SENSOR with SensorRetain.
  private(set) var sensors: [UInt8] = []
  private(set) var sensor: [UInt8] = []

  mutating func announce() {
    isAnnounced = true
    isMisnamed = false
  }

  mutating func misname() {
    isAnnounced = false
    isMisnamed = true
  }

  mutating func keep(sensors payload: [UInt8]) { sensors = payload }

  mutating func keep(sensor payload: [UInt8]) { sensor = payload }

  /// Another plug hangs there now.
  mutating func exchange() {
    isBaseUnknown = true
    isAnnounced = false
    sensors = []
  }

  /// A reading has arrived. - Returns: true where nothing could be known of the energy before it.
  mutating func readingArrived() -> Bool {
    guard isBaseUnknown else { return false }
    isBaseUnknown = !isAnnounced
    return true
  }
}
