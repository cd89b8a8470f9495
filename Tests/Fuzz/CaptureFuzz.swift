import Readings
import Tasmota

public func fuzzCapture(_ input: UnsafeRawBufferPointer) {
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
}
