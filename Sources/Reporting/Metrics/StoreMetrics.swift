public import Readings
public import Text

/// What `status -f prometheus` says of store and recorder.
public struct StoreMetrics: Sendable {
  public struct Plug: Sendable {
    public var name: String
    /// One with channel nil, or one for each counter of its own.
    public var counters: [Counter]
    public var lastReading: Timestamp
    /// The power of the last reading where it still says something about now.
    public var power: Figure?
    public var isOnline: Bool

    public init(name: String, counters: [Counter], lastReading: Timestamp, power: Figure?, isOnline: Bool) {
      self.name = name
      self.counters = counters
      self.lastReading = lastReading
      self.power = power
      self.isOnline = isOnline
    }
  }

  /// What the accounting counted since the first reading.
  public struct Counter: Sendable {
    public var channel: Int?
    public var use: Energy
    public var export: Energy
    /// Digits of kWh that the plug's counter is printed with.
    public var places: Int

    public init(channel: Int?, use: Energy, export: Energy, places: Int) {
      self.channel = channel
      self.use = use
      self.export = export
      self.places = min(max(places, 0), 6)
    }
  }

  public var plugs: [Plug]
  public var isRecording: Bool
  /// nil where no recorder answers.
  public var isConnected: Bool?
  /// Messages of plugs that were broken, by reason.
  public var refused: [String: Int64]

  public init(plugs: [Plug], isRecording: Bool, isConnected: Bool?, refused: [String: Int64]) {
    self.plugs = plugs
    self.isRecording = isRecording
    self.isConnected = isConnected
    self.refused = refused
  }

  public var exposition: Exposition {
    func each(_ value: (Plug) -> Figure?) -> [Exposition.Sample] {
      plugs.compactMap { plug in value(plug).map { Exposition.Sample([.init("device", plug.name)], $0) } }
    }
    func counted(_ energy: (Counter) -> Energy, where isWanted: (Plug) -> Bool = { _ in true }) -> [Exposition.Sample] {
      plugs.filter(isWanted).flatMap { plug in
        plug.counters.map { counter in
          Exposition.Sample(
            [.init("device", plug.name), .init("channel", counter.channel.map(String.init) ?? "")],
            Figure(energy(counter).mantissa(places: counter.places), places: counter.places))
        }
      }
    }
    func flag(_ isSet: Bool) -> Figure { Figure(isSet ? 1 : 0) }
    var text = Exposition()
    text.add(
      "wattlog_energy_kwh_total", .counter,
      help: "Energy used since the plug's first reading, as reports count it.",
      counted(\.use))
    text.add(
      "wattlog_export_kwh_total", .counter, help: "Energy that went back to the grid since the plug's first reading.",
      counted(\.export) { plug in plug.counters.contains { $0.export != .zero } })
    text.add(
      "wattlog_power_watts", .gauge, help: "Power of the plug's last reading, not older than an hour.", each(\.power))
    text.add(
      "wattlog_last_reading_timestamp_seconds", .gauge, help: "When the plug's last reading was received.",
      each { Figure($0.lastReading.milliseconds, places: 3) })
    text.add(
      "wattlog_device_online", .gauge, help: "1 while the plug is there, as far as its last words tell.",
      each { flag($0.isOnline) })
    text.add("wattlog_recorder_up", .gauge, help: "1 while a recorder holds the store.", [.init([], flag(isRecording))])
    text.add(
      "wattlog_broker_connected", .gauge, help: "1 while the recorder is connected to its broker.",
      isConnected.map { [.init([], flag($0))] } ?? [])
    text.add(
      "wattlog_refused_messages_total", .counter, help: "Messages of plugs that were broken and not stored.",
      refused.sorted { $0.key < $1.key }.map { .init([.init("reason", $0.key)], Figure($0.value)) })
    return text
  }
}
