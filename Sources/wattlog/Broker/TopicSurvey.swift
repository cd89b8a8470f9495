import Readings
import Reporting
import Tasmota
import Text

/// What was heard under each topic of a broker, and what the recorder would make of it. Bounded.
struct TopicSurvey {
  struct Entry {
    var messages: Int64 = 0
    var retained: Int64 = 0
    var bytes: Int64 = 0
    var recorded: Int64 = 0
    var events: Int64 = 0
    /// By reason.
    var ignored: [String: Int64] = [:]
    var refused: [String: Int64] = [:]
    var device: String?

    /// What becomes of it, in words.
    var verdict: String {
      var words: [String] = []
      if recorded > 0 { words.append("recorded" + (device.map { " as \($0)" } ?? "")) }
      if events > 0 { words.append("kept as event") }
      for (reason, _) in refused.sorted(by: { $0.key < $1.key }) { words.append("refused: \(reason)") }
      for (reason, _) in ignored.sorted(by: { $0.key < $1.key }) { words.append("ignored: \(reason)") }
      return words.isEmpty ? "retained only: never a measurement" : words.joined(separator: ", ")
    }
  }

  static let maximumTopicCount = 10_000

  private(set) var entries: [String: Entry] = [:]
  /// Messages of topics beyond the bound.
  private(set) var unlisted: Int64 = 0
  private(set) var plugs = PlugSurvey()
  private var decoder: Decoder
  private var reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: Layout([]), values: [])

  init(maximumDevices: Int) { decoder = Decoder(maximumDevices: maximumDevices) }

  mutating func add(
    topic: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer, retained: Bool, receivedAt: Timestamp
  ) {
    let name = String(decoding: topic, as: UTF8.self)
    guard entries[name] != nil || entries.count < TopicSurvey.maximumTopicCount else {
      unlisted += 1
      return
    }
    let outcome = decoder.decode(
      topic: topic, payload: payload, retained: retained, receivedAt: receivedAt, into: &reading)
    var entry = entries[name] ?? Entry()
    entry.messages += 1
    entry.bytes += Int64(payload.count)
    if retained { entry.retained += 1 }
    switch outcome {
    case .reading(let index):
      entry.recorded += 1
      entry.device = decoder.devices[index].topic
      plugs.heard(decoder.devices[index], measures: true, at: receivedAt)
    case .event(let event):
      entry.events += 1
      plugs.take(event)
    case .retained: break
    case .ignored(let reason):
      entry.ignored[reason.rawValue, default: 0] += 1
      if !retained, reason == .state || reason == .noEnergy { plugs.heard(topic: name, at: receivedAt) }
    case .refused(let reason): entry.refused[reason.rawValue, default: 0] += 1
    }
    entries[name] = entry
  }

  /// The topics as a tree: each level once, indented below the one above.
  var tree: String {
    var text = ""
    var path: [Substring] = []
    for (topic, entry) in entries.sorted(by: { $0.key < $1.key }) {
      let levels = topic.split(separator: "/", omittingEmptySubsequences: false)
      let common = zip(path, levels.dropLast()).prefix { $0 == $1 }.count
      for depth in common..<(levels.count - 1) {
        text += String(repeating: "  ", count: depth) + SafeText.neutralised(String(levels[depth])) + "/\n"
      }
      path = Array(levels.dropLast())
      let leaf =
        String(repeating: "  ", count: levels.count - 1) + SafeText.neutralised(String(levels[levels.count - 1]))
      text += leaf.padded(to: 34) + "  " + counts(entry) + "  " + SafeText.neutralised(entry.verdict) + "\n"
    }
    if unlisted > 0 { text += "\(unlisted) messages of further topics are not listed\n" }
    return text
  }

  private func counts(_ entry: Entry) -> String {
    let live = entry.messages - entry.retained
    let words = [live > 0 ? "\(live) live" : nil, entry.retained > 0 ? "\(entry.retained) retained" : nil]
    return words.compactMap { $0 }.joined(separator: ", ").padded(to: 20)
  }

  /// `wattlog.discover/1`.
  var json: String {
    var writer = JSONWriter()
    writer.object { root in
      root.key("schema")
      root.value("wattlog.discover/1")
      root.key("topics")
      root.array(entries.sorted { $0.key < $1.key }) { list, item in
        list.newLine()
        list.object { object in
          object.key("topic")
          object.value(item.key)
          for (name, count) in [
            ("messages", item.value.messages), ("retained", item.value.retained), ("bytes", item.value.bytes),
            ("recorded", item.value.recorded), ("events", item.value.events),
          ] {
            object.key(name)
            object.value(Int(count))
          }
          object.key("device")
          object.value(item.value.device)
          for (name, reasons) in [("ignored", item.value.ignored), ("refused", item.value.refused)] {
            object.key(name)
            object.object { counts in
              for (reason, count) in reasons.sorted(by: { $0.key < $1.key }) {
                counts.key(reason)
                counts.value(Int(count))
              }
            }
          }
        }
      }
      root.key("plugs")
      plugs.append(to: &root)
      root.key("unlisted")
      root.value(Int(unlisted))
    }
    return writer.text + "\n"
  }
}
