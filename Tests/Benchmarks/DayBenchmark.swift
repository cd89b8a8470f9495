import Readings
import Storage
import Tasmota

/// One day of a recorder as fast as the disk goes: `benchmarks day STORE CAPTURE`. Scripts/write-load --day counts what the
/// disk is given meanwhile.
///
/// Commits whenever the capture's second changes and syncs every ten, as `record` does by the clock.
func dayBenchmark(_ arguments: [String]) {
  guard arguments.count == 2, let capture = fileBytes(arguments[1]) else {
    return print("usage: benchmarks day STORE CAPTURE")
  }
  do throws(StorageError) {
    let writer = try StoreWriter(directory: arguments[0], mode: .live)
    let syncs = try record(capture, writer)
    try writer.close()
    print("\(syncs) syncs")
  } catch {
    print(error)
  }
}

private func record(_ capture: [UInt8], _ writer: StoreWriter) throws(StorageError) -> Int {
  var parser = CaptureLineParser()
  var decoder = Decoder()
  var reading = Reading(receivedAt: Timestamp(milliseconds: 0), layout: Layout([]), values: [])
  var second: Int64?
  var syncs = 0
  var failure: StorageError?
  forEachLine(capture) { line in
    guard failure == nil, let message = try? parser.parse(line) else { return }
    let now = message.receivedAt.milliseconds / 1000
    let outcome = decoder.decode(
      topic: message.topic, payload: message.payload, retained: message.retained, receivedAt: message.receivedAt,
      into: &reading)
    do throws(StorageError) {
      if let second, now != second {
        if now / 10 == second / 10 {
          try writer.commit()
        } else {
          try writer.sync()
          syncs += 1
        }
      }
      second = now
      switch outcome {
      case .reading(let index): _ = try writer.append(reading, from: decoder.devices[index])
      case .event(let event): _ = try writer.append(event)
      default: break
      }
    } catch {
      failure = error
    }
  }
  if let failure { throw failure }
  return syncs
}
