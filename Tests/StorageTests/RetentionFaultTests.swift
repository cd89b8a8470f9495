import Glibc
import MemoryDisk
import Readings
import SegmentFormat
import Simulation
import Storage
import Tasmota
import TestSupport
import Testing

/// Dropping old readings on a disk that is full or fails: nothing is lost, and the store is as before or as after.
@Suite struct RetentionFaultTests {
  private static let start = Timestamp(seconds: 1_772_323_200)
  private static let limit = start.advanced(byMilliseconds: 10 * 86_400_000)

  /// Two days of two plugs in two segments.
  private static func store() throws -> MemoryFileSystem {
    let disk = MemoryFileSystem()
    for day in 0..<2 as Range<Int64> {
      var options = SimulationOptions(
        devices: ["fridge", "kettle"].compactMap { SimulatedDevice(name: $0) },
        from: start.advanced(byMilliseconds: day * 86_400_000),
        to: start.advanced(byMilliseconds: (day + 1) * 86_400_000))
      options.period = 120
      options.sendsState = false
      var household = try Household(options)
      let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
      var decoder = Decoder(knownDevices: [])
      var reading = Reading(receivedAt: start, layout: Layout([]), values: [])
      while let message = household.next() {
        let outcome = decoder.decode(message, into: &reading)
        if case .reading(let index) = outcome { _ = try writer.append(reading, from: decoder.devices[index]) }
      }
      try writer.close()
    }
    return disk
  }

  /// What is left: readings that can be read one by one, and those that runs or readings tell.
  private static func count(_ disk: MemoryFileSystem) throws -> (rows: Int, told: Int) {
    let reader = try StoreReader(directory: "s", fileSystem: disk)
    let always = Timestamp(milliseconds: 0)..<Timestamp(milliseconds: .max)
    var (rows, told) = (0, 0)
    for device in reader.devices {
      reader.readings(of: device.device, in: always) { rows += $0.rowCount }
      reader.stretches(of: device.device, in: always, soft: []) { stretch in
        switch stretch {
        case .runs(let runs): told += runs.rollups.runs[runs.places].reduce(0) { $0 + $1.rowCount }
        case .rows(let some): told += some.rowCount
        }
      }
    }
    #expect(reader.damage.filter { !$0.isNormal }.isEmpty)
    return (rows, told)
  }

  /// The same with a flipped bit in the first block of readings of each segment; the rollups behind it stay sound.
  private static func damaged(_ disk: MemoryFileSystem) throws -> MemoryFileSystem {
    let damaged = disk.copy()
    for name in damaged.names.keys where name.hasSuffix(".segment") {
      let bytes = try #require(damaged.names[name]??.bytes)
      let (frame, bodyOffset) = try BlockFrame.decode(bytes[FormatLayout.headerByteCount...])
      #expect(frame.kind == .readings)
      damaged.names[name]??.bytes[FormatLayout.headerByteCount + bodyOffset + frame.bodyByteCount - 1] ^= 1
    }
    return damaged
  }

  /// Readings whose check was left for later are found damaged just where they are when they are checked at once.
  @Test func checksThatAreLeftFindWhatChecksAtOnceFind() throws {
    let sound = try Self.store()
    let always = Timestamp(milliseconds: 0)..<Timestamp(milliseconds: .max)
    for disk in [sound, try Self.damaged(sound)] {
      let reader = try StoreReader(directory: "s", fileSystem: disk)
      let checks = DeferredChecks()
      var damaged: Set<Device> = []
      for device in reader.devices.map(\.device) {
        let (atOnce, later) = (reader.forAnotherThread(), reader.forAnotherThread(deferringChecks: true))
        for one in [atOnce, later] { one.stretches(of: device, in: always, soft: [], detail: .hours) { _ in } }
        #expect(later.damage.isEmpty)
        if !atOnce.damage.isEmpty { damaged.insert(device) }
        later.giveChecks(to: checks)
      }
      #expect(damaged.isEmpty == (disk === sound))
      #expect(checks.damaged.isEmpty)
      checks.work()
      #expect(checks.damaged == damaged)
    }
  }

  /// SF-R42: hours are enough for what is asked, but not where rows cannot be read in doubt.
  @Test func whatIsLeftOfReadingsComesInItsCells() throws {
    func cellLengths(_ disk: MemoryFileSystem) throws -> Set<Int64> {
      let reader = try StoreReader(directory: "s", fileSystem: disk)
      let always = Timestamp(milliseconds: 0)..<Timestamp(milliseconds: .max)
      var found: Set<Int64> = []
      for device in reader.devices {
        reader.stretches(of: device.device, in: always, soft: [], detail: .hours) { stretch in
          if case .runs(let runs) = stretch, runs.rollups.runs[runs.places].contains(where: { !$0.cells.isEmpty }) {
            found.insert(runs.rollups.counters[0].form.cellLength)
          }
        }
      }
      return found
    }
    let disk = try Self.store()
    #expect(try cellLengths(disk) == [3_600_000])
    #expect(try cellLengths(Self.damaged(disk)) == [1_800_000, 3_600_000])
    let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
    _ = try writer.retain(since: Self.limit)
    try writer.close()
    #expect(try cellLengths(disk) == [1_800_000])
  }

  @Test(arguments: [ENOSPC, EIO], [true, false])
  func aDiskThatFailsLosesNothing(code: Int32, isLasting: Bool) throws {
    let full = try Self.store()
    let before = try Self.count(full)
    #expect(before.rows == before.told && before.rows > 2500)
    let sound = full.copy()
    let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: sound)
    let opened = sound.callCount
    let report = try writer.retain(since: Self.limit)
    let calls = sound.callCount - opened
    try writer.close()
    let after = try Self.count(sound)
    #expect(report.droppedRowCount > 2500 && after.rows == before.rows - report.droppedRowCount)
    #expect(after.told == before.told)
    #expect(calls > 10)
    var refusals = 0
    for call in 1...calls {
      let disk = full.copy()
      let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
      disk.writesShort = true
      disk.failure = (at: disk.callCount + call, code: code, isLasting: isLasting)
      do throws(StorageError) {
        _ = try writer.retain(since: Self.limit)
      } catch {
        refusals += 1
        #expect(code != ENOSPC || error.code == .noSpace, "call \(call): \(error)")
      }
      try? writer.close()
      for cut in MemoryFileSystem.Cut.allCases {
        let machine = disk.afterPowerCut(cut, seed: UInt64(call))
        // Opening mends what a crash leaves; then it works again.
        let again = try StoreWriter(directory: "s", mode: .bulk, fileSystem: machine)
        let place = Comment(rawValue: "call \(call) \(cut)")
        let found = try Self.count(machine)
        #expect(found.told == before.told, place)
        #expect(found.rows >= after.rows && found.rows <= before.rows, place)
        _ = try again.retain(since: Self.limit)
        try again.close()
        let done = try Self.count(machine)
        #expect(done.rows == after.rows && done.told == before.told, place)
        #expect(try StoreVerifier.verify(directory: "s", deep: true, fileSystem: machine).isSound, place)
      }
    }
    #expect(refusals > 5)
  }

  @Test func whatIsLeftAloneIsNotCounted() throws {
    let disk = try Self.store()
    let segment = try #require(disk.names.keys.filter { $0.hasSuffix(".segment") }.min())
    let found = try #require(disk.names[segment])
    let node = try #require(found)
    node.bytes.removeLast(node.bytes.count / 10)
    let writer = try StoreWriter(directory: "s", mode: .bulk, fileSystem: disk)
    let before = disk.names[segment].flatMap { $0?.bytes }
    let report = try writer.retain(since: Self.limit)
    try writer.close()
    #expect(report.damagedSegments == [segment] && report.segmentCount == 1, "\(report)")
    #expect(disk.names[segment].flatMap { $0?.bytes } == before)
    #expect(report.droppedRowCount > 1200 && report.droppedRowCount < 1600, "\(report)")
  }
}
