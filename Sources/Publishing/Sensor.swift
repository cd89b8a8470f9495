import Calendar
import Readings
import Text

/// What a sensor tells; the last level of its topics.
enum SensorKind: String, CaseIterable {
  /// Use since the first reading in the store.
  case energy
  /// What went back to the grid since then: for plugs that showed any.
  case export
  /// As the last reading has it.
  case power
  /// Since the site's day began.
  case cost
}

/// One sensor of Home Assistant: how it is announced, and its state.
struct Sensor {
  let kind: SensorKind
  let plug: PlugIdentity
  /// nil for a plug with one counter.
  let channel: Int?
  let discoveryPrefix: String

  /// How it is known for ever: by it Home Assistant keeps a sensor's statistics.
  var uniqueID: String { "\(node)_\(kind.rawValue)" }
  private var node: String { "wattlog_\(plug.id)" + (channel.map { "_\($0)" } ?? "") }
  var configTopic: String { "\(discoveryPrefix)/sensor/\(node)/\(kind.rawValue)/config" }
  var stateTopic: String { "wattlog/\(plug.level)/" + (channel.map { "\($0)/" } ?? "") + kind.rawValue }

  private var name: String {
    let word =
      switch kind {
      case .energy: "Energy"
      case .export: "Energy returned"
      case .power: "Power"
      case .cost: "Cost today"
      }
    return word + (channel.map { " \($0)" } ?? "")
  }

  /// What the plug's page shows beside its sensors.
  struct About: Hashable {
    var version: String
    /// ISO 4217, where costs are told.
    var currency: String?
    var places: Int
    /// The plug's last will, where it is known.
    var lastWill: LastWill?
  }

  /// The payload of the discovery message (home-assistant.io/integrations/sensor.mqtt).
  ///
  /// State class `total`: with `total_increasing` Home Assistant takes a figure that a correction lowers by a tenth for a
  /// meter that began anew, and books all of it again.
  func config(_ about: About) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      func pair(_ key: StaticString, _ value: String, _ writer: inout JSONWriter) {
        writer.key(key)
        writer.value(value)
      }
      pair("name", name, &writer)
      pair("unique_id", uniqueID, &writer)
      switch kind {
      case .energy, .export: pair("device_class", "energy", &writer)
      case .power: pair("device_class", "power", &writer)
      case .cost: pair("device_class", "monetary", &writer)
      }
      pair("state_class", kind == .power ? "measurement" : "total", &writer)
      pair("unit_of_measurement", kind == .power ? "W" : kind == .cost ? about.currency ?? "" : "kWh", &writer)
      if kind != .power {
        writer.key("suggested_display_precision")
        writer.value(about.places)
      }
      pair("state_topic", stateTopic, &writer)
      pair("value_template", "{{ value_json.\(valueKey) }}", &writer)
      if kind == .cost { pair("last_reset_value_template", "{{ value_json.since }}", &writer) }
      writer.key("availability")
      writer.array { writer in
        let status = LastWill(
          topic: RetainedMessage.statusTopic, online: RetainedMessage.present, offline: RetainedMessage.absent)
        for will in [status, about.lastWill].compactMap(\.self) {
          writer.object { writer in
            pair("topic", will.topic, &writer)
            pair("payload_available", will.online, &writer)
            pair("payload_not_available", will.offline, &writer)
          }
        }
      }
      pair("availability_mode", "all", &writer)
      writer.key("device")
      writer.object { writer in
        writer.key("identifiers")
        writer.array(["wattlog_\(plug.id)"]) { $0.value($1) }
        pair("name", "\(plug.name) (Wattlog)", &writer)
        pair("manufacturer", "Tasmota", &writer)
        pair("model", "plug, counter corrected by Wattlog", &writer)
      }
      writer.key("origin")
      writer.object { writer in
        pair("name", "Wattlog", &writer)
        pair("sw_version", about.version, &writer)
      }
    }
    return writer.bytes
  }

  private var valueKey: String {
    switch kind {
    case .energy, .export: "kwh"
    case .power: "w"
    case .cost: "cost"
    }
  }

  /// - Parameters:
  ///   - figure: kWh, watts or money.
  ///   - since: when the day began, of costs.
  ///   - at: of the last reading that is in the figure.
  func state(_ figure: Figure, since: String?, at: Timestamp) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key(valueKey)
      writer.value(figure)
      if let since {
        writer.key("since")
        writer.value(since)
      }
      writer.key("at")
      writer.value(InstantText.text(at, in: .utc))
    }
    return writer.bytes
  }
}

/// A topic that says whether somebody is there, and in which words.
struct LastWill: Hashable {
  var topic: String
  var online: String
  var offline: String
}
