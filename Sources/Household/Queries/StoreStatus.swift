public import Readings
public import Storage
public import Text

/// What `status` says of the store: sizes, counters, and each device's last reading.
public struct StoreStatus: Sendable {
  public struct DeviceLine: Sendable {
    public var name: String
    /// Of the plug that sends now.
    public var mac: String?
    /// How many channels its last message held; 1 for a plug with one.
    public var channels: Int
    public var lastReading: Timestamp
    public var availability: Availability
    /// The sum over the channels of its last message.
    public var power: Figure?
  }

  public enum Availability: String, Sendable {
    case online, offline, unknown
    /// A history from before, of which no plug has spoken.
    case imported
  }

  public let path: String
  public let byteCount: Int
  public let messageCount: Int
  public let eventCount: Int
  public let first: Timestamp?
  public let last: Timestamp?
  public let tallies: Tallies
  public let devices: [DeviceLine]

  public init(_ store: HouseholdStore) {
    path = store.path
    byteCount = store.reader.byteCount
    messageCount = store.reader.messageCount
    eventCount = store.reader.eventCount
    first = store.firstReading
    last = store.lastReading
    tallies = store.reader.tallies
    let announced = StoreStatus.announced(in: store)
    devices = store.devices.map { StoreStatus.line($0, announced, store) }
  }

  /// Bytes of the store for each message in it, to three digits.
  public var bytesPerMessage: Figure? {
    messageCount > 0 ? Figure.ratio(Int128(byteCount), Int128(messageCount), places: 3) : nil
  }

  /// What was said of who is there, in order of time, by topics and MACs.
  private static func announced(in store: HouseholdStore) -> [String: [Event]] {
    var announced: [String: [Event]] = [:]
    for event in store.reader.events(
      in: Timestamp(milliseconds: .min)..<Timestamp(milliseconds: .max), withMargins: false)
    where event.kind == .availability {
      for word in [event.device?.topic, event.device?.mac].compactMap(\.self) {
        announced[word, default: []].append(event)
      }
    }
    return announced
  }

  private static func line(
    _ device: LogicalDevice, _ announced: [String: [Event]], _ store: HouseholdStore
  ) -> DeviceLine {
    let measured = device.measured
    let device = measured ?? device
    let last = device.last
    let member = device.members.last { $0.last == last } ?? device.members[device.members.count - 1]
    var power: Figure?
    var channels = 1
    let instant = last..<last.advanced(byMilliseconds: 1)
    store.reader.readings(of: member.device, in: instant) { rows in
      guard let row = rows.times.indices.last else { return }
      for column in rows.columns where column.values[row] != ReadingColumns.absent {
        channels = max(channels, Int(column.field.channel))
      }
      power = rows.power(ofRow: row)
    }
    var availability = measured == nil ? Availability.imported : .unknown
    // Of events of one instant the topic's list has them all.
    let words = device.members.map(\.device.topic) + device.members.compactMap(\.device.mac)
    let told = words.compactMap { announced[$0]?.last(where: device.isConcerned) }
    if let event = told.max(by: { $0.at < $1.at }) {
      // A plug that sent after its broker gave it up is there again.
      availability = event.detail == "online" || event.at < last ? .online : .offline
    }
    return DeviceLine(
      name: device.name, mac: member.device.mac, channels: channels, lastReading: last, availability: availability,
      power: power)
  }
}
