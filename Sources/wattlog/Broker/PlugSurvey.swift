import Readings
import Text

/// Which plugs a broker knows, which have spoken since somebody listened, and when the others will.
struct PlugSurvey {
  struct Plug {
    var device: Device
    /// DeviceName, as discovery tells it.
    var name: String?
    var isOnline: Bool?
    var measures = false
    var messages: Int64 = 0
    var lastAt: Timestamp?
    /// Milliseconds between its last two energy messages.
    var distance: Int64?

    var hasSpoken: Bool { messages > 0 }
    /// True for one whose next message is worth waiting for.
    var isAwaited: Bool { !hasSpoken && isOnline != false }
  }

  /// What the firmware is set to (TELE_PERIOD), in words.
  static let usualPeriod = "every 5 min unless its TelePeriod was changed"

  /// By topic.
  private(set) var plugs: [String: Plug] = [:]

  /// True once every plug that is online has said something.
  var isComplete: Bool { !plugs.isEmpty && !plugs.values.contains(where: \.isAwaited) }

  var sorted: [Plug] { plugs.values.sorted { ($0.name ?? $0.device.topic) < ($1.name ?? $1.device.topic) } }

  /// Whom discovery and LWT have named and nobody has heard, as a sentence; nil where there is nobody.
  var awaited: String? {
    let names = sorted.filter(\.isAwaited).map { SafeText.printable($0.name ?? $0.device.topic) }
    guard !names.isEmpty else { return nil }
    let rest = names.count > 12 ? " and \(names.count - 12) more" : ""
    return "the broker knows " + names.prefix(12).joined(separator: ", ") + rest + "; waiting until each has spoken: "
      + PlugSurvey.usualPeriod
  }

  mutating func take(_ event: Event) {
    guard let device = event.device else { return }
    var plug = plugs[device.topic] ?? Plug(device: device)
    plug.device = device
    switch event.kind {
    case .discovery:
      let words = event.detail.split(separator: "\t", omittingEmptySubsequences: false)
      if words.count >= 3, !words[2].isEmpty { plug.name = String(words[2]) }
    case .availability: plug.isOnline = event.detail == "online"
    default: return
    }
    plugs[device.topic] = plug
  }

  /// A live energy message.
  mutating func heard(_ device: Device, measures: Bool, at time: Timestamp) {
    var plug = plugs[device.topic] ?? Plug(device: device)
    plug.device = device
    plug.isOnline = true
    if measures {
      // What comes within a second of the last is a copy, or was held up.
      if let last = plug.lastAt, time.milliseconds - last.milliseconds >= 1000 {
        plug.distance = time.milliseconds - last.milliseconds
      }
      plug.measures = true
      plug.lastAt = time
    }
    plug.messages += 1
    plugs[device.topic] = plug
  }

  /// A live message without energy: of a plug that is known, or of nobody here.
  mutating func heard(topic: String, at time: Timestamp) {
    var levels = topic.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    if let prefix = levels.firstIndex(where: { $0 == "tele" || $0 == "stat" }) { levels.remove(at: prefix) }
    if let plug = plugs[levels.joined(separator: "/")] { heard(plug.device, measures: false, at: time) }
  }

  // MARK: what is shown

  /// A line a plug; empty where none is known.
  func table(in zone: (Timestamp) -> String) -> String {
    guard !plugs.isEmpty else { return "" }
    let names = sorted.map { SafeText.neutralised($0.name ?? $0.device.topic) }
    let topics = sorted.map { SafeText.neutralised($0.device.topic) }
    let (nameWidth, topicWidth) = (PlugSurvey.width(names, "plug"), PlugSurvey.width(topics, "topic"))
    var text = PlugSurvey.padded("plug", nameWidth) + PlugSurvey.padded("topic", topicWidth)
    text += "MAC".padded(to: 14) + "speaks\n"
    for (index, plug) in sorted.enumerated() {
      text += PlugSurvey.padded(names[index], nameWidth) + PlugSurvey.padded(topics[index], topicWidth)
      text += (plug.device.mac ?? "–").padded(to: 14) + words(plug, zone) + "\n"
    }
    return text + "\n"
  }

  private func words(_ plug: Plug, _ zone: (Timestamp) -> String) -> String {
    if plug.isOnline == false { return "offline" }
    guard plug.hasSpoken else { return "not yet; \(PlugSurvey.usualPeriod)" }
    guard plug.measures, let last = plug.lastAt else { return "but measures no energy" }
    guard let distance = plug.distance else {
      return "last at \(zone(last)); \(PlugSurvey.usualPeriod)"
    }
    return "every \(PlugSurvey.span(distance)), next at \(zone(last.advanced(byMilliseconds: distance)))"
  }

  private static func span(_ milliseconds: Int64) -> String {
    let seconds = (milliseconds + 500) / 1000
    return seconds < 120 ? "\(max(1, seconds)) s" : "\((seconds + 30) / 60) min"
  }

  private static func width(_ texts: [String], _ title: String) -> Int {
    max(title.count, texts.map { SafeText.width($0) }.max() ?? 0) + 2
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - SafeText.width(text)))
  }

  /// The same for a script.
  func append(to root: inout JSONWriter) {
    root.array(sorted) { list, plug in
      list.newLine()
      list.object { object in
        object.key("topic")
        object.value(plug.device.topic)
        object.key("name")
        object.value(plug.name)
        object.key("mac")
        object.value(plug.device.mac)
        object.key("availability")
        object.value(plug.isOnline.map { $0 ? "online" : "offline" } ?? "unknown")
        object.key("measures")
        object.value(plug.measures)
        object.key("messages")
        object.value(Int(plug.messages))
        object.key("everySeconds")
        if let distance = plug.distance { object.value(Int((distance + 500) / 1000)) } else { object.null() }
      }
    }
  }
}
