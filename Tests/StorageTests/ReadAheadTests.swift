import Glibc
import Storage
import TestSupport
import Testing

/// A file in memory of which some bytes cannot be read.
private final class WornFile: StoreFile {
  let bytes: [UInt8]
  let worn: Range<Int>
  private(set) var readCount = 0

  init(_ bytes: [UInt8], worn: Range<Int>) {
    self.bytes = bytes
    self.worn = worn
  }

  func byteCount() throws(FileSystemError) -> Int { bytes.count }
  func read(at offset: Int, count: Int) throws(FileSystemError) -> [UInt8] {
    readCount += 1
    let range = min(offset, bytes.count)..<min(offset + count, bytes.count)
    if range.overlaps(worn) { throw FileSystemError(call: "pread", path: "worn", code: EIO) }
    return Array(bytes[range])
  }
  func write(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(FileSystemError) {}
  func synchronize() throws(FileSystemError) {}
  func append(_ bytes: ArraySlice<UInt8>) throws(FileSystemError) {}
  func lock(_ kind: FileLock) throws(FileSystemError) {}
}

@Suite struct ReadAheadTests {
  @Test(arguments: 0..<20 as Range<UInt64>) func `what is read ahead is what is there`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let bytes = (0..<Int.random(in: 1...300_000, using: &random)).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
    let start = Int.random(in: 0..<bytes.count, using: &random)
    let worn = start..<min(bytes.count, start + Int.random(in: 0...5000, using: &random))
    let ahead = ReadAhead(WornFile(bytes, worn: worn))
    var offset = 0
    for _ in 0..<200 {
      if Int.random(in: 0...9, using: &random) == 0 { offset = Int.random(in: 0...bytes.count + 9, using: &random) }
      let count = Int.random(in: 0...90_000, using: &random) / (Bool.random(using: &random) ? 1 : 30)
      let range = min(offset, bytes.count)..<min(offset + count, bytes.count)
      if range.overlaps(worn) {
        #expect(throws: FileSystemError.self, "seed \(seed)") { try ahead.read(at: offset, count: count) }
      } else {
        #expect(try Array(ahead.read(at: offset, count: count)) == Array(bytes[range]), "seed \(seed)")
      }
      offset = range.upperBound
    }
  }

  @Test func `blocks that follow each other take few calls`() throws {
    let file = WornFile([UInt8](repeating: 7, count: 1_000_000), worn: 0..<0)
    let ahead = ReadAhead(file)
    for offset in stride(from: 0, to: 1_000_000, by: 10_000) { _ = try ahead.read(at: offset, count: 10_000) }
    #expect(file.readCount <= 17)
  }
}
