/// What a plug is, and stays whatever happens to it.
struct PlugBuild: Sendable {
  let name: String
  /// The plug with which it may exchange topics.
  let partner: String?
  /// Lamps are switched by the plug's own relay.
  let isSwitched: Bool
  /// Solar plugs have a meter for both directions, and so has the main meter of a house with panels.
  let isMeteringExport: Bool
  /// A meter behind the fuse box: each phase has a voltage of its own, and its driver finds the phases after a start.
  let isPhaseMeter: Bool
  /// What each phase has beside the house's voltage; the main meter's are all the same.
  let hasOwnVoltages: Bool
  /// By how much a bridge's copies come later than the messages, in milliseconds.
  let copyDelay: Int64

  init(_ device: SimulatedDevice, partner: String?, copyDelay: Int64, _ options: SimulationOptions) {
    name = device.name
    self.partner = partner
    self.copyDelay = copyDelay
    isSwitched = device.kind == .lamp
    isPhaseMeter = device.kind == .mains || device.kind == .wallbox
    hasOwnVoltages = device.kind == .wallbox
    isMeteringExport =
      device.kind == .solar || device.kind == .mains && options.devices.contains { $0.kind == .solar }
  }
}
