import EnergyAccounting
import Foundation
import Readings
import Tasmota
import TestSupport
import Testing

/// Weeks of real plugs against what is known to be true of them.
struct CaptureTests {
  /// One line of truth.csv.
  private struct Truth {
    var day: String
    var device: String
    var exact: Double
    var plug: Double
    var counter: Double
    var messages: Int
    var note: String
  }

  #if DEBUG
    static let captures = ["autumn", "plug-august"]
  #else
    static let captures = ["autumn", "plug-august", "spring"]
  #endif

  @Test(arguments: captures)
  func everyDayAgreesWithTheTruth(capture: String) throws {
    guard let bytes = SharedData.unpacked(capture + ".log.zst"), let table = SharedData.bytes("truth.csv"),
      let london = try TimeZoneRulesTests.zone("Europe/London")
    else {
      print("skipped: the captures, zstd or the time zone files are not there")
      return
    }
    let truths = Self.truths(table)
    var checked = 0
    for plug in Self.plugs(bytes) {
      let topic = try #require(plug.runs.first?.device.topic)
      let first = try #require(plug.runs.first?.rows.times.first)
      let last = try #require(plug.runs.last?.rows.times.last)
      var dates: [LocalDate] = []
      var date = london.date(at: first)
      while london.start(of: date) <= last {
        dates.append(date)
        date = date.advanced(byDays: 1)
      }
      var account = MeterAccount(
        cutPoints: dates.map(london.start) + [london.start(of: date)], options: MeteringOptions(timeZone: london))
      for event in plug.events { account.add(event) }
      for run in plug.runs { account.add(run.rows, device: run.device) }
      let ledger = account.finish()
      let channel = try #require(ledger.channels.first)
      for (index, date) in dates.enumerated() {
        let name = Self.name(date)
        let bucket = channel.buckets[index]
        let kilowattHours = Double(bucket.energy.milliwattHours) / 1_000_000
        guard let truth = truths[name + topic] else {
          #expect(bucket.energy == .zero, "\(name) \(topic)")
          continue
        }
        #expect(bucket.messages == truth.messages)
        guard bucket.isComplete else { continue }
        let previous = index > 0 ? truths[Self.name(dates[index - 1]) + topic] : nil
        let isOutage = truth.note.contains("outage") || previous?.note.contains("outage") == true
        let expected = isOutage ? truth.plug : truth.counter
        // Both are printed with a thousandth: half of one is the comparison's own.
        #expect(
          abs(kilowattHours - expected) <= max(0.0035, expected * 0.003), "\(name) \(topic) \(truth.note)")
        #expect(
          abs(kilowattHours - truth.exact) <= max(0.005, truth.exact * 0.01), "\(name) \(topic) exact")
        checked += 1
      }
    }
    #expect(checked >= (capture == "spring" ? 150 : 0))
    #expect(capture != "autumn" || checked >= 18)
  }

  private static func name(_ date: LocalDate) -> String {
    let (year, month, day) = date.components
    return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
  }

  private static func truths(_ bytes: [UInt8]) -> [String: Truth] {
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

  private static func plugs(_ bytes: [UInt8]) -> [DecodedPlug] {
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
    return plugs.filter { !$0.value.runs.isEmpty }.sorted { $0.key < $1.key }.map(\.value)
  }
}
