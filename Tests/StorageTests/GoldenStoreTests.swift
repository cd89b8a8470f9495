import Foundation
import Readings
import SegmentFormat
import Storage
import TestSupport
import Testing

/// `Schema/vectors/v1-store` to `v7-store`, a whole store of each format version: two plugs (one of two channels, with
/// what needs a text), events, counts, one sealed segment and one journal. Every later version reads them.
/// `UPDATE_GOLDEN=1` rewrites the newest, which is only right before the version is released.
@Suite(.serialized) struct GoldenStoreTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Schema/vectors")
  static let versions = ["v1-store", "v2-store", "v3-store", "v4-store", "v5-store", "v6-store", "v7-store"]
  static func store(_ name: String) -> URL { folder.appendingPathComponent(name) }

  @Test(arguments: versions) func `a store of each version reads as it did when it was written`(name: String) throws {
    let files = FileManager.default
    let store = GoldenStoreTests.store(name)
    let isWritten =
      ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" && name == GoldenStoreTests.versions.last
    if isWritten {
      try? files.removeItem(at: store)
      try GoldenStoreTests.write(to: store.path)
    }
    let before = try StoreFiles(store.path)
    let reader = try StoreReader(directory: store.path)
    let text = try GoldenStoreTests.lines(of: reader)
    let expected = GoldenStoreTests.folder.appendingPathComponent(name + ".jsonl")
    if isWritten {
      try Data(text.utf8).write(to: expected)
    }
    #expect(reader.damage.isEmpty, "\(reader.damage)")
    #expect(try String(contentsOf: expected, encoding: .utf8) == text)
    let verdict = try StoreVerifier.verify(directory: store.path, deep: true)
    #expect(verdict.isSound, "\(verdict.damage)")
    #expect(verdict.segmentCount == 1)
    #expect(try StoreFiles(store.path) == before, "reading changed the store")
  }

  /// `v2-rollups`: plugs at 30 s and at 300 s with faults, by the program as it was when segments were of version 2.
  @Test func `rollups of version 1 still say what their readings say`() throws {
    let path = GoldenStoreTests.store("v2-rollups").path
    let verdict = try StoreVerifier.verify(directory: path, deep: true)
    #expect(verdict.isSound && verdict.rowCount == 28_106, "\(verdict.damage)")
    let reader = try StoreReader(directory: path)
    var told: [RollupDetail: Set<Int64>] = [:]
    var rowCount = 0
    for detail in [RollupDetail.hours, .halves, .cells] {
      for stored in reader.devices {
        reader.stretches(of: stored.device, in: Fixture.always, soft: [], detail: detail) { stretch in
          guard case .runs(let runs) = stretch else { return }
          for run in runs.rollups.runs[runs.places] where !run.cells.isEmpty {
            #expect(run.halves.isEmpty)
            told[detail, default: []].insert(runs.rollups.counters[0].form.cellLength)
            rowCount += run.rowCount
          }
        }
      }
    }
    #expect(told.values.allSatisfy { $0 == [900_000, 3_600_000] } && told.count == 3, "\(told)")
    #expect(rowCount > 3 * 20_000)
  }

  /// `v5-rollups`: a plug of two channels with a counter each, one with a counter of both, meters of three phases with a
  /// counter each and with one, plants with ExportActive and with a Total that falls, by the program as it was when
  /// segments became of version 5. SF-R41.
  @Test func `rollups of version 3 still say what their readings say`() throws {
    let path = GoldenStoreTests.store("v5-rollups").path
    let verdict = try StoreVerifier.verify(directory: path, deep: true)
    #expect(verdict.isSound && verdict.rowCount == 10_079, "\(verdict.damage)")
    let reader = try StoreReader(directory: path)
    var forms: Set<String> = []
    var rowCount = 0
    for stored in reader.devices {
      reader.stretches(of: stored.device, in: Fixture.always, soft: [], detail: .halves) { stretch in
        guard case .runs(let runs) = stretch else { return }
        for form in runs.rollups.counters.map(\.form) {
          forms.insert("\(form.channel) \(form.phaseCount) \(form.hasExportCounter) \(form.runsBack)")
        }
        rowCount += runs.rollups.runs[runs.places].reduce(0) { $0 + $1.rowCount }
      }
    }
    let counters = ["1", "2", "3"].map { "\($0) 0 false false" }
    #expect(
      forms
        == Set(
          counters + ["0 2 false false", "0 3 false false", "0 0 true false", "0 0 false true", "0 0 false false"]),
      "\(forms)")
    #expect(rowCount == 10_079)
  }

  /// `v6-rollups`: plugs and a plant whose last message of a day came only after midnight now and then, by the program as it
  /// was when segments were of version 6. Runs that are written today end before it.
  @Test func `rollups of version 3 end where they ended`() throws {
    let path = GoldenStoreTests.store("v6-rollups").path
    let verdict = try StoreVerifier.verify(directory: path, deep: true)
    #expect(verdict.isSound && verdict.rowCount == 30_240, "\(verdict.damage)")
    let reader = try StoreReader(directory: path)
    var otherKinds: Set<RollupBlock.Kind> = []
    for stored in reader.devices {
      reader.readings(of: stored.device, in: Fixture.always) { rows in
        let written = RollupBuilder.rollups(of: rows)
        for kind in [RollupBlock.Kind.hours, .counters] {
          guard let before = RollupBuilder.rollups(of: rows, kind: kind), let written else { continue }
          if before.runs.count < written.runs.count { otherKinds.insert(kind) }
        }
      }
    }
    #expect(otherKinds == [.hours, .counters])
  }

  @Test(arguments: versions) func `a writer takes a store of each version up where it ended`(name: String) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/store"
    try FileManager.default.copyItem(at: GoldenStoreTests.store(name), to: URL(fileURLWithPath: path))
    let before = try Content(StoreReader(directory: path))
    let writer = try StoreWriter(directory: path, mode: .live)
    #expect(writer.recovery.damage.isEmpty)
    for (device, reading) in GoldenStoreTests.readings {
      #expect(try writer.append(reading, from: device) == .duplicate)
    }
    try writer.seal()
    try writer.compact()
    try writer.close()
    #expect(try Content(StoreReader(directory: path)) == before)
  }

  /// SF-2.
  @Test(arguments: ["wattlog.store", "catalog", "segment", "journal"], [false, true])
  func `a file of an unknown version refuses the store by the version's number, and nothing is touched`(
    kind: String, isListed: Bool
  ) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/store"
    try FileManager.default.copyItem(at: GoldenStoreTests.store("v7-store"), to: URL(fileURLWithPath: path))
    if !isListed {
      // A segment that no catalog names is found by its own header.
      guard kind == "segment" else { return }
      try FileManager.default.removeItem(atPath: path + "/catalog")
    }
    let file = try #require(try StoreFiles(path).bytes.keys.first { $0.contains(kind) })
    try StoreFiles.raiseVersion(path + "/" + file)
    let before = try StoreFiles(path)
    for mode in [WriterMode.live, .bulk] {
      let error = #expect(throws: StorageError.self) { _ = try StoreWriter(directory: path, mode: mode) }
      #expect(error?.code == .unknownVersion(9), "\(error.map { "\($0)" } ?? "no error")")
      #expect(error?.path.hasSuffix(file) == true)
    }
    if kind == "segment" && isListed {
      // Segments are opened when a report comes to them: the hole is named.
      let reader = try StoreReader(directory: path)
      _ = try Content(reader)
      #expect(reader.damage.contains { $0.file == file && $0.cause.contains("version 9") }, "\(reader.damage)")
    } else {
      let error = #expect(throws: StorageError.self) { _ = try StoreReader(directory: path) }
      #expect(error?.code == .unknownVersion(9))
      let verdict = #expect(throws: StorageError.self) {
        _ = try StoreVerifier.verify(directory: path, deep: true)
      }
      #expect(verdict?.code == .unknownVersion(9))
    }
    #expect(try StoreFiles(path) == before)
  }

  // MARK: The store's content

  static let fridge = Device(topic: "fridge", mac: "8CAAB5F2DC31")
  static let strip = Device(topic: "home/attic/strip")

  static var readings: [(Device, Reading)] {
    var result: [(Device, Reading)] = []
    for (index, (_, reading)) in Fixture.readings(120, devices: 1, seed: 4711).enumerated() {
      result.append((fridge, reading))
      guard index % 3 == 0 else { continue }
      let layout = Layout([
        Field(.time, .clock(offsetMinutes: 60)), Field(.power, channel: 1, .decimal(1)),
        Field(.power, channel: 2, .decimal(1)), Field(.frequency, .decimal(2)),
        Field(.current, channel: 1, index % 4 == 0 ? .verbatim : .decimal(3)),
      ])
      let at = reading.receivedAt.advanced(byMilliseconds: 3000)
      result.append(
        (
          strip,
          Reading(
            receivedAt: at, layout: layout,
            values: [
              at.seconds + 3600, Int64(index) * 7, -Int64(index), index % 5 == 0 ? ReadingColumns.absent : 5001,
              index % 4 == 0 ? 0 : Int64(index),
            ], texts: index % 4 == 0 ? ["1e-5"] : [])
        ))
    }
    return result
  }

  static func write(to path: String) throws {
    var options = StoreOptions(timeUnit: 1000)
    options.randomSeed = 1
    options.journalByteCount = 4096
    let writer = try StoreWriter(directory: path, options: options, mode: .live)
    let all = readings
    _ = try writer.append(Event(at: Fixture.start, device: nil, kind: .recorder, detail: "started"))
    _ = try writer.append(Event(at: Fixture.start, device: fridge, kind: .availability, detail: "online"))
    writer.count(.retained)
    for (index, (device, reading)) in all.enumerated() {
      if index == all.count * 3 / 4 {
        try writer.seal()
        _ = try writer.append(
          Event(at: reading.receivedAt, device: fridge, kind: .restart, detail: "RestartReason Power On"))
      }
      for event in events(before: reading, of: device, at: index) { _ = try writer.append(event) }
      _ = try writer.append(reading, from: device)
    }
    try writer.close()
  }

  /// What plugs say beside their readings, from version 6 on: MARGINS by the reading that follows, words, numbers.
  private static func events(before reading: Reading, of device: Device, at index: Int) -> [Event] {
    func event(_ kind: Event.Kind, _ detail: String) -> Event {
      Event(at: reading.receivedAt, device: device, kind: kind, detail: detail)
    }
    guard device == fridge else { return [] }
    switch index % 16 {
    case 6: return [event(.margins, "{\"MARGINS\":{\"PowerDelta\":\(reading.values[6] - Int64(index))}}")]
    case 7: return [event(.margins, "{\"MARGINS\":{\"PowerDelta\":[\(index),0],\"PowerHigh\":\"ON\"}}")]
    case 10: return [event(.relay, "POWER ON"), event(.result, "{\"EnergyReset\":{\"Total\":0.\(index)00}}")]
    case 11: return [event(.result, "{\"Time\":\"2025-10-09T08:0\(index % 10):11\",\"Delay\":-\(index)}")]
    default: return []
    }
  }

  /// A line a reading or event, as JSON with sorted keys.
  static func lines(of reader: StoreReader) throws -> String {
    var lines: [String] = []
    func add(_ object: [String: Any]) throws {
      let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
      lines.append(String(decoding: data, as: UTF8.self))
    }
    for device in reader.devices {
      try reader.readings(of: device.device, in: Fixture.always) { chunk in
        for row in 0..<chunk.rowCount {
          var numbers: [String: Any] = [:]
          for column in chunk.columns where column.values[row] != ReadingColumns.absent {
            let value = column.values[row]
            numbers["\(column.field.key.name).\(column.field.channel).\(column.field.form.rawValue)"] =
              column.field.form == .verbatim ? column.texts[Int(value)] as Any : value
          }
          try add([
            "topic": device.device.topic, "mac": device.device.mac ?? "", "received": chunk.times[row].milliseconds,
            "numbers": numbers,
          ])
        }
      }
    }
    for event in reader.events(in: Fixture.always) {
      try add([
        "event": Int(event.kind.rawValue), "at": event.at.milliseconds, "topic": event.device?.topic ?? "",
        "detail": event.detail,
      ])
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// Every file below a directory, byte for byte.
struct StoreFiles: Equatable {
  var bytes: [String: Data] = [:]

  init(_ path: String) throws {
    for case let name as String in FileManager.default.enumerator(atPath: path) ?? .init() {
      var isDirectory: ObjCBool = false
      let file = path + "/" + name
      guard FileManager.default.fileExists(atPath: file, isDirectory: &isDirectory), !isDirectory.boolValue else {
        continue
      }
      bytes[name] = try Data(contentsOf: URL(fileURLWithPath: file))
    }
  }

  /// Makes a file one of format version 9, checksums and all.
  static func raiseVersion(_ path: String) throws {
    let url = URL(fileURLWithPath: path)
    var bytes = [UInt8](try Data(contentsOf: url))
    func put(_ value: UInt32, at offset: Int) {
      for shift in 0..<4 { bytes[offset + shift] = UInt8(truncatingIfNeeded: value >> (8 * shift)) }
    }
    if path.hasSuffix("wattlog.store") {
      var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropLast().map(String.init)
      lines[1] = "version 9"
      let text = lines.joined(separator: "\n") + "\n"
      let crc = String(CRC32C.checksum(Array(text.utf8)[...]), radix: 16)
      bytes = Array((text + "crc32c " + String(repeating: "0", count: 8 - crc.count) + crc + "\n").utf8)
    } else {
      for header in path.contains("journal") ? [0, 64] : [0] {
        bytes[header + 8] = 9
        put(CRC32C.checksum(bytes[header..<header + 60]), at: header + 60)
      }
      if path.hasSuffix(".segment") {
        let trailer = bytes.count - 24
        bytes[trailer + 4] = 9
        let size = Int(bytes[trailer]) | Int(bytes[trailer + 1]) << 8 | Int(bytes[trailer + 2]) << 16
        put(CRC32C.checksum(bytes[trailer - size..<trailer + 8]), at: trailer + 8)
      }
    }
    try Data(bytes).write(to: url)
  }
}
