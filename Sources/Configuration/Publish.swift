import JSON5
import Text

extension Configuration {
  /// What a recorder publishes of what it counts, and how often.
  public struct Publish: Hashable, Sendable {
    /// To whom; nil for nobody.
    public var target: Target?
    /// The least time between two states of one plug: 1,000 to 3,600,000.
    public var intervalMilliseconds: Int64 = 60_000
    /// Which sensors each plug has; energy is always one.
    public var sensors: [Sensor] = [.energy]
    /// The first levels of discovery topics, as Home Assistant's MQTT integration is set.
    public var discoveryPrefix = "homeassistant"

    /// Who reads what is published, as the option and the file name him.
    public enum Target: String, Hashable, Sendable, CaseIterable {
      case homeAssistant = "home-assistant"
    }

    public enum Sensor: String, Hashable, Sendable, CaseIterable {
      case energy, power, cost
    }

    public init() {}

    init(from reader: inout ObjectReader) {
      if let text = reader.text("to"), let value = reader.any("to") {
        target = Target(rawValue: text)
        if target == nil { reader.refuse(value, "to", "must be \"home-assistant\", not \"\(text.printable)\"") }
      }
      intervalMilliseconds = reader.span("interval", in: 1000...3_600_000) ?? intervalMilliseconds
      for (value, path) in reader.list("sensors", maximumCount: 16) ?? [] {
        guard case .string(let text) = value.content, let sensor = Sensor(rawValue: text) else {
          let names = Sensor.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
          reader.problem(at: value, path, "must be one of \(names)")
          continue
        }
        if !sensors.contains(sensor) { sensors.append(sensor) }
      }
      guard let prefix = reader.text("discoveryPrefix"), let value = reader.any("discoveryPrefix") else { return }
      discoveryPrefix = prefix
      let levels = prefix.split(separator: "/", omittingEmptySubsequences: false)
      if prefix.utf8.count > 128 || levels.contains("") || prefix.contains(where: { "+#".contains($0) })
        || prefix.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
      {
        reader.refuse(
          value, "discoveryPrefix", "must be a topic such as \"homeassistant\", not \"\(prefix.printable)\"")
      }
    }
  }
}
