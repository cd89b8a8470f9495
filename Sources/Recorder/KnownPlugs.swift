public import Readings
public import Storage

/// Plugs of the store, by topic: a capture without discovery says nothing of MACs, and its readings are theirs.
///
/// Several plugs may have had one topic, one after the other; and a plug was heard without MAC before discovery spoke. A
/// message belongs to the one that was heard then, or the nearest.
public struct KnownPlugs: Sendable {
  private var plugsOfTopic: [String: [StoredDevice]] = [:]

  public init(_ devices: [StoredDevice]) {
    for device in devices { plugsOfTopic[device.device.topic, default: []].append(device) }
    // Where no MAC is known, there is nothing to tell.
    plugsOfTopic = plugsOfTopic.filter { $0.value.contains { $0.device.mac != nil } }
  }

  /// The plug that a message without MAC is of; a device with a MAC as it is.
  public func device(_ device: Device, at time: Timestamp) -> Device {
    guard device.mac == nil, !plugsOfTopic.isEmpty, let plugs = plugsOfTopic[device.topic] else { return device }
    func distance(_ plug: StoredDevice) -> Int64 {
      max(plug.first.milliseconds &- time.milliseconds, time.milliseconds &- plug.last.milliseconds, 0)
    }
    return plugs.min { distance($0) < distance($1) }?.device ?? device
  }
}
