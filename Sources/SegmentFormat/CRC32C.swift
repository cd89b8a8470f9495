private import CProcessor

/// CRC-32C (Castagnoli, reflected polynomial 82F63B78), eight bytes a step: by the processor where it has the
/// instruction, through eight tables elsewhere.
///
/// The check value of `123456789` is E3069283.
package struct CRC32C: Sendable {
  private var state: UInt32 = 0xFFFF_FFFF

  private let isByProcessor: Bool

  package init() { isByProcessor = CRC32C.processorHasIt }

  /// By tables, whatever the processor has.
  package static var byTables: CRC32C { CRC32C(isByProcessor: false) }

  private init(isByProcessor: Bool) { self.isByProcessor = isByProcessor }

  private static let processorHasIt = processor_has_crc32c() != 0

  /// The checksum of what was added so far.
  package var value: UInt32 { ~state }

  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    if isByProcessor {
      if let start = bytes.baseAddress { state = processor_crc32c(state, start, bytes.count) }
    } else {
      addByTables(bytes)
    }
  }

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

  package mutating func add(_ bytes: ArraySlice<UInt8>) { bytes.withUnsafeBytes { add($0) } }

  package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
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
