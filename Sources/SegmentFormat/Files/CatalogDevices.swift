import Readings

/// The devices that a catalog's frames have named so far, which spans call by their places from 1 on (SF-37).
public struct CatalogDevices: Sendable {
  /// nil where the frame that named it is lost.
  private(set) var devices: [Device?] = []
  /// Made by the first that writes.
  private var numbers: [Device: Int] = [:]

  public init() {}

  var count: Int { devices.count }

  /// The place of a device, which is added when it is new.
  mutating func number(of device: Device) -> Int {
    if numbers.isEmpty {
      for (index, known) in devices.enumerated() { if let known { numbers[known] = index + 1 } }
    }
    if let known = numbers[device] { return known }
    devices.append(device)
    numbers[device] = devices.count
    return devices.count
  }

  /// Reads what a frame names, behind those of the frames before it. Where some of these are missing, theirs are unknown.
  mutating func read(from reader: inout ByteReader) throws(FormatError) {
    let at = reader.offset
    let before = try reader.readCount(limit: FormatLayout.maximumCatalogDeviceCount)
    guard before >= devices.count else { throw .invalid(offset: at, what: "place of the devices") }
    if before > devices.count { devices += repeatElement(nil, count: before - devices.count) }
    for _ in 0..<(try reader.readCount(limit: FormatLayout.maximumCatalogDeviceCount - before, bytesEach: 2)) {
      devices.append(try DeviceText.read(from: &reader))
    }
    numbers = [:]
  }
}
