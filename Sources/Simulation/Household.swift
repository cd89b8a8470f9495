import Readings

/// A house full of Tasmota plugs: yields every message that they and the broker send, in order of receive time.
///
/// Memory does not grow with the messages; only the truth grows, by one row per device and day.
public struct Household: Sendable {
  private let house: HouseRules
  private let end: Int64
  private var plugs: [Plug]
  /// A binary heap of plug indices; the plug whose message arrives first is on top.
  private var order: [Int]
  private var text = MessageText()

  public init(_ options: SimulationOptions) throws(SimulationError) {
    try options.validate()
    let house = HouseRules(options)
    self.house = house
    end = house.end
    let count = options.devices.count
    plugs = options.devices.enumerated().map { index, device in
      // Every fault asked for befalls one plug at least.
      let certain = Fault.allCases.enumerated().filter { ($0.offset + Int(options.seed % 97)) % count == index }
      // The first trades topics with the second, the third with the fourth, …
      let partner = index ^ 1 < count ? options.devices[index ^ 1].name : nil
      return Plug(device, partner: partner, certainFaults: Set(certain.map(\.element)), house)
    }
    order = []
    for index in plugs.indices {
      let arrival = options.from.milliseconds * 1_000_000 + Int64(index + 1) * 300_000
      plugs[index].outbox.greet(
        [.stored(.availability), .stored(.discoveryConfig), .stored(.discoverySensors)], receivedAt: arrival)
      order.append(index)
    }
  }

  /// The next message, or nil after the last.
  public mutating func next() -> SimulatedMessage? {
    guard let index = first() else { return nil }
    let message = plugs[index].outbox.head
    text.bytes.removeAll(keepingCapacity: true)
    plugs[index].topics.put(message, mac: plugs[index].identity.mac, into: &text)
    let topic = text.bytes
    text.bytes.removeAll(keepingCapacity: true)
    plugs[index].put(message, house, into: &text)
    let result = SimulatedMessage(
      receivedAtNanoseconds: plugs[index].outbox.headReceivedAt, topic: topic, payload: text.bytes,
      retained: message.isStored, publishRetained: message.isPublishedRetained(house.options),
      isRedelivery: message.isStored && !plugs[index].outbox.isGreeting)
    moveOn(index)
    return result
  }

  /// Appends capture lines (`mosquitto_sub -F '%U %r %t %p'`) until `bytes` has grown by `goal` bytes or more.
  ///
  /// - Returns: false when nothing was left to append.
  public mutating func appendLines(to bytes: inout [UInt8], goal: Int = 1 << 16) -> Bool {
    swap(&text.bytes, &bytes)
    defer { swap(&text.bytes, &bytes) }
    let start = text.bytes.count
    while text.bytes.count - start < goal {
      guard let index = first() else { break }
      let message = plugs[index].outbox.head
      text.put(nanoseconds: plugs[index].outbox.headReceivedAt)
      if message.isStored { text.put(" 1 ") } else { text.put(" 0 ") }
      plugs[index].topics.put(message, mac: plugs[index].identity.mac, into: &text)
      text.put(byte: UInt8(ascii: " "))
      plugs[index].put(message, house, into: &text)
      text.put(byte: UInt8(ascii: "\n"))
      moveOn(index)
    }
    return text.bytes.count > start
  }

  /// What was truly used up to now, in order of day, then of device as given; call it after the last message.
  public func truth() -> [TruthRow] {
    plugs.enumerated().flatMap { index, plug in
      plug.truth.days.map { (index, TruthRow($0, device: plug.build.name)) }
    }
    .sorted { ($0.1.day, $0.0) < ($1.1.day, $1.0) }
    .map(\.1)
  }

  /// The truth as CSV with its header line.
  public func truthCSV() -> [UInt8] {
    var bytes = Array(TruthRow.header.utf8)
    bytes.append(UInt8(ascii: "\n"))
    for row in truth() { row.append(to: &bytes) }
    return bytes
  }

  // MARK: order

  /// The plug whose message is next; when it comes too late, all are brought to the end.
  private mutating func first() -> Int? {
    guard let index = order.first else { return nil }
    let arrival = plugs[index].outbox.headReceivedAt
    if end != .max, arrival >= end * 1_000_000 {
      for late in order { plugs[late].finish(house, at: end) }
      order = []
      return nil
    }
    return index
  }

  private mutating func moveOn(_ index: Int) {
    if !plugs[index].takeHead(), !plugs[index].advance(in: house, until: end) {
      order.swapAt(0, order.count - 1)
      order.removeLast()
    }
    sink()
  }

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    let (first, second) = (plugs[a].outbox.headReceivedAt, plugs[b].outbox.headReceivedAt)
    return first != second ? first < second : a < b
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < order.count else { return }
      if child + 1 < order.count, isBefore(order[child + 1], order[child]) { child += 1 }
      guard isBefore(order[child], order[parent]) else { return }
      order.swapAt(child, parent)
      parent = child
    }
  }
}
