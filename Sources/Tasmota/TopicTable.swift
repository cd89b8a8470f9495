import Readings

/// Topics that were taken apart already, each with what its next message needs. Bounded in number and bytes.
///
/// What is not in the table is taken apart again for each message, so a flood of topics costs time but no memory.
struct TopicTable {
  /// Topics of no plug of ours that are remembered.
  static let maximumForeignCount = 512
  /// SENSOR, LWT, RESULT, POWER…, INFO1–3, MARGINS and more of one plug.
  static let topicsPerDevice = 24
  /// Somebody who knows the hash can make many topics meet; none is looked for longer than this.
  private static let maximumProbes = 16

  struct Entry {
    var hash: UInt64
    var nameStart: Int
    var nameCount: Int
    /// Number of the plug; −1 until a message of it was taken.
    var device = -1
    /// Of topics that carry energy messages.
    var template: MessageTemplate?
    var route: TopicRoute
  }

  var entries: [Entry] = []
  private var names: [UInt8] = []
  /// Index into `entries` plus one; 0 where nothing is.
  private var slots: [Int32]
  private let mask: Int
  private let maximumCount: Int
  private var foreignCount = 0

  init(maximumDevices: Int) {
    maximumCount = maximumDevices * TopicTable.topicsPerDevice + TopicTable.maximumForeignCount
    var slotCount = 1024
    while slotCount < 2 * maximumCount { slotCount *= 2 }
    slots = [Int32](repeating: 0, count: slotCount)
    mask = slotCount - 1
  }

  /// The entry's index, or nil.
  func find(_ topic: UnsafeRawBufferPointer) -> Int? {
    guard !topic.isEmpty, topic.count <= TopicResolver.maximumTopicBytes else { return nil }
    let hash = TopicTable.hash(topic)
    var slot = Int(truncatingIfNeeded: hash) & mask
    for _ in 0..<TopicTable.maximumProbes {
      let index = Int(slots[slot]) - 1
      if index < 0 { return nil }
      if entries[index].hash == hash, entries[index].nameCount == topic.count {
        let start = entries[index].nameStart
        let isSame = names.withUnsafeBytes {
          TopicTable.isSame($0[start..<(start + topic.count)], topic[...])
        }
        if isSame { return index }
      }
      slot = (slot + 1) & mask
    }
    return nil
  }

  /// Remembers a topic if there is room.
  mutating func insert(_ topic: UnsafeRawBufferPointer, route: TopicRoute) -> Int? {
    guard !topic.isEmpty, topic.count <= TopicResolver.maximumTopicBytes, entries.count < maximumCount else {
      return nil
    }
    switch route {
    case .message: break
    default:
      guard foreignCount < TopicTable.maximumForeignCount else { return nil }
      foreignCount += 1
    }
    let hash = TopicTable.hash(topic)
    var slot = Int(truncatingIfNeeded: hash) & mask
    for _ in 0..<TopicTable.maximumProbes {
      if slots[slot] == 0 {
        entries.append(
          Entry(hash: hash, nameStart: names.count, nameCount: topic.count, template: nil, route: route))
        names.append(contentsOf: topic)
        slots[slot] = Int32(entries.count)
        return entries.count - 1
      }
      slot = (slot + 1) & mask
    }
    return nil
  }

  /// Forgets everything: discovery has changed what topics mean.
  mutating func removeAll() {
    // Thousands of plugs announce themselves one after the other: then there is hardly anything to forget.
    if entries.count * TopicTable.maximumProbes < slots.count {
      for entry in entries {
        let first = Int(truncatingIfNeeded: entry.hash) & mask
        for probe in 0..<TopicTable.maximumProbes { slots[(first + probe) & mask] = 0 }
      }
    } else {
      for slot in slots.indices { slots[slot] = 0 }
    }
    entries.removeAll(keepingCapacity: true)
    names.removeAll(keepingCapacity: true)
    foreignCount = 0
  }

  /// Whether two texts of one length are the same; eight bytes at a time, because every message asks.
  private static func isSame(_ a: Slice<UnsafeRawBufferPointer>, _ b: Slice<UnsafeRawBufferPointer>) -> Bool {
    let (a, b) = (UnsafeRawBufferPointer(rebasing: a), UnsafeRawBufferPointer(rebasing: b))
    var offset = 0
    while offset + 8 <= a.count {
      if a.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        != b.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      {
        return false
      }
      offset += 8
    }
    while offset < a.count {
      if a[offset] != b[offset] { return false }
      offset += 1
    }
    return true
  }

  private static func hash(_ topic: UnsafeRawBufferPointer) -> UInt64 {
    var hash = UInt64(truncatingIfNeeded: topic.count) &* 0x9E37_79B9_7F4A_7C15
    var offset = 0
    func mix(_ word: UInt64) {
      hash = (hash ^ word) &* 0xD6E8_FEB8_6659_FD93
      hash ^= hash >> 32
    }
    while offset + 8 <= topic.count {
      mix(topic.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    if offset < topic.count {
      var word: UInt64 = 0
      while offset < topic.count {
        word = word << 8 | UInt64(topic[offset])
        offset += 1
      }
      mix(word)
    }
    return hash
  }
}
