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

  /// Segments in order of arrival.
  var segments: [CatalogEntry] { entries.values.sorted { ($0.rank, $0.number) < ($1.rank, $1.number) } }

  init(fault: String? = nil) { self.fault = fault }

  /// Adds up a catalog's bytes. Damaged frames are passed over; ``fault`` says so.
  init(_ bytes: ArraySlice<UInt8>, store: StoreIdentity) throws(FormatError) {
    do {
      if try CatalogHeader.decode(bytes) != store { fault = "belongs to another store" }
    } catch {
      if case .unknownVersion = error { throw error }
      fault = "header: " + SegmentFile.text(error)
    }
    var offset = FormatLayout.headerByteCount
    while offset < bytes.count {
      if let (frame, end) = CatalogFrame.decode(bytes, at: offset), frame.sequence >= nextSequence {
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

  mutating func apply(_ frame: CatalogFrame) {
    for number in frame.removed {
      entries[number] = nil
      removed.insert(number)
    }
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

  /// The whole state as the bytes of a new catalog file.
  func encodeWhole(store: StoreIdentity) -> [UInt8] {
    let frame = CatalogFrame(
      sequence: 1, coveredSequence: coveredSequence, added: segments, removed: removed.sorted(), counts: counts)
    return CatalogHeader.encode(store) + frame.encode()
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
