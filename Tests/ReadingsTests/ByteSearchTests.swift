import Readings
import TestSupport
import Testing

@Suite struct ByteSearchTests {
  /// The definition: byte by byte. Bytes differ by their lowest and highest bits, which a word of eight may carry over.
  @Test func aByteIsFoundWhereItStandsFirst() {
    var random = SeededGenerator(seed: 5)
    let alphabet: [UInt8] = [0, 1, 0x0A, 0x0B, 0x0D, 0x2C, 0x2D, 0x7F, 0x80, 0x81, 0xFF]
    for count in 0..<40 {
      for _ in 0..<60 {
        let bytes = (0..<count).map { _ in alphabet.randomElement(using: &random) ?? 0 }
        let sought = alphabet.randomElement(using: &random) ?? 0
        for start in 0...count {
          let defined = bytes[start...].firstIndex(of: sought) ?? count
          #expect(bytes.withUnsafeBytes { $0.place(of: sought, from: start) } == defined, "\(bytes)")
        }
      }
    }
  }
}
