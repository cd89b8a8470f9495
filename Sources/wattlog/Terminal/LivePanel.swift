import Calendar
import Configuration
import Household
import Pricing
import Readings
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
    /// It measures what the others use: not part of their sum.
    var isMainMeter = false
  }

  /// What one kWh costs now, in money; nil without a tariff.
  typealias Price = (Energy) -> Money?

  /// By MAC, or by topic where that is unknown.
  private var rows: [String: Row] = [:]
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
    case .availability: rows[key(device)]?.isOnline = event.detail == "online"
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

  private func isWanted(_ device: Device) -> Bool {
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

// MARK: - What is shown

extension LivePanel {
  /// One line for one message.
  static func line(_ row: Row, in zone: TimeZoneRules) -> String {
    let time = row.receivedAt.map { InstantText.text($0, in: zone) } ?? ""
    return "\(time)  \(SafeText.neutralised(row.name))  \(shown(row.power)) W  \(shown(row.today)) kWh\n"
  }

  /// All plugs as a table, those that draw most first, and their sum.
  ///
  /// - Parameters:
  ///   - price: what so much energy costs at the rate that holds now.
  ///   - digits: of the money.
  func table(now: Timestamp, price: Price? = nil, digits: Int = 2) -> String {
    let sorted = rows.values.filter { isWanted($0.device) }.sorted { a, b in
      let (first, second) = (LivePanel.rank(a), LivePanel.rank(b))
      return first != second ? first > second : a.name < b.name
    }
    let width = max(6, sorted.map { SafeText.width($0.name) }.max() ?? 0)
    let money = price == nil ? "" : LivePanel.leading("an hour", 10)
    var text = "plug".padded(to: width) + "         W    today kWh" + money + "   age\n"
    for row in sorted {
      text += LivePanel.padded(row.name, to: width)
      text += LivePanel.leading(LivePanel.shown(row.power), 10) + LivePanel.leading(LivePanel.shown(row.today), 13)
      if let price { text += LivePanel.leading(LivePanel.cost(row.milliwatts, price, digits), 10) }
      text += LivePanel.leading(LivePanel.age(row, now), 6)
      text += row.isOnline == false ? "  offline\n" : row.receivedAt == nil ? "  not heard yet\n" : "\n"
    }
    return text + total(sorted.filter { !$0.isMainMeter }, width, price, digits)
  }

  /// The sum of the plugs that are online; none for one plug.
  private func total(_ parts: [Row], _ width: Int, _ price: Price?, _ digits: Int) -> String {
    guard parts.count(where: { $0.receivedAt != nil }) > 1 else { return "" }
    let watts = parts.filter { $0.isOnline != false }.reduce(Int64(0)) { $0 &+ ($1.milliwatts ?? 0) }
    let today = parts.reduce(Int64(0)) { $0 &+ ($1.todayMilliwattHours ?? 0) }
    var text = "total".padded(to: width)
    text += LivePanel.leading(Decimal.string((watts + 500).flooringQuotient(1000), places: 0), 10)
    text += LivePanel.leading(Decimal.string((today + 500).flooringQuotient(1000), places: 3), 13)
    if let price { text += LivePanel.leading(LivePanel.cost(watts, price, digits), 10) }
    return text + "\n"
  }

  /// Plugs that are offline or silent come last.
  private static func rank(_ row: Row) -> Int64 {
    row.isOnline == false ? .min + 1 : row.receivedAt == nil ? .min : row.milliwatts ?? 0
  }

  private static func shown(_ number: String) -> String { number.isEmpty ? "–" : number }

  private static func cost(_ milliwatts: Int64?, _ price: Price, _ digits: Int) -> String {
    // An hour of so many mW is as many mWh.
    guard let milliwatts, let cost = price(Energy(milliwattHours: milliwatts)) else { return "–" }
    return Decimal.string(cost.rounded(digits: digits), places: digits)
  }

  private static func age(_ row: Row, _ now: Timestamp) -> String {
    guard let receivedAt = row.receivedAt else { return "–" }
    let seconds = max(0, now.milliseconds - receivedAt.milliseconds) / 1000
    return seconds < 100 ? "\(seconds) s" : seconds < 6000 ? "\(seconds / 60) m" : "\(seconds / 3600) h"
  }

  private static func padded(_ name: String, to width: Int) -> String {
    let name = SafeText.neutralised(name)
    return name + String(repeating: " ", count: max(0, width - SafeText.width(name)))
  }

  private static func leading(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }
}
