import Calendar
import EnergyAccounting
import Foundation
import Readings
import Tasmota
import TestSupport

/// Weeks of real plugs, and what is known to be true of them.
enum CapturedPlugs {
  /// One line of truth.csv.
  struct Truth {
    var day: String
    var device: String
    /// kWh: the source's power over time, after the firmware's rounding of it, and by the steps of the printed Total.
    var exact: Double
    var plug: Double
    var counter: Double
    var messages: Int
    var note: String
  }

  #if DEBUG
    static let names = ["autumn", "plug-august"]
  #else
    static let names = ["autumn", "plug-august", "spring"]
  #endif

  static func name(_ date: LocalDate) -> String {
    let (year, month, day) = date.components
    return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
  }

  /// By day and device; nil where the file is not there.
  static func truths() -> [String: Truth]? {
    guard let bytes = SharedData.bytes("truth.csv") else { return nil }
    var result: [String: Truth] = [:]
    for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).dropFirst() {
      let cells = line.split(separator: ",", maxSplits: 10, omittingEmptySubsequences: false).map(String.init)
      guard cells.count == 11, let exact = Double(cells[2]), let plug = Double(cells[3]),
        let counter = Double(cells[4]),
        let messages = Int(cells[6])
      else { continue }
      result[cells[0] + cells[1]] = Truth(
        day: cells[0], device: cells[1], exact: exact, plug: plug, counter: counter, messages: messages, note: cells[10]
      )
    }
    return result
  }

  /// The plugs of a capture by topic; nil where it is not there.
  static func plugs(of capture: String) -> [(topic: String, plug: DecodedPlug)]? {
    guard let bytes = SharedData.unpacked(capture + ".log.zst") else { return nil }
    var decoder = Decoder()
    var parser = CaptureLineParser()
    var reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: Layout([]), values: [])
    var plugs: [String: DecodedPlug] = [:]
    bytes.withUnsafeBytes { whole in
      var start = 0
      while start < whole.count {
        let end = whole[start...].firstIndex(of: 0x0A) ?? whole.count
        let line = UnsafeRawBufferPointer(rebasing: whole[start..<end])
        start = end + 1
        guard let message = try? parser.parse(line) else { continue }
        switch decoder.decode(
          topic: message.topic, payload: message.payload, retained: message.retained, receivedAt: message.receivedAt,
          into: &reading)
        {
        case .reading(let index):
          let device = decoder.devices[index]
          plugs[device.topic, default: DecodedPlug()].add(reading, of: device)
        case .event(let event):
          guard let device = event.device else { continue }
          plugs[device.topic, default: DecodedPlug()].events.append(event)
        case .retained, .ignored, .refused: continue
        }
      }
    }
    return plugs.filter { !$0.value.runs.isEmpty }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
