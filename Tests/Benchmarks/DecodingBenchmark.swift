import Glibc
import Readings
import Tasmota

/// Messages a second from capture lines to readings, on one core.
///
/// Give it an unpacked capture (`zstd -dc --long=27 spring.log.zst > spring.log`), or nothing: then five plugs that behave
/// like a household's are made up, with the standard message of about 234 bytes.
func decodingBenchmark(_ arguments: [String]) {
  let capture = arguments.first.flatMap(fileBytes) ?? madeUpCapture(lineCount: 200_000)
  for round in 1...5 {
    var parser = CaptureLineParser()
    var decoder = Decoder()
    var reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: Layout([]), values: [])
    var lines = 0
    var readings = 0
    var sum: Int64 = 0
    let parsing = seconds { forEachLine(capture) { line in lines += (try? parser.parse(line)) != nil ? 1 : 0 } }
    let decoding = seconds {
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
    let rate = Double(lines) / decoding
    print(
      "decoding round \(round): \(lines) lines, \(readings) readings, \(Int(rate)) messages/s,",
      "\(Int(decoding / Double(lines) * 1e9)) ns each, of which \(Int(parsing / Double(lines) * 1e9)) ns for the line",
      "(sum \(sum))")
  }
}

private func forEachLine(_ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) -> Void) {
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

private func seconds(_ body: () -> Void) -> Double {
  var before = timespec()
  var after = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before)
  body()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after)
  return Double(after.tv_sec - before.tv_sec) + Double(after.tv_nsec - before.tv_nsec) / 1e9
}

private func fileBytes(_ path: String) -> [UInt8]? {
  guard let file = fopen(path, "rb") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 1 << 20)
  while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes.append(contentsOf: piece[..<count]) }
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
