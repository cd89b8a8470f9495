internal import Readings

/// The plain form of a column, for data that no model fits: the least value, a width, and that many bits a row.
struct PlainColumn {
  private let least: Int64
  private let width: Int
  private let count: Int

  init(_ values: Values, _ present: UnsafeMutablePointer<UInt8>?, _ rowCount: Int) {
    var least = Int64.max
    var most = Int64.min
    var count = 0
    for row in 0..<rowCount where present == nil || present?[row] != 0 {
      least = min(least, values[row])
      most = max(most, values[row])
      count += 1
    }
    self.least = count == 0 ? 0 : least
    self.count = count
    width = count == 0 ? 0 : 64 - UInt64(bitPattern: most &- least).leadingZeroBitCount
  }

  /// At most this many bytes.
  var byteCount: Int { (count * width + 7) / 8 + 11 }

  func encoded(_ values: Values, _ present: UnsafeMutablePointer<UInt8>?, _ rowCount: Int) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(signedVarint: least)
    writer.append(UInt8(truncatingIfNeeded: width))
    var pending: UInt64 = 0
    var filled = 0
    for row in 0..<rowCount where present == nil || present?[row] != 0 {
      var rest = UInt64(bitPattern: values[row] &- least)
      var left = width
      while left > 0 {
        let step = min(left, 8 - filled)
        pending |= (rest & ((1 << UInt64(step)) &- 1)) << UInt64(filled)
        rest >>= UInt64(step)
        filled += step
        left -= step
        if filled == 8 {
          writer.append(UInt8(truncatingIfNeeded: pending))
          pending = 0
          filled = 0
        }
      }
    }
    if filled > 0 { writer.append(UInt8(truncatingIfNeeded: pending)) }
    return writer.bytes
  }

  static func decode(
    _ bytes: ArraySlice<UInt8>, into rows: BlockRows, _ source: BlockPlan.Source
  ) throws(FormatError) {
    let values = rows.values(source)
    let present = rows.presence(source)
    var reader = ByteReader(bytes)
    let least = try reader.readSignedVarint()
    let width = Int(try reader.readByte())
    guard width <= 64 else { throw .invalid(offset: 0, what: "\(width) bits a value") }
    var pending: UInt64 = 0
    var filled = 0
    for row in 0..<rows.rowCount {
      guard present == nil || present?[row] != 0 else {
        values[row] = row > 0 ? values[row - 1] : 0
        continue
      }
      var value: UInt64 = 0
      var got = 0
      while got < width {
        if filled == 0 {
          pending = UInt64(try reader.readByte())
          filled = 8
        }
        let step = min(width - got, filled)
        value |= (pending & ((1 << UInt64(step)) &- 1)) << UInt64(got)
        pending >>= UInt64(step)
        filled -= step
        got += step
      }
      values[row] = least &+ Int64(bitPattern: value)
    }
    guard reader.isAtEnd else { throw .invalid(offset: reader.offset, what: "bytes after a plain column") }
  }

  /// The generic method that promises the fewest bits, by the sizes of what each would leave.
  static func bestMethod(_ values: Values, _ present: UnsafeMutablePointer<UInt8>?, _ rowCount: Int) -> ColumnMethod {
    var costs = (itself: 0, last: 0, line: 0)
    var last: Int64 = 0
    var step: Int64 = 0
    for row in 0..<rowCount where present == nil || present?[row] != 0 {
      let value = values[row]
      costs.itself &+= bits(value)
      costs.last &+= bits(value &- last)
      costs.line &+= bits(value &- last &- step)
      step = value &- last
      last = value
    }
    if costs.last <= costs.itself && costs.last <= costs.line { return .last }
    return costs.line < costs.itself ? .line : .itself
  }
  private static func bits(_ value: Int64) -> Int { 2 * (64 - value.magnitude.leadingZeroBitCount) }
}
