import Calendar
import Configuration
import Household
import Pricing
import Readings
import Reporting
import Tasmota
import Text

/// Each plug's last message: watts now, today so far, what an hour of it costs, and when it came.
struct LivePanel {
  struct Row {
    var device: Device
    var name: String
    /// As sent; several channels are joined by blanks. Empty before the first message.
    var power = ""
    var today = ""
    /// The sums of all channels; nil where the message holds no number.
    var milliwatts: Int64?
    var todayMilliwattHours: Int64?
    var receivedAt: Timestamp?
    var isOnline: Bool?
    /// How its power went since this was begun.
    var trail = PowerTrail()
    /// It measures what the others use: not part of their sum.
    var isMainMeter = false
  }

  /// What one kWh costs now, in money; nil without a tariff.
  typealias Price = (Energy) -> Money?

  /// By MAC, or by topic where that is unknown.
  private(set) var rows: [String: Row] = [:]
  /// DeviceName by MAC, as discovery tells it.
  private var friendly: [String: String] = [:]
  private var decoder: Decoder
  private let names: DeviceNames
  private let patterns: [String]
  private let mainMeter: String?
  private var reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: Layout([]), values: [])

  /// - Parameters:
  ///   - patterns: which plugs, by name, MAC or topic, in any case of letters; empty for all.
  ///   - mainMeter: the name, MAC or topic of the plug that measures the house.
  init(names: DeviceNames, patterns: [String], mainMeter: String? = nil, maximumDevices: Int) {
    self.names = names
    self.patterns = patterns
    self.mainMeter = mainMeter
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
      // Discovery may have told the MAC of a plug that was known by its topic.
      let earlier = device.mac == nil ? nil : rows.removeValue(forKey: device.topic)
      let name = name(of: device)
      var row = rows[key(device)] ?? earlier ?? Row(device: device, name: name)
      row.device = device
      row.name = name
      row.power = text(of: .power)
      row.today = text(of: .today)
      row.milliwatts = sum(of: .power, places: 3)
      row.todayMilliwattHours = sum(of: .today, places: 6)
      row.receivedAt = receivedAt
      row.trail.add(row.milliwatts, at: receivedAt)
      row.isOnline = true
      row.isMainMeter = mainMeter.map { isMeant(by: $0, name, device) } ?? false
      rows[key(device)] = row
      return isWanted(device) ? row : nil
    case .event(let event):
      take(event)
      return nil
    case .retained, .ignored, .refused: return nil
    }
  }

  private mutating func take(_ event: Event) {
    guard let device = event.device else { return }
    switch event.kind {
    case .availability:
      let isOnline = event.detail == "online"
      rows[key(device)]?.isOnline = isOnline
      if !isOnline { rows[key(device)]?.trail.add(nil, at: event.at) }
    case .discovery:
      guard let mac = device.mac else { return }
      friendly[mac] = FriendlyName.told(in: event.detail)
      var row = rows[mac] ?? rows.removeValue(forKey: device.topic) ?? Row(device: device, name: "")
      row.device = device
      row.name = name(of: device)
      rows[mac] = row
    default: break
    }
  }

  private func key(_ device: Device) -> String { device.mac ?? device.topic }

  /// The configured name, else the one that discovery tells, else the topic.
  private func name(of device: Device) -> String {
    if let configured = names.rule(for: device)?.name { return configured }
    guard let mac = device.mac, let told = friendly[mac] else { return device.topic }
    let others = decoder.devices.lazy.filter { $0.mac != mac }
      .flatMap { other in [names.name(of: other)] + [other.mac.flatMap { friendly[$0] }].compactMap(\.self) }
    return FriendlyName.shown(told, topic: device.topic, among: others)
  }

  // MARK: which plugs

  func isWanted(_ device: Device) -> Bool {
    patterns.isEmpty || patterns.contains { isMeant(by: $0, name(of: device), device) }
  }

  private func isMeant(by pattern: String, _ name: String, _ device: Device) -> Bool {
    if let mac = Device.mac(pattern) { return mac == device.mac }
    let glob = GlobPattern(pattern.lowercased())
    return glob.matches(name.lowercased()) || glob.matches(device.topic.lowercased())
  }

  /// What to say of patterns that no plug answers to: nil for one that some plug does.
  func advice(for pattern: String) -> String? {
    let known = decoder.devices
    guard !known.contains(where: { isMeant(by: pattern, name(of: $0), $0) }) else { return nil }
    let names = known.flatMap { [name(of: $0), $0.topic] }
    let shown = "no plug is called '\(SafeText.printable(pattern))'"
    if let near = NearestWord.nearest(to: pattern, in: names) {
      return shown + "; did you mean '\(SafeText.printable(near))'?"
    }
    let list = Set(known.map { name(of: $0) }).sorted().prefix(12).map { SafeText.printable($0) }
    return shown + (list.isEmpty ? " yet" : "; heard of: " + list.joined(separator: ", "))
  }

  var unanswered: [String] { patterns.filter { advice(for: $0) != nil } }

  // MARK: numbers

  private func indices(of key: FieldKey) -> [Int] {
    reading.layout.fields.indices.filter {
      reading.layout.fields[$0].key == key && reading.values[$0] != ReadingColumns.absent
    }
  }

  private func text(of key: FieldKey) -> String {
    indices(of: key).map { index in
      let value = reading.values[index]
      if let places = reading.layout.fields[index].form.decimalPlaces { return Decimal.string(value, places: places) }
      let text = reading.texts.indices.contains(Int(value)) ? reading.texts[Int(value)] : ""
      return SafeText.neutralised(text)
    }
    .joined(separator: " ")
  }

  /// In units of 10^-`places`, cut; nil where there is no number or one that is written as no plug writes it.
  private func sum(of key: FieldKey, places: Int) -> Int64? {
    var sum: Int64?
    for index in indices(of: key) {
      guard let written = reading.layout.fields[index].form.decimalPlaces else { return nil }
      let value = reading.values[index]
      let factor = Decimal.power(max(0, places - written))
      let (scaled, isTooLarge) = (value / Decimal.power(max(0, written - places))).multipliedReportingOverflow(
        by: factor)
      let (total, overflow) = (sum ?? 0).addingReportingOverflow(scaled)
      guard !overflow, !isTooLarge else { return nil }
      sum = total
    }
    return sum
  }
}
