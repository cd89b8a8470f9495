import Glibc
import MemoryDisk
import Readings
import Simulation
import Storage
import Tasmota
import TestSupport

/// Days of a house on a machine that has no luck, all from one seed: plugs with faults, a broker that goes away, a
/// clock that jumps, disks that fill up, fail and turn read-only, kills and power cuts; and what must hold after each.
struct HouseLife {
  /// What broke a promise, and when.
  struct Violation: Error { var text: String }

  /// One thing that the writer answered with `.stored`, as the store must give it back.
  private enum Item {
    /// With its mark, which is made once.
    case reading(Device, Reading, mark: Int)
    case event(Event)
  }

  let seed: UInt64
  private(set) var restarts = 0
  private(set) var messages = 0
  private var random: SeededGenerator
  private var disk = MemoryFileSystem()
  /// Everything stored, in order of arrival; after a crash only what survived it.
  private var items: [Item] = []
  /// Items before these survive a kill, a power cut.
  private var committed = 0
  private var synced = 0

  private let bug: MemoryFileSystem.SeededBug?
  /// A reader at work beside the recorder.
  private var reading: StoreReader?
  private let reportBug: LifeReport.SeededBug?

  /// - Parameter bug: a mistake that the disk makes from the moment on when a sound store stands on it: a store that
  ///   cannot even be made would be seen too easily.
  /// - Parameter reportBug: a mistake of the report alone.
  init(seed: UInt64, bug: MemoryFileSystem.SeededBug? = nil, reportBug: LifeReport.SeededBug? = nil) {
    self.seed = seed
    self.bug = bug
    self.reportBug = reportBug
    random = SeededGenerator(seed: seed)
  }

  private static let start = Timestamp(seconds: 1_772_323_200)
  private static let always = Timestamp(milliseconds: 0)..<Timestamp(milliseconds: .max)

  /// Lives it to its end.
  mutating func run() throws {
    let kinds = ["fridge", "kettle", "tv", "solar", "washer"].shuffled(using: &random)
    let hours = Int64.random(in: 6...60, using: &random)
    var options = SimulationOptions(
      devices: kinds.prefix(Int.random(in: 1...3, using: &random)).compactMap { SimulatedDevice(name: $0) },
      from: HouseLife.start, to: HouseLife.start.advanced(byMilliseconds: hours * 3_600_000))
    options.seed = seed
    options.period = [120, 300, 600].randomElement(using: &random) ?? 300
    options.faults = Set(Fault.ordinary.filter { _ in Bool.random(using: &random) })
    options.splitTotals = Bool.random(using: &random)
    options.sendsState = false
    if let bug {
      try open().close()
      disk.bug = bug
    }
    var household = try Household(options)
    var next = household.next()
    while next != nil { try session(&household, &next) }
    try check(after: "the end", atLeast: items.count)
  }

  /// From a start of the recorder to its end: closed, killed, or without power.
  private mutating func session(_ household: inout Household, _ next: inout SimulatedMessage?) throws {
    let writer = try open()
    var decoder = Decoder(knownDevices: try StoreReader(directory: "s", fileSystem: disk).devices.map(\.device))
    var reading = Reading(receivedAt: HouseLife.start, layout: Layout([]), values: [])
    var clock: Int64 = 0
    var outage = 0
    let isPowerCut = Bool.random(using: &random)
    var left = Int.random(in: 20...400, using: &random)
    while let message = next {
      next = household.next()
      messages += 1
      left -= 1
      if left == 0 { disk.crashAt = disk.callCount + Int.random(in: 0...40, using: &random) }
      // The machine stands still at some call behind that; at the latest a few messages on.
      if left < 0, disk.callCount > disk.crashAt ?? .max || left < -30 {
        try crash(isPowerCut)
        return
      }
      if isHit(oneIn: 300) {
        clock += [1000, -1000, 3_600_000, -3_600_000, 315_000_000_000].randomElement(using: &random) ?? 0
      }
      if isHit(oneIn: 150) { outage = Int.random(in: 1...60, using: &random) }
      misfortune()
      if outage > 0 {
        outage -= 1
        continue
      }
      let at = message.receivedAt.advanced(byMilliseconds: clock)
      let outcome = decoder.decode(message, at: at, into: &reading)
      switch outcome {
      case .reading(let index):
        let device = decoder.devices[index]
        if (try? writer.append(reading, from: device)) == .stored { items.append(HouseLife.item(device, reading)) }
      case .event(let event): if (try? writer.append(event)) == .stored { items.append(.event(event)) }
      case .retained: writer.count(.retained)
      case .ignored: writer.count(.ignored)
      case .refused(let reason): writer.count(.refused(reason.rawValue))
      }
      try work(writer)
    }
    if disk.callCount > disk.crashAt ?? .max { return try crash(isPowerCut) }
    disk.failure = nil
    disk.crashAt = nil
    do {
      try writer.close()
    } catch {
      throw Violation(text: "a sound disk, and the store does not close: \(error)")
    }
    (committed, synced) = (items.count, items.count)
  }

  /// What a recorder does now and then.
  private mutating func work(_ writer: StoreWriter) throws {
    switch Int.random(in: 0..<200, using: &random) {
    case 0..<60: if (try? writer.commit()) != nil { committed = items.count }
    case 60..<90:
      if (try? writer.sync()) != nil { (committed, synced) = (items.count, items.count) }
    case 90..<92:
      if (try? writer.seal()) != nil { (committed, synced) = (items.count, items.count) }
    case 92: _ = try? writer.compact(minimumCount: 2)
    case 93..<96: reading = try? StoreReader(directory: "s", fileSystem: disk)
    case 96: try finishReading()
    default: break
    }
    if isHit(oneIn: 16) { writer.checkInvariants() }
  }

  /// Somebody has opened the store some time ago and reads it now: what it held then, whatever was sealed, merged and
  /// removed since.
  private mutating func finishReading() throws {
    guard let reader = reading else { return }
    reading = nil
    let count = reader.messageCount + reader.eventCount
    let (rows, events) = try HouseLife.content(reader)
    let (expectedRows, expectedEvents) = HouseLife.content(items.prefix(count))
    guard rows == expectedRows, events == expectedEvents, reader.damage.allSatisfy(\.isNormal) else {
      throw Violation(text: "restart \(restarts): a reader beside the recorder does not see what it began to read")
    }
  }

  private mutating func misfortune() {
    if isHit(oneIn: 60) {
      let code = [EIO, ENOSPC, EROFS, EMFILE, EDQUOT].randomElement(using: &random) ?? EIO
      disk.failure = (disk.callCount + Int.random(in: 1...6, using: &random), code, code != EIO)
      disk.writesShort = Bool.random(using: &random)
    }
    if isHit(oneIn: 20) { disk.failure = nil }
  }

  private mutating func isHit(oneIn count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }

  private func open() throws -> StoreWriter {
    var options = StoreOptions()
    options.journalByteCount = 8192
    options.liveByteCount = 40_000
    options.randomSeed = seed &+ UInt64(restarts)
    do {
      return try StoreWriter(directory: "s", options: options, mode: .live, fileSystem: disk)
    } catch {
      throw Violation(text: "restart \(restarts): a sound disk, and the store does not open: \(error)")
    }
  }

  private mutating func crash(_ isPowerCut: Bool) throws {
    reading = nil
    restarts += 1
    let cut: MemoryFileSystem.Cut = !isPowerCut ? .keepAll : Bool.random(using: &random) ? .tear : .loseAll
    disk = disk.afterPowerCut(cut, seed: random.next())
    try check(after: "\(cut)", atLeast: cut == .keepAll ? committed : synced)
  }

  // MARK: What must hold

  /// The store, as a reader finds it and again after a writer's recovery, holds a prefix of what was stored, no shorter
  /// than what was promised, and reports what that prefix comes to; that prefix is the truth from then on.
  private mutating func check(after what: String, atLeast: Int) throws {
    let place = "restart \(restarts) (\(what)), \(messages) messages"
    if disk.names["wattlog.store"] == nil {
      guard atLeast == 0 else { throw Violation(text: "\(place): the store is gone") }
      disk = MemoryFileSystem()
      disk.bug = bug
      items = []
      (committed, synced) = (0, 0)
      return
    }
    var count = 0
    for step in ["as found", "after recovery"] {
      let reader: StoreReader
      do {
        reader = try StoreReader(directory: "s", fileSystem: disk)
      } catch {
        throw Violation(text: "\(place), \(step): the store does not open: \(error)")
      }
      let found = reader.messageCount + reader.eventCount
      guard found >= atLeast else {
        throw Violation(text: "\(place), \(step): \(atLeast - found) synced rows are lost")
      }
      guard found <= items.count else { throw Violation(text: "\(place), \(step): rows that nobody sent") }
      guard step == "as found" || found == count else { throw Violation(text: "\(place): recovery changes the rows") }
      count = found
      let (rows, events) = try HouseLife.content(reader)
      let (expectedRows, expectedEvents) = HouseLife.content(items.prefix(count))
      guard rows == expectedRows, events == expectedEvents else {
        let (all, allEvents) = HouseLife.content(items[...])
        var text =
          "\(place), \(step): not the first \(count) (\(committed) committed) of \(items.count) rows in their order"
        for (device, marks) in all {
          let found = rows[device] ?? []
          guard found != expectedRows[device] ?? [] else { continue }
          text +=
            "; \(device.topic) \(device.mac ?? "-"): \(found.count), expected \(expectedRows[device]?.count ?? 0), "
          text +=
            "\(zip(found, marks).prefix { $0 == $1 }.count) equal, \(Set(found).subtracting(marks).count) unknown, "
          text += "\(found.count - Set(found).count) twice"
        }
        if events != expectedEvents {
          let same = zip(events, allEvents).prefix { $0 == $1 }.count
          text += "; events \(events.count), expected \(expectedEvents.count), \(same) equal, then "
          text += "\(events.dropFirst(same).prefix(2)) for \(expectedEvents.dropFirst(same).prefix(2))"
        }
        throw Violation(text: text)
      }
      let damage = reader.damage.filter { !$0.isNormal }
      guard damage.isEmpty else { throw Violation(text: "\(place), \(step): damage \(damage[0])") }
      if step == "as found" { try open().close() }
    }
    items.removeSubrange(count...)
    (committed, synced) = (count, count)
    let verified = try StoreVerifier.verify(directory: "s", deep: true, fileSystem: disk)
    guard verified.isSound else { throw Violation(text: "\(place): verify finds \(verified.damage)") }
    try checkReport(at: place)
  }

  /// The report of the store is that of what was stored.
  private func checkReport(at place: String) throws {
    // Numbers of its own: what befalls a life does not depend on what is looked at.
    let report = LifeReport(from: HouseLife.start, seed: seed &* 1000 &+ UInt64(restarts), bug: reportBug)
    var readings: [Device: [Reading]] = [:]
    var events: [Event] = []
    for item in items {
      switch item {
      case .reading(let device, var reading, _):
        reading.receivedAt = reading.receivedAt.truncated(toMilliseconds: 1000)
        readings[device, default: []].append(reading)
      case .event(var event):
        event.at = event.at.truncated(toMilliseconds: 1000)
        events.append(event)
      }
    }
    let sent = readings.mapValues { list in
      list.enumerated().sorted { ($0.element.receivedAt, $0.offset) < ($1.element.receivedAt, $1.offset) }
        .map(\.element)
    }
    let sortedEvents = events.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
    if let found = try report.difference(disk, sent, sortedEvents.map(\.element)) {
      throw Violation(text: "\(place): \(found)")
    }
  }

  // MARK: Content

  private typealias Rows = [Device: [Int]]

  private static func mixed(_ word: Int) -> Int {
    var word = UInt64(bitPattern: Int64(word))
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return Int(truncatingIfNeeded: word ^ word >> 31)
  }

  /// One cell's part of its row's mark.
  private static func mark(_ field: Int, _ value: Int64, _ text: @autoclosure () -> String?) -> Int {
    value == ReadingColumns.absent ? 0 : mixed(field ^ mixed(text()?.hashValue ?? Int(value)))
  }

  /// A row as a number: its time and every cell, whatever order the cells come in.
  private static func item(_ device: Device, _ reading: Reading) -> Item {
    var sum = mixed(Int(reading.receivedAt.truncated(toMilliseconds: 1000).milliseconds))
    for (field, value) in zip(reading.layout.fields, reading.values) {
      sum &+= mark(field.hashValue, value, field.form == .verbatim ? reading.texts[Int(value)] : nil)
    }
    return .reading(device, reading, mark: sum)
  }

  private static func content(_ reader: StoreReader) throws -> (Rows, [Event]) {
    var rows: Rows = [:]
    for device in reader.devices {
      var marks: [Int] = []
      reader.readings(of: device.device, in: HouseLife.always) { chunk in
        var chunkMarks = chunk.times.map { mixed(Int($0.milliseconds)) }
        for column in chunk.columns {
          let field = column.field.hashValue
          let isText = column.field.form == .verbatim
          for (row, value) in column.values.enumerated() {
            chunkMarks[row] &+= mark(field, value, isText ? column.texts[Int(value)] : nil)
          }
        }
        marks += chunkMarks
      }
      rows[device.device] = marks
    }
    return (rows, reader.events(in: HouseLife.always))
  }

  private static func content(_ items: ArraySlice<Item>) -> (Rows, [Event]) {
    var rows: [Device: [(Timestamp, Int)]] = [:]
    var events: [Event] = []
    for item in items {
      switch item {
      case .reading(let device, let reading, let mark):
        rows[device, default: []].append((reading.receivedAt.truncated(toMilliseconds: 1000), mark))
      case .event(var event):
        event.at = event.at.truncated(toMilliseconds: 1000)
        events.append(event)
      }
    }
    let sorted = rows.mapValues { list in
      list.enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }.map(\.element.1)
    }
    return (
      sorted, events.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    )
  }
}
