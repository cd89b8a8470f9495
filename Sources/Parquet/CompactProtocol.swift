/// Writes structures in Thrift's compact protocol (thrift-compact-protocol.md), in which Parquet keeps its metadata.
struct CompactProtocol {
  private(set) var bytes: [UInt8] = []
  /// The number of the last field of each open structure.
  private var lastFields: [Int16] = [0]

  private enum Kind: UInt8 {
    case yes = 1
    case no = 2
    case byte = 3
    case i32 = 5
    case i64 = 6
    case binary = 8
    case list = 9
    case structure = 12
  }

  private mutating func begin(_ number: Int16, _ kind: Kind) {
    let delta = number - lastFields[lastFields.count - 1]
    precondition(delta > 0, "fields go up")
    if delta <= 15 {
      bytes.append(UInt8(delta) << 4 | kind.rawValue)
    } else {
      bytes.append(kind.rawValue)
      bytes.appendVarint(zigzag: Int64(number))
    }
    lastFields[lastFields.count - 1] = number
  }

  mutating func field(_ number: Int16, _ value: Bool) { begin(number, value ? .yes : .no) }

  mutating func fieldByte(_ number: Int16, _ value: UInt8) {
    begin(number, .byte)
    bytes.append(value)
  }

  mutating func field(_ number: Int16, i32 value: Int) {
    begin(number, .i32)
    bytes.appendVarint(zigzag: Int64(value))
  }

  mutating func field(_ number: Int16, i64 value: Int) {
    begin(number, .i64)
    bytes.appendVarint(zigzag: Int64(value))
  }

  mutating func field(_ number: Int16, _ value: some Collection<UInt8>) {
    begin(number, .binary)
    element(value)
  }

  mutating func field(_ number: Int16, structure body: (inout CompactProtocol) -> Void) {
    begin(number, .structure)
    element(structure: body)
  }

  mutating func field<Element>(
    _ number: Int16, structures elements: [Element], _ body: (inout CompactProtocol, Element) -> Void
  ) {
    list(number, .structure, count: elements.count)
    for element in elements { self.element { body(&$0, element) } }
  }

  mutating func field(_ number: Int16, texts: [String]) {
    list(number, .binary, count: texts.count)
    for text in texts { element(text.utf8) }
  }

  mutating func field(_ number: Int16, i32s values: [Int]) {
    list(number, .i32, count: values.count)
    for value in values { bytes.appendVarint(zigzag: Int64(value)) }
  }

  /// A structure by itself, as the footer and each page's header are.
  mutating func structure(_ body: (inout CompactProtocol) -> Void) { element(structure: body) }

  private mutating func list(_ number: Int16, _ kind: Kind, count: Int) {
    begin(number, .list)
    if count < 15 {
      bytes.append(UInt8(count) << 4 | kind.rawValue)
    } else {
      bytes.append(0xF0 | kind.rawValue)
      bytes.appendVarint(UInt64(count))
    }
  }

  private mutating func element(_ value: some Collection<UInt8>) {
    bytes.appendVarint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  private mutating func element(structure body: (inout CompactProtocol) -> Void) {
    lastFields.append(0)
    body(&self)
    bytes.append(0)
    lastFields.removeLast()
  }
}

extension [UInt8] {
  /// Seven bits a byte, the lowest first (ULEB128).
  mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  /// The sign in the lowest bit.
  mutating func appendVarint(zigzag value: Int64) { appendVarint(UInt64(bitPattern: value << 1 ^ value >> 63)) }

  mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
