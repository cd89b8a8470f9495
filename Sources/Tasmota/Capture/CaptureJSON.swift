import Readings

/// Reads a line of `mosquitto_sub -F %j` or `-F %J`.
///
/// What it prints (client/sub_client_output.c, 1.5 to 2.1): `tst` as unix seconds (before 2.0) or as local time with
/// microseconds and, oddly, both `Z` and an offset: `2026-11-22T16:23:58.835106Z+0100`; `topic`, `qos`, `retain`,
/// `payloadlen`, `mid`, `properties`; `payload` as a string (`%j`), as plain JSON (`%J`), null when empty, and since 2.1
/// as an array of bytes where `%j` cannot print them.
struct CaptureJSON {
  /// Bytes that the last message points into. They stay where they are until the next line.
  private final class Storage {
    var bytes: UnsafeMutableRawBufferPointer
    init(capacity: Int) { bytes = .allocate(byteCount: capacity, alignment: 1) }
    deinit { bytes.deallocate() }
  }

  private var storage = Storage(capacity: 1024)
  private var topic: [UInt8] = []
  private var payload: [UInt8] = []
  private var clock: [UInt8] = []

  private enum Member { case time, topic, retain, payload, other }

  /// What the line held so far.
  private struct Found {
    var time: Timestamp?
    var retained: Bool?
    var hasTopic = false
    var seen: Set<Member> = []
    /// Of a payload that is plain JSON: where it begins while it is open, where it lies, and its bytes if it is a list
    /// of such.
    var rawStart: Int?
    var raw: Range<Int>?
    var bytes: [UInt8]? = []
  }

  mutating func parse(_ line: UnsafeRawBufferPointer) throws(CaptureLineError) -> CaptureLine {
    var scanner = JSONScanner(line)
    var member = Member.other
    var found = Found()
    payload.removeAll(keepingCapacity: true)
    while true {
      let token: JSONScanner.Token
      do throws(RefusalReason) {
        token = try scanner.next()
      } catch {
        throw CaptureLineError(offset: scanner.offset, what: CaptureJSON.explanation(error))
      }
      if token == .end { break }
      if found.rawStart != nil {
        CaptureJSON.goOn(token, scanner, &found)
      } else if token == .key, scanner.depth == 1 {
        member = self.member(scanner)
        if member != .other, !found.seen.insert(member).inserted {
          throw CaptureLineError(offset: scanner.start, what: "the same member twice")
        }
      } else if scanner.depth == 1 || (scanner.depth == 2 && (token == .beginObject || token == .beginArray)) {
        try take(token, of: member, scanner, &found)
        member = .other
      }
    }
    return try message(of: line, found)
  }

  /// Inside a payload that is an object or an array.
  private static func goOn(_ token: JSONScanner.Token, _ scanner: JSONScanner, _ found: inout Found) {
    if token == .number, scanner.depth == 2, scanner.number.places == 0,
      let byte = UInt8(exactly: scanner.number.value)
    {
      found.bytes?.append(byte)
    } else if token != .endArray || scanner.depth != 1 {
      found.bytes = nil
    }
    guard scanner.depth == 1, let start = found.rawStart else { return }
    found.raw = start..<scanner.end
    if token != .endArray || found.bytes?.isEmpty == true { found.bytes = nil }
    found.rawStart = nil
  }

  private mutating func take(
    _ token: JSONScanner.Token, of member: Member, _ scanner: JSONScanner, _ found: inout Found
  ) throws(CaptureLineError) {
    switch (member, token) {
    case (.time, .number):
      found.time = CaptureJSON.unixTime(scanner)
    case (.time, .string):
      clock.removeAll(keepingCapacity: true)
      if unescape(scanner, into: &clock) { found.time = clock.withUnsafeBytes { CaptureJSON.localTime($0) } }
    case (.topic, .string):
      topic.removeAll(keepingCapacity: true)
      found.hasTopic = unescape(scanner, into: &topic) && !topic.isEmpty
    case (.retain, .number):
      if scanner.number.places == 0, scanner.number.value == 0 || scanner.number.value == 1 {
        found.retained = scanner.number.value == 1
      }
    case (.retain, .boolean): found.retained = scanner.bytes[scanner.start] == UInt8(ascii: "t")
    case (.payload, .string):
      guard unescape(scanner, into: &payload) else {
        throw CaptureLineError(offset: scanner.start, what: "an escape in the payload that stands for nothing")
      }
    case (.payload, .beginObject), (.payload, .beginArray): found.rawStart = scanner.start
    case (.payload, .number), (.payload, .boolean): found.raw = scanner.start..<scanner.end
    default: break
    }
  }

  private mutating func message(
    of line: UnsafeRawBufferPointer, _ found: Found
  ) throws(CaptureLineError) -> CaptureLine {
    guard let time = found.time else { throw CaptureLineError(offset: 0, what: "no \"tst\" that is a time") }
    guard let retained = found.retained else {
      throw CaptureLineError(offset: 0, what: "no \"retain\" that is 0 or 1")
    }
    guard found.hasTopic else { throw CaptureLineError(offset: 0, what: "no \"topic\"") }
    guard found.seen.contains(.payload) else { throw CaptureLineError(offset: 0, what: "no \"payload\"") }
    var raw = found.raw
    if let bytes = found.bytes, !bytes.isEmpty {
      payload = bytes
      raw = nil
    }
    let (keptTopic, keptPayload) = keep()
    return CaptureLine(
      receivedAt: time, retained: retained, topic: keptTopic,
      payload: raw.map { UnsafeRawBufferPointer(rebasing: line[$0]) } ?? keptPayload)
  }

  private func member(_ scanner: JSONScanner) -> Member {
    let key = UnsafeRawBufferPointer(rebasing: scanner.bytes[scanner.start..<scanner.end])
    if key.elementsEqual("tst".utf8) { return .time }
    if key.elementsEqual("topic".utf8) { return .topic }
    if key.elementsEqual("retain".utf8) { return .retain }
    if key.elementsEqual("payload".utf8) { return .payload }
    return .other
  }

  private func unescape(_ scanner: JSONScanner, into text: inout [UInt8]) -> Bool {
    JSONText.appendUnescaped(UnsafeRawBufferPointer(rebasing: scanner.bytes[scanner.start..<scanner.end]), to: &text)
  }

  /// Puts topic and payload where they stay until the next line.
  private mutating func keep() -> (topic: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer) {
    let count = topic.count + payload.count
    if storage.bytes.count < count { storage = Storage(capacity: 2 * count) }
    storage.bytes.copyBytes(from: topic)
    UnsafeMutableRawBufferPointer(rebasing: storage.bytes[topic.count...]).copyBytes(from: payload)
    return (
      UnsafeRawBufferPointer(rebasing: storage.bytes[..<topic.count]),
      UnsafeRawBufferPointer(rebasing: storage.bytes[topic.count..<count])
    )
  }

  private static func explanation(_ reason: RefusalReason) -> String {
    switch reason {
    case .truncatedJSON: "the JSON ends in the middle"
    case .nestingTooDeep: "JSON nested too deeply"
    case .numberTooLong, .numberNotFinite: "a number that is none"
    default: "not JSON"
    }
  }

  // MARK: Times

  /// Unix seconds, of mosquitto_sub before 2.0.
  private static func unixTime(_ scanner: JSONScanner) -> Timestamp? {
    let number = scanner.number
    guard number.places >= 0, number.value >= 0 else { return nil }
    let scale = Decimal.power(number.places)
    let seconds = number.value / scale
    guard seconds <= CaptureLineParser.maximumSeconds else { return nil }
    let fraction = number.value % scale
    // `fraction` is below 10^places; cut to three digits without a product that could overflow.
    let milliseconds = number.places >= 3 ? fraction / (scale / 1000) : fraction * (1000 / scale)
    return Timestamp(milliseconds: seconds * 1000 + milliseconds)
  }

  /// `2026-11-22T16:23:58.835106Z+0100` and its simpler relatives; the offset counts, a lone `Z` is UTC.
  static func localTime(_ text: UnsafeRawBufferPointer) -> Timestamp? {
    guard let seconds = ClockText.seconds(text) else { return nil }
    var offset = 19
    var milliseconds: Int64 = 0
    if offset < text.count, text[offset] == UInt8(ascii: ".") {
      offset += 1
      let first = offset
      while offset < text.count, text[offset] &- 0x30 <= 9 {
        if offset < first + 3 { milliseconds = milliseconds * 10 + Int64(text[offset] &- 0x30) }
        offset += 1
      }
      let digits = offset - first
      guard digits >= 1, digits <= 9 else { return nil }
      if digits == 1 { milliseconds *= 100 } else if digits == 2 { milliseconds *= 10 }
    }
    var minutes = 0
    var hasZone = false
    if offset < text.count, text[offset] == UInt8(ascii: "Z") {
      hasZone = true
      offset += 1
    }
    if offset < text.count {
      let sign = text[offset]
      let hasColon = text.count == offset + 6 && text[offset + 3] == UInt8(ascii: ":")
      guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), hasColon || text.count == offset + 5,
        let hour = ClockText.twoDigits(text, offset + 1), let minute = ClockText.twoDigits(text, text.count - 2),
        hour < 24, minute < 60
      else { return nil }
      minutes = (hour * 60 + minute) * (sign == UInt8(ascii: "-") ? -1 : 1)
      hasZone = true
    }
    let utc = seconds - Int64(minutes) * 60
    guard hasZone, utc >= 0, utc <= CaptureLineParser.maximumSeconds else { return nil }
    return Timestamp(milliseconds: utc * 1000 + milliseconds)
  }
}
