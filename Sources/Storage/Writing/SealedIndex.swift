import Readings
import SegmentFormat

/// Finds out whether a segment holds a row already.
///
/// New data never come here: only a reading that is not newer than every sealed one of its device looks into the
/// blocks that cover its time. A block is decoded once and stays as times and hashes while it is in use, so a capture
/// that is replayed a second time costs one decoding.
final class SealedIndex {
  /// Bytes of decoded blocks that are kept, one block at least.
  private let maximumCacheByteCount: Int

  private final class Place {
    let segment: SegmentFile
    let entry: SegmentFooter.Entry
    var content: Content?
    var lastUse = 0
    init(_ segment: SegmentFile, _ entry: SegmentFooter.Entry) {
      self.segment = segment
      self.entry = entry
    }
  }

  private struct Content {
    /// In order.
    var times: [Int64] = []
    /// Of the row at the same index, but in order of size among rows of one time.
    var hashes: [UInt64] = []
    var events: Set<Event> = []
    var byteCount: Int { times.count * 16 + events.count * 256 }

    /// A flood puts a whole block into one second: neither step here looks at each row of it.
    func contains(time: Int64, hash: UInt64) -> Bool {
      let start = times.indices.partitionPoint { times[$0] >= time }
      let end = (start..<times.count).partitionPoint { times[$0] > time }
      let found = (start..<end).partitionPoint { hashes[$0] >= hash }
      return found < end && hashes[found] == hash
    }

    mutating func order() {
      var start = 0
      while start < times.count {
        var end = start + 1
        while end < times.count, times[end] == times[start] { end += 1 }
        if end - start > 1 { hashes[start..<end].sort() }
        start = end
      }
    }
  }

  /// Blocks in order of their first time, with the highest last time up to each.
  private struct Series {
    var places: [Place] = []
    var newest = Int64.min
    var lastUpTo: [Int64]?

    mutating func add(_ place: Place) {
      if let last = places.last, last.entry.first > place.entry.first { lastUpTo = nil }
      places.append(place)
      newest = max(newest, place.entry.last.milliseconds)
      if lastUpTo != nil { lastUpTo?.append(newest) }
    }

    mutating func order() {
      guard lastUpTo == nil else { return }
      places.sort { $0.entry.first < $1.entry.first }
      var last = Int64.min
      lastUpTo = places.map { place in
        last = max(last, place.entry.last.milliseconds)
        return last
      }
    }
  }

  private var series: [Device: Series] = [:]
  private var events = Series()
  private var useCount = 0
  private var cached: [Place] = []
  private var cachedByteCount = 0

  init(maximumCacheByteCount: Int) { self.maximumCacheByteCount = maximumCacheByteCount }

  var devices: [Device] { Array(series.keys) }
  func isKnown(_ device: Device) -> Bool { series[device] != nil }

  func add(_ segment: SegmentFile, _ entry: SegmentFooter.Entry) {
    guard entry.kind != .rollups else {
      // What is left of readings that were dropped: nothing to compare with, but its device is known.
      if let device = entry.device { _ = series[device, default: Series()] }
      return
    }
    let place = Place(segment, entry)
    if let device = entry.device {
      series[device, default: Series()].add(place)
    } else {
      events.add(place)
    }
  }

  /// Reads every segment's footer: which blocks cover which time of which device.
  ///
  /// - Parameter damage: what is found damaged is added.
  /// - Returns: true where the catalog said something else of a segment's devices than its footer, and no longer does.
  /// - Throws: a version that this program does not know refuses the store before anything is written.
  @discardableResult
  func read(_ publication: Publication, _ damage: inout [Damage]) throws(StorageError) -> Bool {
    removeAll()
    var saysOtherwise = false
    var refused: StorageError?
    var log = DamageLog(damage)
    for entry in publication.catalog.segments {
      do throws(FileSystemError) {
        let (segment, found) = try publication.finder.open(entry)
        if let version = found.unknownVersion { refused = StoreState.refuse(version: version, path: segment.path) }
        for found in found.damage { log.note(found) }
        if let own = found.own, publication.learn(own) { saysOtherwise = true }
        for block in found.footer?.entries ?? [] { add(segment, block) }
      } catch {
        log.note(publication.finder.file(of: entry).damage(.segment, cause: SegmentFile.text(error)))
      }
    }
    damage = log.all
    if let refused { throw refused }
    return saysOtherwise
  }

  private func removeAll() {
    series = [:]
    events = Series()
    cached = []
    cachedByteCount = 0
  }

  /// Time of the newest sealed reading of a device, in milliseconds; the lowest number where there is none.
  func newest(of device: Device) -> Int64 { series[device]?.newest ?? Int64.min }
  var newestEvent: Int64 { events.newest }

  func contains(_ reading: Reading, of device: Device, time: Int64, hash: UInt64) -> Bool {
    guard var found = series[device], time <= found.newest else { return false }
    if found.lastUpTo == nil {
      found.order()
      series[device] = found
    }
    return any(of: found, covering: time) { $0.contains(time: time, hash: hash) }
  }

  func contains(_ event: Event) -> Bool {
    events.order()
    return any(of: events, covering: event.at.milliseconds) { $0.events.contains(event) }
  }

  private func any(of series: Series, covering time: Int64, _ isIn: (borrowing Content) -> Bool) -> Bool {
    guard let lastUpTo = series.lastUpTo else { return false }
    var low = series.places.indices.partitionPoint { series.places[$0].entry.first.milliseconds > time }
    while low > 0, lastUpTo[low - 1] >= time {
      low -= 1
      let place = series.places[low]
      guard place.entry.last.milliseconds >= time else { continue }
      load(place)
      if let content = place.content, isIn(content) { return true }
    }
    return false
  }

  /// A block that cannot be read holds nothing that anyone could see: what it held may come again.
  private func load(_ place: Place) {
    useCount += 1
    place.lastUse = useCount
    guard place.content == nil else { return }
    var content = Content()
    if place.entry.kind == .events {
      content.events = Set((try? place.segment.readEvents(place.entry)) ?? [])
    } else if let rows = try? place.segment.readRows(place.entry) {
      content.times = rows.times.map(\.milliseconds)
      content.hashes = RowHash.of(rows)
      content.order()
    }
    place.content = content
    cached.append(place)
    cachedByteCount += content.byteCount
    while cachedByteCount > maximumCacheByteCount, cached.count > 1 {
      guard let oldest = cached.indices.min(by: { cached[$0].lastUse < cached[$1].lastUse }) else { return }
      cachedByteCount -= cached[oldest].content?.byteCount ?? 0
      cached[oldest].content = nil
      cached.remove(at: oldest)
    }
  }
}
