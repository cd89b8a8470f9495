private import CProcessor

/// CRC-32C (Castagnoli, reflected polynomial 82F63B78), eight bytes a step: by the processor where it has the
/// instruction, through eight tables elsewhere. Of long stretches the processor works out three lanes at a time.
///
/// The check value of `123456789` is E3069283.
public struct CRC32C: Sendable {
  private var state: UInt32 = 0xFFFF_FFFF

  private let isByProcessor: Bool

  public init() { isByProcessor = CRC32C.processorHasIt }

  /// By tables, whatever the processor has.
  public static var byTables: CRC32C { CRC32C(isByProcessor: false) }

  private init(isByProcessor: Bool) { self.isByProcessor = isByProcessor }

  private static let processorHasIt = processor_has_crc32c() != 0

  /// The checksum of what was added so far.
  public var value: UInt32 { ~state }

  public mutating func add(_ bytes: UnsafeRawBufferPointer) {
    if isByProcessor { addByProcessor(bytes) } else { addByTables(bytes) }
  }

  private mutating func addByProcessor(_ bytes: UnsafeRawBufferPointer) {
    guard var next = bytes.baseAddress else { return }
    let end = next + bytes.count
    let lane = CRC32C.laneByteCount
    if bytes.count >= 3 * lane {
      CRC32C.overLane.withUnsafeBufferPointer { table in
        /// The state after a lane of zeros.
        func overLane(_ state: UInt32) -> UInt32 {
          table[Int(state & 0xFF)] ^ table[256 + Int(state >> 8 & 0xFF)] ^ table[512 + Int(state >> 16 & 0xFF)]
            ^ table[768 + Int(state >> 24)]
        }
        while end - next >= 3 * lane {
          var (second, third): (UInt32, UInt32) = (0, 0)
          processor_crc32c_three(&state, &second, &third, next, lane)
          // A CRC is linear: what came before counts as it would through zeros.
          state = overLane(overLane(state) ^ second) ^ third
          next += 3 * lane
        }
      }
    }
    state = processor_crc32c(state, next, end - next)
  }

  private static let laneByteCount = 512

  /// What each byte of a state becomes through a lane of zeros: 256 entries for each of the four bytes.
  private static let overLane: [UInt32] = {
    let zeros = [UInt8](repeating: 0, count: laneByteCount)
    let bits = (0..<32).map { processor_crc32c(1 << $0, zeros, zeros.count) }
    return (0..<4 * 256).map { entry in
      (0..<8).reduce(0) { sum, bit in entry >> bit & 1 == 1 ? sum ^ bits[entry >> 8 * 8 + bit] : sum }
    }
  }()

  private mutating func addByTables(_ bytes: UnsafeRawBufferPointer) {
    var crc = state
    CRC32C.tables.withUnsafeBufferPointer { tables in
      var index = 0
      while index + 8 <= bytes.count {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ UInt64(crc)
        // Every index is a byte plus the start of one of the eight tables of 256.
        crc = tables[7 * 256 + Int(word & 0xFF)]
        crc ^= tables[6 * 256 + Int(word >> 8 & 0xFF)]
        crc ^= tables[5 * 256 + Int(word >> 16 & 0xFF)]
        crc ^= tables[4 * 256 + Int(word >> 24 & 0xFF)]
        crc ^= tables[3 * 256 + Int(word >> 32 & 0xFF)]
        crc ^= tables[2 * 256 + Int(word >> 40 & 0xFF)]
        crc ^= tables[1 * 256 + Int(word >> 48 & 0xFF)]
        crc ^= tables[Int(word >> 56)]
        index += 8
      }
      while index < bytes.count {
        crc = crc >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[index])]
        index += 1
      }
    }
    state = crc
  }

  public mutating func add(_ bytes: ArraySlice<UInt8>) { bytes.withUnsafeBytes { add($0) } }

  public static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var crc = CRC32C()
    crc.add(bytes)
    return crc.value
  }

  /// Table `k` (256 entries from `k * 256`) advances a byte over `k` further zero bytes.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
      tables[byte] = crc
    }
    for index in 256..<8 * 256 {
      let previous = tables[index - 256]
      tables[index] = previous >> 8 ^ tables[Int(previous & 0xFF)]
    }
    return tables
  }()
}
