import Readings
import Tasmota

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafeRawPointer, _ count: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: start, count: count)
  var parser = CaptureLineParser()
  for line in input.split(separator: 0x0A, omittingEmptySubsequences: false) {
    let line = UnsafeRawBufferPointer(rebasing: line)
    do throws(CaptureLineError) {
      let message = try parser.parse(line)
      // Every byte that it points to must be there.
      var sum: UInt8 = 0
      for byte in message.topic { sum &+= byte }
      for byte in message.payload { sum &+= byte }
      precondition(message.receivedAt.milliseconds >= 0, "a time before 1970 \(sum)")
    } catch {
      precondition(error.offset >= 0 && error.offset <= line.count, "an error outside the line")
    }
  }
  return 0
}
