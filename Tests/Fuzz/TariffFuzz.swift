import Calendar
import Configuration
import EnergyAccounting
import Pricing
import Readings

/// A tariff; whatever stands behind a line of `---` is its price list.
public func fuzzTariff(_ input: UnsafeRawBufferPointer) {
  let bytes = [UInt8](input)
  let mark = Array("\n---\n".utf8)
  var split = bytes.count
  if bytes.count >= mark.count {
    for place in 0...(bytes.count - mark.count) where bytes[place..<place + mark.count].elementsEqual(mark) {
      split = place
      break
    }
  }
  let prices = Array(bytes[min(split + mark.count, bytes.count)...])
  guard
    let file = try? TariffFile(
      parsing: Array(bytes[..<split]), name: "t", prices: { _ throws(TariffFile.UnreadablePrices) in prices })
  else {
    return
  }
  _ = file.findings
  for second in [Int64(0), 1_792_886_400, 4_102_444_799] {
    _ = file.tariff.rate(at: Timestamp(seconds: second), in: .utc)
  }
}
