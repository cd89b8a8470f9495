/// What the firmware shows of one channel at one instant, in its own float32 steps (EnergyShow; TASMOTA E8 1240–1305).
struct PowerMeasurement: Sendable, Equatable {
  var power: Float = 0
  var apparent: Float = 0
  var reactive: Float = 0
  var factor: Float = 0
  var voltage: Float = 0
  var current: Float = 0

  /// What a channel shows that is switched off, or of which nothing has been heard.
  static let none = PowerMeasurement(milliwatts: 0, millivolts: 0, microamperes: 0)

  /// - Parameters:
  ///   - microamperes: what the current channel measures; its window is another than that of the power.
  init(milliwatts: Int64, millivolts: Int64, microamperes: Int64) {
    voltage = Float(millivolts) / 1000
    current = Float(microamperes) / 1_000_000
    power = current == 0 ? 0 : Float(milliwatts) / 1000
    apparent = voltage * current
    factor = power != 0 && apparent != 0 ? power / apparent : 0
    if apparent < power {
      apparent = power
      if factor > 1 { factor = 1 }
    }
    reactive = PowerMeasurement.reactive(power: power, apparent: apparent, current: current)
  }

  /// Q from S and P: zero unless they differ by 1.5 VA or 1 %, and rounded to a tenth while the numbers are small.
  static func reactive(power: Float, apparent: Float, current: Float) -> Float {
    // The firmware casts to uint32; a negative P (export) is taken by its size here, as drivers of such meters do.
    let size = power < 0 ? -power : power
    guard apparent >= size, apparent < 1e6 else { return 0 }
    let difference = (UInt32(apparent * 100) - UInt32(size * 100)) / 10
    guard current > 0.005, difference > 15 || difference > UInt32(apparent * 100 / 1000) else { return 0 }
    let squares = apparent * apparent - size * size
    guard squares >= 0 else { return 0 }
    if squares < 10_737_418 { return Float(roundedSquareRoot(UInt32(squares * 100))) / 10 }
    return Float(squareRoot(UInt64(squares)))
  }

  /// RoundSqrtInt of support.ino.
  private static func roundedSquareRoot(_ value: UInt32) -> UInt32 {
    var root = UInt32(squareRoot(4 * UInt64(value)))
    if root & 1 == 1 { root += 1 }
    return root >> 1
  }

  private static func squareRoot(_ value: UInt64) -> UInt64 {
    // IEEE asks for a correctly rounded root, so this is the same everywhere; the loops take off its last rounding.
    var root = UInt64(Double(value).squareRoot())
    while root * root > value { root -= 1 }
    while (root + 1) * (root + 1) <= value { root += 1 }
    return root
  }
}
