public import Readings

/// Tells Tasmota's messages apart and takes the numbers out of the energy messages.
///
/// A value with memory (topics seen, discovery, the shape of each plug's last message): one per input. It opens
/// nothing and reads no clock. Memory is bounded whatever is sent.
public struct Decoder {
  /// Most bytes of a payload that is looked at.
  public static let maximumPayloadBytes = 8192

  /// A plug whose last reading is not older holds its topic against other MACs, unless it has restarted since: a plug
  /// that takes over a topic says LWT and INFO before discovery (support_tasmota.ino, MqttConnected), a forger rarely.
  static let holdMilliseconds: Int64 = 300_000
  /// Discovery follows a start so soon; readings may come between them (xdrv_12_discovery.ino: ten seconds after the
  /// connection).
  static let startMilliseconds: Int64 = 60_000

  /// Every plug that sent a reading, in order of appearance: `.reading(n)` is of `devices[n]`. What never measured takes
  /// no place.
  ///
  /// An entry may change when discovery tells a plug's MAC or FullTopic later than its first message came; another MAC
  /// under the same topic is another entry.
  public private(set) var devices: [Device] = []

  /// Entries for plugs that neither the store nor the configuration knows, and how many of them are taken.
  private let openEntries: Int
  private var takenEntries = 0
  private let knownDevices: Set<Device>
  /// Topics and MACs.
  private let reserved: Set<String>
  /// By number of the plug: milliseconds of its last reading and of its last restart.
  private var lastReading: [Int64] = []
  private var lastRestart: [Int64] = []
  private let prefixes: TopicPrefixes
  private var numbers: [Device: Int] = [:]
  private var discovery: Discovery
  private var topics: TopicTable
  private var scanner = EnergyScanner()
  private var layouts = LayoutCache()
  private var names = NameTable()
  private var fields: [Field] = []

  /// - Parameters:
  ///   - maximumDevices: how many entries ``devices`` may get, 1 to 65,536; known ones always have theirs.
  ///   - reserved: topics and MACs of plugs that always have a place.
  ///   - knownDevices: plugs that the store knows: their MACs hold until discovery speaks, and of two retained discovery
  ///     messages for one topic the one whose MAC is among them is believed.
  public init(
    maximumDevices: Int = 256, prefixes: TopicPrefixes = .standard, knownDevices: [Device] = [],
    reserved: Set<String> = []
  ) {
    let maximum = max(1, min(maximumDevices, 65_536))
    self.knownDevices = Set(knownDevices)
    self.reserved = reserved
    self.prefixes = prefixes
    openEntries = max(0, maximum - self.knownDevices.count)
    discovery = Discovery(knownDevices: knownDevices, maximumDevices: maximum)
    topics = TopicTable(maximumDevices: max(maximum, self.knownDevices.count))
  }

  /// Classifies one message and, if it is an energy message, decodes it into `reading`.
  ///
  /// `reading` is only changed by `.reading`; pass the same variable again and nothing is allocated for a message that
  /// has the shape of the plug's last one. Retained messages other than LWT and discovery are `.retained` whatever they
  /// hold.
  public mutating func decode(
    topic: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer, retained: Bool, receivedAt: Timestamp,
    into reading: inout Reading
  ) -> Outcome {
    let index = topics.find(topic)
    if let index, !retained, let template = topics.entries[index].template {
      if template.read(payload, into: &reading) {
        reading.receivedAt = receivedAt
        let device = topics.entries[index].device
        lastReading[device] = receivedAt.milliseconds
        return .reading(device)
      }
      topics.entries[index].template = nil
    }
    return decodeInFull(
      topic: topic, at: index, payload: payload, retained: retained, receivedAt: receivedAt, into: &reading)
  }

  // MARK: The complete path

  @inline(never)
  private mutating func decodeInFull(
    topic: UnsafeRawBufferPointer, at known: Int?, payload: UnsafeRawBufferPointer, retained: Bool,
    receivedAt: Timestamp, into reading: inout Reading
  ) -> Outcome {
    var index = known
    let route: TopicRoute
    if let known {
      route = topics.entries[known].route
    } else {
      route = TopicResolver.route(topic, prefixes: prefixes, discovery: discovery)
      index = topics.insert(topic, route: route)
    }
    if retained && !route.keepsRetained { return .retained }

    let outcome: Outcome
    switch route {
    case .ignored(let reason): return .ignored(reason)
    case .refused(let reason): return .refused(reason)
    case _ where payload.isEmpty: return .ignored(.emptyPayload)
    case _ where payload.count > Decoder.maximumPayloadBytes: return .refused(.payloadTooLong)
    case .discoverySensors: return .ignored(.discoverySensors)
    case .discoveryConfig(let mac):
      outcome = decodeDiscovery(mac: mac, payload: payload, retained: retained, receivedAt: receivedAt)
      return outcome
    case .message(let kind, let sender):
      switch kind {
      case .sensor:
        outcome = decodeEnergy(.sensor, sender, at: index, payload, receivedAt, into: &reading)
      case .status:
        outcome = decodeEnergy(.status, sender, at: index, payload, receivedAt, into: &reading)
      case .legacyEnergy:
        outcome = decodeEnergy(.legacy, sender, at: index, payload, receivedAt, into: &reading)
      default:
        outcome = decodeEvent(kind, sender, at: index, topic: topic, payload, receivedAt, retained: retained)
      }
      // Where nothing but the last level looks like Tasmota, what cannot be read is somebody else's.
      if !sender.isCertain, case .refused(let reason) = outcome, kind != .sensor || reason == .notJSON,
        reason != .tooManyDevices
      {
        return .ignored(.otherTopic)
      }
      return outcome
    }
  }

  private mutating func decodeEnergy(
    _ shape: EnergyScanner.Shape, _ sender: TopicRoute.Sender, at index: Int?, _ payload: UnsafeRawBufferPointer,
    _ receivedAt: Timestamp, into reading: inout Reading
  ) -> Outcome {
    do throws(RefusalReason) {
      guard try scanner.scan(payload, shape: shape) else { return .ignored(.noEnergy) }
      guard hasEntry(for: sender.device) else { throw .tooManyDevices }
      try scanner.layoutFields(into: &fields, names: &names, device: numbers[sender.device] ?? devices.count)
      guard let layout = layouts.layout(of: fields) else { throw .duplicateKey }
      let device = number(of: sender.device)
      lastReading[device] = receivedAt.milliseconds
      reading.receivedAt = receivedAt
      reading.layout = layout
      reading.values.removeAll(keepingCapacity: true)
      for field in scanner.fields { reading.values.append(field.value) }
      reading.texts.removeAll(keepingCapacity: true)
      reading.texts.append(contentsOf: scanner.texts)
      if let index {
        topics.entries[index].device = device
        topics.entries[index].template =
          scanner.allowsTemplate
          ? MessageTemplate(message: payload, slots: scanner.slots, values: reading.values, layout: layout) : nil
      }
      return .reading(device)
    } catch {
      return .refused(error)
    }
  }

  private mutating func decodeEvent(
    _ kind: MessageKind, _ sender: TopicRoute.Sender, at index: Int?, topic: UnsafeRawBufferPointer,
    _ payload: UnsafeRawBufferPointer, _ receivedAt: Timestamp, retained: Bool
  ) -> Outcome {
    do throws(RefusalReason) {
      let lastStart = (topic.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1
      let content = try EventMessage.read(
        kind, lastLevel: UnsafeRawBufferPointer(rebasing: topic[lastStart...]), payload: payload,
        announcement: sender.announcement)
      if !retained, let number = numbers[sender.device],
        content.kind == .availability || content.kind == .restart
      {
        lastRestart[number] = receivedAt.milliseconds
      }
      return .event(Event(at: receivedAt, device: sender.device, kind: content.kind, detail: content.detail))
    } catch {
      return .refused(error)
    }
  }

  private mutating func decodeDiscovery(
    mac: String, payload: UnsafeRawBufferPointer, retained: Bool, receivedAt: Timestamp
  ) -> Outcome {
    do throws(RefusalReason) {
      let announcement = try DiscoveryMessage.read(payload, mac: mac, prefixes: prefixes)
      // Before the announcement: how these plugs were called until now.
      let former = announcement.parents.map { parent in
        TopicResolver.patternName(parent: parent, prefixes: prefixes)
      }
      let isHeld = { [numbers, lastReading, lastRestart] (device: Device) in
        guard let number = numbers[device] else { return false }
        func isWithin(_ limit: Int64, _ instant: Int64) -> Bool {
          let (age, overflow) = receivedAt.milliseconds.subtractingReportingOverflow(instant)
          return !overflow && age.magnitude <= limit
        }
        return isWithin(Decoder.holdMilliseconds, lastReading[number]) && lastRestart[number] < lastReading[number]
          && !isWithin(Decoder.startMilliseconds, lastRestart[number])
      }
      switch discovery.announce(announcement, retained: retained, at: receivedAt, isHeld: isHeld) {
      case .full: throw .tooManyDevices
      case .none: break
      case .changed:
        topics.removeAll()
        // The last parent is that of telemetry; it decides who was meant.
        if let parent = announcement.parents.last,
          discovery.announcement(parent: parent)?.announcement.mac == mac
        {
          rename(former + [announcement.topic], to: announcement.device)
        }
      }
      return .event(
        Event(at: receivedAt, device: announcement.device, kind: .discovery, detail: announcement.detail))
    } catch {
      return .refused(error)
    }
  }

  /// A plug that was known by topic alone gets its MAC, and the topic that discovery gives it.
  private mutating func rename(_ names: [String], to device: Device) {
    guard numbers[device] == nil else { return }
    for name in names.reversed() {
      guard let number = numbers.removeValue(forKey: Device(topic: name)) else { continue }
      devices[number] = device
      numbers[device] = number
      if let mac = device.mac { discovery.noteReading(of: mac) }
      return
    }
  }

  private func isKnown(_ device: Device) -> Bool {
    knownDevices.contains(device) || reserved.contains(device.topic) || device.mac.map(reserved.contains) ?? false
  }

  private func hasEntry(for device: Device) -> Bool {
    if numbers[device] != nil || takenEntries < openEntries { return true }
    return isKnown(device) && devices.count < 65_536
  }

  /// The number of a plug that ``hasEntry(for:)``.
  private mutating func number(of device: Device) -> Int {
    if let number = numbers[device] { return number }
    if !isKnown(device) { takenEntries += 1 }
    if let mac = device.mac { discovery.noteReading(of: mac) }
    devices.append(device)
    lastReading.append(.min)
    lastRestart.append(.min)
    numbers[device] = devices.count - 1
    return devices.count - 1
  }
}
