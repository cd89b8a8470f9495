public import Readings

/// One message of a capture.
///
/// Topic and payload point into the line or into the parser: they are valid until either goes or the next line is parsed.
public struct CaptureLine {
  public var receivedAt: Timestamp
  public var retained: Bool
  public var topic: UnsafeRawBufferPointer
  public var payload: UnsafeRawBufferPointer
}

/// What is wrong with a line of a capture, and where: bytes from the line's start.
public struct CaptureLineError: Error, Equatable, CustomStringConvertible {
  public var offset: Int
  public var what: String
  public var description: String { "\(what) (byte \(offset))" }
}

/// Reads what `mosquitto_sub` prints with `-F '%U %r %t %p'`, `-F %j` or `-F %J`, told apart by the first byte.
///
/// `%U %r %t %p` is taken apart at blanks, so a topic ends at the first blank; only JSON keeps topics that hold blanks.
/// `%J` has been through mosquitto_sub's own reading of numbers and has lost their digits (`0.500` is `0.5`); the other
/// two keep every byte.
public struct CaptureLineParser {
  /// The longest line that is read: the longest topic and twice the longest payload of MQTT 5 with 16 KiB packets, with
  /// every byte escaped, are far below it.
  public static let maximumLineBytes = 1 << 20
  /// The last instant of the year 9999, as far as the store goes.
  static let maximumSeconds: Int64 = 253_402_300_799

  private var json = CaptureJSON()

  public init() {}

  /// - Parameter line: one line without its line feed. A carriage return at the end is taken off.
  public mutating func parse(_ line: UnsafeRawBufferPointer) throws(CaptureLineError) -> CaptureLine {
    guard line.count <= CaptureLineParser.maximumLineBytes else {
      throw CaptureLineError(offset: CaptureLineParser.maximumLineBytes, what: "line too long")
    }
    switch line.first {
    case .some(0x30...0x39): return try CaptureLineParser.parseText(line)
    case .some(UInt8(ascii: "{")): return try json.parse(line)
    case nil, .some(0x0D):
      // mosquitto_sub -F %J leaves an empty line where a payload was no JSON.
      throw CaptureLineError(offset: 0, what: "empty line")
    default:
      throw CaptureLineError(offset: 0, what: "neither a unix time nor JSON at the start")
    }
  }

  private static func parseText(_ whole: UnsafeRawBufferPointer) throws(CaptureLineError) -> CaptureLine {
    let line =
      whole.last == 0x0D ? UnsafeRawBufferPointer(rebasing: whole[..<(whole.count - 1)]) : whole
    var offset = 0
    var seconds: Int64 = 0
    while offset < line.count, line[offset] &- 0x30 <= 9 {
      seconds = seconds * 10 + Int64(line[offset] &- 0x30)
      guard seconds <= maximumSeconds else {
        throw CaptureLineError(offset: 0, what: "a time after the year 9999")
      }
      offset += 1
    }
    var milliseconds: Int64 = 0
    if offset < line.count, line[offset] == UInt8(ascii: ".") {
      offset += 1
      let first = offset
      while offset < line.count, line[offset] &- 0x30 <= 9 {
        if offset < first + 3 { milliseconds = milliseconds * 10 + Int64(line[offset] &- 0x30) }
        offset += 1
      }
      let digits = offset - first
      guard digits >= 1, digits <= 9 else {
        throw CaptureLineError(offset: first, what: "a fraction of other than 1 to 9 digits in the time")
      }
      if digits == 1 { milliseconds *= 100 } else if digits == 2 { milliseconds *= 10 }
    }
    guard offset < line.count, line[offset] == 0x20 else {
      throw CaptureLineError(offset: offset, what: "no blank behind the time")
    }
    offset += 1
    guard offset < line.count, line[offset] &- 0x30 <= 1 else {
      throw CaptureLineError(offset: offset, what: "the retain flag is neither 0 nor 1")
    }
    let retained = line[offset] == 0x31
    offset += 1
    guard offset < line.count, line[offset] == 0x20 else {
      throw CaptureLineError(offset: offset, what: "no blank behind the retain flag")
    }
    offset += 1
    let topicEnd = line.place(of: 0x20, from: offset)
    guard topicEnd > offset else { throw CaptureLineError(offset: offset, what: "no topic") }
    // An editor may have taken the blank before an empty payload away.
    let payloadStart = min(topicEnd + 1, line.count)
    return CaptureLine(
      receivedAt: Timestamp(milliseconds: seconds * 1000 + milliseconds), retained: retained,
      topic: UnsafeRawBufferPointer(rebasing: line[offset..<topicEnd]),
      payload: UnsafeRawBufferPointer(rebasing: line[payloadStart...]))
  }
}
