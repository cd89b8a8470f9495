public import Readings

/// A device as two texts: topic, and MAC or nothing.
public enum DeviceText {
  public static func append(_ device: Device, to writer: inout ByteWriter) {
    writer.append(text: device.topic)
    writer.append(text: device.mac ?? "")
  }

  public static func read(from reader: inout ByteReader) throws(FormatError) -> Device {
    let topic = try reader.readText(limit: FormatLayout.maximumTopicByteCount)
    let mac = try reader.readText(limit: FormatLayout.maximumNameByteCount)
    return Device(topic: topic, mac: mac.isEmpty ? nil : mac)
  }
}
