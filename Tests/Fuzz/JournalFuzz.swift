import Readings
import SegmentFormat

/// The payload of a frame as it stands, and the same as a whole journal with a right header.
public func fuzzJournal(_ input: UnsafeRawBufferPointer) {
  let bytes = [UInt8](input)
  let store = StoreIdentity(id: StoreID(high: 1, low: 2), timeUnit: 1000)
  let header = JournalHeader(store: store, epoch: 7, firstSequence: 1, byteCount: 65_536)
  var decoder = JournalDecoder(timeUnit: 1000)
  _ = decoder.decode(bytes[...]) { _ in }
  // Right checksums around the first half, whatever it is around the second.
  let half = bytes.count / 2
  var journal = header.encode()
  if half > 0 {
    journal += JournalFrame.encode(epoch: 7, sequence: 1, unsynced: 0, payload: Array(bytes[..<half]))
  }
  journal += bytes[half...]
  let scan = JournalScan(journal[...], header: header)
  precondition(scan.end <= journal.count, "a journal that ends behind its end")
  for frame in scan.frames { _ = journal[frame.payload] }
  _ = try? JournalHeader.decode(bytes[...])
}
