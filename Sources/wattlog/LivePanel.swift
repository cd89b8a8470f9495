import Calendar
import Configuration
import EnergyAccounting
import Readings
import Reporting
import Tasmota
import Text

/// Each plug's last message: watts now, today so far, and when it came.
struct LivePanel {
  struct Row {
    var name: String
    /// As sent; several channels are joined by blanks.
    var power: String
    var today: String
    var receivedAt: Timestamp
    var isOnline: Bool?
  }

  private(set) var rows: [String: Row] = [:]
  private var decoder: Decoder
  private let names: DeviceNames
  private let patterns: [GlobPattern]
  private var reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: Layout([]), values: [])

  /// - Parameter patterns: which plugs, by name or topic; empty for all.
  init(names: DeviceNames, patterns: [GlobPattern], maximumDevices: Int) {
    self.names = names
    self.patterns = patterns
    decoder = Decoder(maximumDevices: maximumDevices)
  }

  /// Takes in a message. Returns the row of the plug that sent an energy message, nil for all else.
  mutating func add(
    topic: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer, retained: Bool, receivedAt: Timestamp
  ) -> Row? {
    let outcome = decoder.decode(
      topic: topic, payload: payload, retained: retained, receivedAt: receivedAt, into: &reading)
    switch outcome {
    case .reading(let index):
      let device = decoder.devices[index]
      guard isWanted(device) else { return nil }
      let name = names.name(of: device)
      let row = Row(
        name: name, power: texts(of: .power), today: texts(of: .today), receivedAt: receivedAt, isOnline: true)
      rows[name] = row
      return row
    case .event(let event):
      guard event.kind == .availability, let device = event.device else { return nil }
      rows[names.name(of: device)]?.isOnline = event.detail == "online"
      return nil
    case .retained, .ignored, .refused: return nil
    }
  }

  private func isWanted(_ device: Device) -> Bool {
    patterns.isEmpty || patterns.contains { $0.matches(names.name(of: device)) || $0.matches(device.topic) }
  }

  private func texts(of key: FieldKey) -> String {
    reading.layout.fields.indices.filter { reading.layout.fields[$0].key == key }.map { index in
      let value = reading.values[index]
      if value == ReadingColumns.absent { return "–" }
      if let places = reading.layout.fields[index].form.decimalPlaces { return Decimal.string(value, places: places) }
      let text = reading.texts.indices.contains(Int(value)) ? reading.texts[Int(value)] : ""
      return SafeText.neutralised(text)
    }
    .joined(separator: " ")
  }

  /// One line for one message.
  static func line(_ row: Row, in zone: TimeZoneRules) -> String {
    "\(InstantText.text(row.receivedAt, in: zone))  \(SafeText.neutralised(row.name))  \(row.power) W  \(row.today) kWh\n"
  }

  /// All plugs as a table.
  func table(now: Timestamp) -> String {
    let sorted = rows.values.sorted { $0.name < $1.name }
    let width = max(6, sorted.map { SafeText.width($0.name) }.max() ?? 0)
    var text = "plug".padded(to: width) + "         W    today kWh   age\n"
    for row in sorted {
      let name = SafeText.neutralised(row.name)
      let age = max(0, now.milliseconds - row.receivedAt.milliseconds) / 1000
      text += name + String(repeating: " ", count: max(0, width - SafeText.width(name)))
      text += leading(row.power, 10) + leading(row.today, 13) + leading(LivePanel.span(age), 6)
      text += row.isOnline == false ? "  offline\n" : "\n"
    }
    return text
  }

  private func leading(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }

  private static func span(_ seconds: Int64) -> String {
    seconds < 100 ? "\(seconds) s" : seconds < 6000 ? "\(seconds / 60) m" : "\(seconds / 3600) h"
  }
}
