import Readings
import SegmentFormat

/// Which segments there are, as the catalog's frames add up to.
struct Catalog {
  var entries: [UInt64: CatalogEntry] = [:]
  /// Numbers that left: where such a file still stands it is a leftover.
  var removed: Set<UInt64> = []
  var coveredSequence: UInt32 = 0
  var counts: [(name: String, count: Int64)] = []
  /// Sequence number of the next frame.
  var nextSequence: UInt32 = 1
  /// Where the next frame goes.
  var end = FormatLayout.headerByteCount
  /// Why the file must be written anew, where it must: it is missing, damaged or torn.
  var fault: String?
  /// True where the fault is no more than an unfinished last frame, as a kill or power cut within an append leaves it.
  var isTorn = false
  /// True where the file is sound and the next writing of it tells more: it is of version 1, or lacks spans that are
  /// known by now (SF-39).
  var isOutdated = false
  /// What its frames call devices by.
  private var devices = CatalogDevices()

  /// Segments in order of arrival.
  var segments: [CatalogEntry] { entries.values.sorted { ($0.rank, $0.number) < ($1.rank, $1.number) } }

  init(fault: String? = nil) { self.fault = fault }

  /// Adds up a catalog's bytes. Damaged frames are passed over; ``fault`` says so.
  init(_ bytes: ArraySlice<UInt8>, store: StoreIdentity) throws(FormatError) {
    do {
      let (found, version) = try CatalogHeader.decode(bytes)
      if found != store { fault = "belongs to another store" }
      isOutdated = version < FormatLayout.catalogVersion
    } catch {
      if case .unknownVersion = error { throw error }
      fault = "header: " + SegmentFile.text(error)
    }
    var offset = FormatLayout.headerByteCount
    while offset < bytes.count {
      if let (frame, end) = nextFrame(bytes, at: offset, store.timeUnit) {
        if frame.sequence != nextSequence { fault = fault ?? "frame \(nextSequence) is missing" }
        apply(frame)
        offset = end
        self.end = end
        isTorn = false
      } else {
        if fault == nil, CatalogFrame.isUnfinished(bytes, at: offset) { isTorn = true }
        fault = fault ?? "damaged at byte \(offset)"
        offset += 1
        while offset < bytes.count, bytes[bytes.startIndex + offset] != UInt8(ascii: "W") { offset += 1 }
      }
    }
  }

  /// The frame at an offset; nil where none stands that comes behind the others.
  private mutating func nextFrame(
    _ bytes: ArraySlice<UInt8>, at offset: Int, _ timeUnit: Int64
  ) -> (frame: CatalogFrame, end: Int)? {
    var known = devices
    guard let found = CatalogFrame.decode(bytes, at: offset, timeUnit: timeUnit, devices: &known),
      found.frame.sequence >= nextSequence
    else { return nil }
    devices = known
    return found
  }

  mutating func apply(_ frame: CatalogFrame) {
    for number in frame.removed {
      entries[number] = nil
      removed.insert(number)
    }
    entries.reserveCapacity(max(entries.capacity, entries.count + frame.added.count))
    for entry in frame.added where !removed.contains(entry.number) { entries[entry.number] = entry }
    coveredSequence = max(coveredSequence, frame.coveredSequence)
    mergeCounts(frame.counts)
    nextSequence = frame.sequence &+ 1
  }

  func checkInvariants() {
    for (number, entry) in entries {
      precondition(number == entry.number && entry.rank <= number, "a segment that came before its rank")
      precondition(entry.first <= entry.last && entry.readingCount + entry.eventCount >= 0, "a segment of no time")
      precondition((1...12).contains(entry.month), "a segment of no month")
    }
    precondition(removed.isDisjoint(with: entries.keys), "a segment that left and is there")
    precondition(entries.values.allSatisfy { $0.isTold(inUnitsOf: 1) }, "spans that are not those of their segment")
    precondition(nextSequence > 0 && end >= FormatLayout.headerByteCount, "a catalog that ends in its header")
  }

  /// Counters only rise, so the higher one is the later one.
  mutating func mergeCounts(_ other: [(name: String, count: Int64)]) {
    for (name, count) in other {
      if let index = counts.firstIndex(where: { $0.name == name }) {
        counts[index].count = max(counts[index].count, count)
      } else {
        counts.append((name, count))
      }
    }
  }

  /// Takes over what a segment's footer says of it.
  mutating func correct(_ entry: CatalogEntry) {
    entries[entry.number] = entry
    isOutdated = true
  }

  /// The bytes of one more frame, which is applied.
  mutating func append(_ frame: CatalogFrame, store: StoreIdentity) -> [UInt8] {
    apply(frame)
    return frame.encode(timeUnit: store.timeUnit, devices: &devices)
  }

  /// Bytes of a whole catalog's frame, about: far below the size that a reader takes.
  private static let frameByteCount = 1 << 20

  /// The whole state as the bytes of a new catalog file, behind which the next frame goes.
  mutating func encodeWhole(store: StoreIdentity) -> [UInt8] {
    devices = CatalogDevices()
    var bytes = CatalogHeader.encode(store)
    var frame = CatalogFrame(
      sequence: 1, coveredSequence: coveredSequence, added: [], removed: removed.sorted(), counts: counts)
    var byteCount = removed.count * 5
    for entry in segments {
      if byteCount > Catalog.frameByteCount {
        bytes += frame.encode(timeUnit: store.timeUnit, devices: &devices)
        frame = CatalogFrame(
          sequence: frame.sequence + 1, coveredSequence: coveredSequence, added: [], removed: [], counts: [])
        byteCount = 0
      }
      frame.added.append(entry)
      byteCount += entry.largestByteCount
    }
    bytes += frame.encode(timeUnit: store.timeUnit, devices: &devices)
    nextSequence = frame.sequence + 1
    end = bytes.count
    fault = nil
    isOutdated = false
    return bytes
  }
}

extension CatalogEntry {
  /// What it takes in a frame at most, the names of its devices included.
  fileprivate var largestByteCount: Int {
    (spans ?? []).reduce(64) { $0 + 32 + ($1.device.map { $0.topic.utf8.count + ($0.mac?.utf8.count ?? 0) } ?? 0) }
  }
}

extension Tallies {
  var namedCounts: [(name: String, count: Int64)] {
    [("duplicates", duplicates), ("retained", retained), ("ignored", ignored)]
      + refused.sorted { $0.key < $1.key }.map { ("refused:" + $0.key, $0.value) }
  }

  init(_ counts: [(name: String, count: Int64)]) {
    for (name, count) in counts {
      switch name {
      case "duplicates": duplicates = count
      case "retained": retained = count
      case "ignored": ignored = count
      default:
        if name.hasPrefix("refused:") { refused[String(name.dropFirst(8))] = count }
      }
    }
  }
}
