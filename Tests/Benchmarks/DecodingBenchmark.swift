import Glibc
import Readings
import Tasmota

/// Messages a second from capture lines to readings, on one core.
///
/// Give it an unpacked capture (`zstd -dc --long=27 spring.log.zst > spring.log`), or nothing: then five plugs that behave
/// like a household's are made up, with the standard message of about 234 bytes.
func decodingBenchmark(_ arguments: [String]) {
  let capture = arguments.first.flatMap { fileBytes($0) } ?? madeUpCapture(lineCount: 200_000)
  for round in 1...5 { print("decoding round \(round): \(DecodingFigures(capture))") }
}

/// One pass over a capture: lines to readings, nothing stored.
struct DecodingFigures: CustomStringConvertible {
  var lines = 0
  var readings = 0
  /// Seconds to cut the lines, and to cut and decode them.
  var parsing = 0.0
  var decoding = 0.0
  private var sum: Int64 = 0

  init(_ capture: [UInt8]) {
    var parser = CaptureLineParser()
    var decoder = Decoder()
    var reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: Layout([]), values: [])
    parsing = processorSeconds { forEachLine(capture) { line in lines += (try? parser.parse(line)) != nil ? 1 : 0 } }
    decoding = processorSeconds {
      forEachLine(capture) { line in
        guard let message = try? parser.parse(line) else { return }
        let outcome = decoder.decode(
          topic: message.topic, payload: message.payload, retained: message.retained,
          receivedAt: message.receivedAt, into: &reading)
        if case .reading = outcome {
          readings += 1
          sum &+= reading.values[1]
        }
      }
    }
  }

  var description: String {
    let each = Double(max(1, lines))
    return "\(lines) lines, \(readings) readings, \(Int(each / decoding)) messages/s, "
      + "\(Int(decoding / each * 1e9)) ns each, of which \(Int(parsing / each * 1e9)) ns for the line (sum \(sum))"
  }
}

func forEachLine(_ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) -> Void) {
  bytes.withUnsafeBytes { all in
    guard let base = all.baseAddress else { return }
    var start = 0
    while start < all.count {
      let found = memchr(base + start, 0x0A, all.count - start)
      let end = found.map { UnsafeRawPointer($0) - base } ?? all.count
      body(UnsafeRawBufferPointer(start: base + start, count: end - start))
      start = end + 1
    }
  }
}

/// A file's bytes, or as many as the limit says, up to a whole line.
func fileBytes(_ path: String, limit: Int = .max) -> [UInt8]? {
  guard let file = fopen(path, "rb") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 1 << 20)
  while bytes.count < limit, case let count = fread(&piece, 1, piece.count, file), count > 0 {
    bytes.append(contentsOf: piece[..<count])
  }
  if bytes.count >= limit, let end = bytes.lastIndex(of: 0x0A) { bytes.removeLast(bytes.count - end - 1) }
  return bytes
}

private func madeUpCapture(lineCount: Int) -> [UInt8] {
  var generator = SystemRandomNumberGenerator()
  var text: [UInt8] = []
  for line in 0..<lineCount {
    let plug = line % 5
    let second = line / 5 * 10
    let civil = CivilTime(secondsSince1970: 1_741_638_343 + Int64(second))
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let clock =
      "\(civil.year)-\(two(civil.month))-\(two(civil.day))T\(two(civil.hour)):\(two(civil.minute)):\(two(civil.second))"
    let power = plug == 0 ? 0 : plug * 60 + Int.random(in: 0..<(plug * 5), using: &generator)
    let current = Decimal.string(Int64(power * 1000 / 230), places: 3)
    let total = Decimal.string(Int64(1_033_041 + second * power / 3600), places: 3)
    text.append(
      contentsOf:
        "\(1_741_638_343 + second).\(100_000_000 + line % 899_999_999) 0 tele/plug-\(plug)/SENSOR {\"Time\":\"\(clock)\",\"ENERGY\":{\"TotalStartTime\":\"2025-01-29T20:25:46\",\"Total\":\(total),\"Yesterday\":1.240,\"Today\":0.\(100 + second / 3600 % 800),\"Period\":\(power / 360),\"Power\":\(power),\"ApparentPower\":\(power + power / 9),\"ReactivePower\":\(power / 5),\"Factor\":0.9\(power % 10),\"Voltage\":\(238 + line % 5),\"Current\":\(current)}}\n"
        .utf8)
  }
  return text
}
