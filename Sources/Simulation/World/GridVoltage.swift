import Readings

/// The voltage at the house's connection: a slow random walk on a daily shape.
///
/// The same for all plugs at the same instant, whatever the order in which they ask.
struct GridVoltage: Sendable {
  private let slow: SmoothNoise
  private let medium: SmoothNoise
  private let fast: SmoothNoise

  init(seed: UInt64) {
    slow = SmoothNoise(seed: RandomStream.mix(seed ^ 0x51), knotExponent: 22, amplitude: 2500)
    medium = SmoothNoise(seed: RandomStream.mix(seed ^ 0x52), knotExponent: 18, amplitude: 900)
    fast = SmoothNoise(seed: RandomStream.mix(seed ^ 0x53), knotExponent: 13, amplitude: 350)
  }

  /// Millivolts at each full hour of the local day: high at night, low in the evening when the street cooks.
  private static let hours: [Int64] = [
    241_500, 241_900, 242_200, 242_300, 242_200, 241_800, 240_900, 239_800, 239_500, 239_700, 239_900, 239_800,
    239_300, 239_500, 239_800, 239_600, 238_800, 237_600, 236_900, 236_800, 237_400, 238_500, 239_700, 240_800,
  ]

  /// The frequency in hundredths of a hertz: within a tenth of 50 Hz.
  func centihertz(at milliseconds: Int64) -> Int64 {
    5000 + (slow.value(at: milliseconds) + fast.value(at: milliseconds)) / 500
  }

  func millivolts(at milliseconds: Int64, offset: Int64) -> Int64 {
    let ofDay = (milliseconds + offset * 1000).flooringRemainder(86_400_000)
    let hour = Int(ofDay / 3_600_000)
    let left = GridVoltage.hours[hour]
    let right = GridVoltage.hours[hour == 23 ? 0 : hour + 1]
    let shape = left + (right - left) * (ofDay % 3_600_000) / 3_600_000
    return shape + slow.value(at: milliseconds) + medium.value(at: milliseconds) + fast.value(at: milliseconds)
  }
}
