import Readings

/// The rows of several devices in one order: a binary heap over each device's next row.
///
/// By time; rows of one instant take turns, each device's first row before the second of any, devices in the order that they
/// are given in. That is the order of arrival where each device's messages of one second came as often as the others'.
struct RowMerge {
  private struct Head {
    var time: Timestamp
    /// How many rows of that time the device has had.
    var turn = 0
    var device: Int
    var chunk: ChunkSource

    @inline(__always)
    static func < (a: Head, b: Head) -> Bool {
      if a.time != b.time { return a.time < b.time }
      return a.turn == b.turn ? a.device < b.device : a.turn < b.turn
    }
  }

  private let devices: [DeviceRows]
  private var nextChunk: [Int]
  private var heap: [Head] = []
  private var isStarted = false
  /// True when the row at the top was handed out and its source must be moved on.
  private var isTopUsed = false

  init(_ devices: [DeviceRows]) {
    self.devices = devices
    nextChunk = devices.map { _ in 0 }
  }

  /// The source that stands on the next row; nil at the end. `make` prepares a chunk when its turn comes.
  @inline(__always)
  mutating func next(make: (String, ReadingColumns) -> ChunkSource) -> ChunkSource? {
    if !isStarted {
      isStarted = true
      for device in devices.indices { if let head = head(of: device, make: make) { push(head) } }
    } else if isTopUsed {
      let source = heap[0].chunk
      source.advance()
      let before = heap[0]
      if !source.isAtEnd {
        heap[0].time = source.time
        heap[0].turn = before.time == source.time ? before.turn + 1 : 0
        if heap.count > 1 { siftDown() }
      } else if let head = head(of: heap[0].device, make: make) {
        heap[0] = head
        if before.time == head.time { heap[0].turn = before.turn + 1 }
        siftDown()
      } else {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        siftDown()
      }
    }
    isTopUsed = !heap.isEmpty
    return heap.first?.chunk
  }

  private mutating func head(of device: Int, make: (String, ReadingColumns) -> ChunkSource) -> Head? {
    while nextChunk[device] < devices[device].chunks.count {
      let rows = devices[device].chunks[nextChunk[device]]
      nextChunk[device] += 1
      if rows.rowCount == 0 { continue }
      let chunk = make(devices[device].device, rows)
      return Head(time: chunk.time, device: device, chunk: chunk)
    }
    return nil
  }

  private mutating func push(_ head: Head) {
    heap.append(head)
    var child = heap.count - 1
    while child > 0, heap[child] < heap[(child - 1) / 2] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func siftDown() {
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[least] {
        least = child
      }
      if least == parent { return }
      heap.swapAt(least, parent)
      parent = least
    }
  }
}
