extension UnsafeRawBufferPointer {
  /// The place of a byte's first occurrence from a place on, or the end: eight bytes are looked at together.
  public func place(of byte: UInt8, from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let sought = UInt64(byte) &* ones
    var place = start
    while place &+ 8 <= count {
      let different = UInt64(littleEndian: loadUnaligned(fromByteOffset: place, as: UInt64.self)) ^ sought
      // The lowest bit that is set belongs to the first byte that is 0.
      let zeros = (different &- ones) & ~different & (ones &<< 7)
      if zeros != 0 { return place &+ zeros.trailingZeroBitCount &>> 3 }
      place &+= 8
    }
    while place < count, self[place] != byte { place &+= 1 }
    return place
  }
}
