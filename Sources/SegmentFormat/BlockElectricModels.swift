/// Power: stands still, or jumps between levels.
struct PowerModel: ColumnModel {
  static let kind = ModelKind.power
  static let size = 8 * 5 * 6 + 9 * 6 + 30 * Residual.magnitudeSize
  let values: Values
  let table: Probabilities
  var last: Int64 = 0
  var moved = 0
  var lastStep: Int64 = 0
  var beforeStep: Int64 = 0

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let stepSize = min((Residual.size(lastStep, limit: 9) + 1) / 2, 4)
    let size = last == 0 ? 0 : last < 16 ? 1 : last < 64 ? 2 : last < 256 ? 3 : last < 1024 ? 4 : 5
    let zero = (moved * 5 + stepSize) * 6 + size
    let sign = 240 + ((Residual.sign(lastStep) + 1) * 3 + Residual.sign(beforeStep) + 1) * 6 + size
    let residual = Residual.code(
      values[row] &- last, &coder, zero: table + zero, sign: table + sign,
      magnitude: table + 294 + (stepSize * 6 + size) * Residual.magnitudeSize)
    moved = (moved << 1 | (residual == 0 ? 0 : 1)) & 7
    if residual != 0 {
      beforeStep = lastStep
      lastStep = residual
      last = last &+ residual
    }
    if Coder.yields { values[row] = last }
  }
}

/// Voltage: a slow walk of its own, pulled down by a load of this plug that starts.
struct VoltageModel: ColumnModel {
  static let kind = ModelKind.voltage
  static let size = 9 * 8 * 3 + 9 * 3 * 2 + 6 * Residual.magnitudeSize
  let values: Values
  let power: Values
  let table: Probabilities
  var last: Int64 = 0
  var signs = 4
  var age = 0
  var lastSign = 0
  var lastPower: Int64 = 0

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let powerStep = power[row] &- lastPower
    let pull = powerStep > 200 ? 1 : powerStep < -200 ? 2 : 0
    let ageClass = age < 4 ? age : age < 8 ? 4 : age < 16 ? 5 : age < 32 ? 6 : 7
    let residual = Residual.code(
      values[row] &- last, &coder, zero: table + (signs * 8 + ageClass) * 3 + pull,
      sign: table + 216 + (signs * 3 + pull) * 2 + (lastSign > 0 ? 1 : 0),
      magnitude: table + 270 + (pull * 2 + (age == 0 ? 1 : 0)) * Residual.magnitudeSize)
    lastPower = power[row]
    signs = (signs * 3 + Residual.sign(residual) + 1) % 9
    if residual != 0 {
      last = last &+ residual
      lastSign = Residual.sign(residual)
      age = 0
    } else {
      age = min(age + 1, 64)
    }
    if Coder.yields { values[row] = last }
  }
}

/// Current: what the same power drew last time, at the voltage of now.
struct CurrentModel: ColumnModel {
  static let kind = ModelKind.current
  static let size = 3 * 3 * 5 * 5 + 3 * 3 * 4 + 25 * Residual.magnitudeSize
  static let memory = 1024
  let values: Values
  let power: Values
  let voltage: Values
  let table: Probabilities
  /// Units of V·I per unit of P.
  let unit: Int64
  /// Pairs of power and the product V·I that it had, by a hash of power.
  let known: Values
  var last: Int64 = 0
  var lastPower: Int64 = 0
  var lastVoltage: Int64 = 0
  var lastSize = 0
  var lastSign = 0

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let p = power[row]
    let v = voltage[row]
    let voltageSign = Residual.sign(v &- lastVoltage) + 1
    var expected = last
    var state = 0
    if p == lastPower {
      if v != lastVoltage && v > 0 { expected = divided(last &* lastVoltage &* 2, 2 &* v &- Int64(voltageSign - 1)) }
    } else {
      coder.remember()
      let old = slot(lastPower)
      if !Coder.looksAhead {
        known[old] = lastPower
        known[old + 1] = lastVoltage &* last
      }
      let new = slot(p)
      if known[new] == p {
        state = 1
        expected = divided(known[new + 1], v)
      } else {
        state = 2
        if lastPower > 0 && v > 0 {
          expected = divided(Residual.quotient(lastVoltage &* last &* p, lastPower), v)
        } else if v > 0 {
          expected = Residual.quotient(p &* unit, v)
        }
      }
    }
    let size = (Residual.size(expected, limit: 14) + 2) / 4
    let context = ((state * 3 + voltageSign) * 5 + size) * 5 + lastSize
    let residual = Residual.code(
      values[row] &- expected, &coder, zero: table + context,
      sign: table + 225 + (state * 3 + voltageSign) * 4 + lastSign,
      magnitude: table + 225 + 36 + (size * 5 + lastSize) * Residual.magnitudeSize)
    last = expected &+ residual
    if Coder.yields { values[row] = last }
    lastSize = Residual.size(residual, limit: 4)
    lastSign = Residual.sign(residual) + 1
    lastPower = p
    lastVoltage = v
  }

  @inline(__always)
  private func slot(_ power: Int64) -> Int {
    Int(truncatingIfNeeded: (UInt64(bitPattern: power) &* 0x9E37_79B9_7F4A_7C15) >> 54) * 2
  }
  /// Rounded to the nearest for what is not negative.
  @inline(__always)
  private func divided(_ numerator: Int64, _ divisor: Int64) -> Int64 {
    Residual.quotient(numerator &+ (divisor >> 1), divisor)
  }
}

/// Apparent power: V·I, or as much beside P as last time, whichever has been nearer of late; never less than P.
struct ApparentPowerModel: ColumnModel {
  static let kind = ModelKind.apparentPower
  static let size = 3 * 8 * 8 * 3 + 3 * 8 * 3 + 24 * Residual.magnitudeSize
  let values: Values
  let power: Values
  let voltage: Values
  let current: Values
  let divisor: Int64
  let table: Probabilities
  var last: Int64 = 0
  var lastPower: Int64 = 0
  var lastVoltage: Int64 = 0
  var lastCurrent: Int64 = 0
  var lastSign = 1
  /// Eight times the mean error of each prediction.
  var productError: Int64 = 0
  var ratioError: Int64 = 64

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let p = power[row]
    let v = voltage[row]
    let i = current[row]
    var expected = last
    var fraction = 0
    var state = 0
    var product: Int64 = 0
    var ratio: Int64 = 0
    if v != lastVoltage || i != lastCurrent || p != lastPower {
      let doubled = v &* i &* 8
      let eighths = Residual.quotient(doubled, divisor)
      product = (eighths &+ 4) >> 3
      fraction = Int(truncatingIfNeeded: eighths) & 7
      ratio = product
      state = 1
      if lastPower > 0 {
        ratio = Residual.quotient((last &* p) &* 2 &+ lastPower, 2 &* lastPower)
        if ratioError < productError {
          state = 2
          fraction =
            ratio == product ? 0 : ratio > product ? (ratio == product &+ 1 ? 1 : 2) : (ratio == product &- 1 ? 3 : 4)
        }
      }
      expected = max(p, state == 2 ? ratio : product)
    }
    let size = Residual.size(expected, limit: 14) / 2
    let context = (state * 8 + fraction) * 8 + size
    let residual = Residual.code(
      values[row] &- expected, &coder, zero: table + context * 3 + lastSign,
      sign: table + 576 + (state * 8 + fraction) * 3 + lastSign,
      magnitude: table + 648 + (state * 8 + size) * Residual.magnitudeSize)
    last = expected &+ residual
    if Coder.yields { values[row] = last }
    if state != 0 {
      productError = productError &+ ((Int64(min((last &- product).magnitude, 256)) &* 8 &- productError) >> 3)
      ratioError = ratioError &+ ((Int64(min((last &- ratio).magnitude, 256)) &* 8 &- ratioError) >> 3)
    }
    lastSign = Residual.sign(residual) + 1
    lastPower = p
    lastVoltage = v
    lastCurrent = i
  }
}

/// Power factor: P/S.
struct FactorModel: ColumnModel {
  static let kind = ModelKind.factor
  static let size = 2 * 8 * 12 + 2 * 8 * 3 + 24 * Residual.magnitudeSize
  let values: Values
  let power: Values
  let apparent: Values
  let current: Values
  /// What P/S is multiplied with: 100, and the scales of P and S.
  let numerator: Int64
  let denominator: Int64
  let table: Probabilities
  var last: Int64 = 0
  var lastPower: Int64 = 0
  var lastApparent: Int64 = 0
  var lastCurrent: Int64 = 0

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let p = power[row]
    let s = apparent[row]
    let i = current[row]
    let isStill = p == lastPower && s == lastApparent
    var expected: Int64 = 0
    var fraction = 0
    if isStill {
      expected = last
      fraction = i == lastCurrent ? 0 : i > lastCurrent ? 1 : 2
    } else if s > 0 {
      let scaled = p &* numerator &* 8
      let whole = s &* denominator
      if whole > 0 {
        let eighths = Residual.quotient(scaled, whole)
        expected = (eighths &+ 4) >> 3
        fraction = Int(truncatingIfNeeded: eighths) & 7
      }
    }
    let size = min(Residual.size(s, limit: 11), 11)
    let residual = Residual.code(
      values[row] &- expected, &coder, zero: table + ((isStill ? 8 : 0) + fraction) * 12 + size,
      sign: table + 192 + ((isStill ? 8 : 0) + fraction) * 3,
      magnitude: table + 192 + 48 + ((isStill ? 12 : 0) + size) * Residual.magnitudeSize)
    last = expected &+ residual
    if Coder.yields { values[row] = last }
    lastPower = p
    lastApparent = s
    lastCurrent = i
  }
}

/// Reactive power: √(S² − P²), or as much beside P as last time, whichever has been nearer of late.
struct ReactivePowerModel: ColumnModel {
  static let kind = ModelKind.reactivePower
  static let size = 4 * 12 * 4 + 4 * 3 * 3 + 48 * Residual.magnitudeSize
  let values: Values
  let power: Values
  let apparent: Values
  let current: Values
  let factor: Values
  let table: Probabilities
  var last: Int64 = 0
  var lastPower: Int64 = 0
  var lastApparent: Int64 = 0
  var lastCurrent: Int64 = 0
  var lastFactor: Int64 = 0
  var lastSign = 1
  var rootError: Int64 = 0
  var ratioError: Int64 = 64

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let p = power[row]
    let s = apparent[row]
    let i = current[row]
    let f = factor[row]
    var expected = last
    var state = 0
    var root: Int64 = 0
    var ratio: Int64 = 0
    var change = f == lastFactor ? 0 : f > lastFactor ? 1 : 2
    if p == lastPower && s == lastApparent {
      if i != lastCurrent {
        state = 1
        change = i > lastCurrent ? 1 : 2
      }
    } else {
      state = 2
      let square = s &* s &- p &* p
      if square > 0 && square < 1 << 52 { root = Int64(Double(square).squareRoot() + 0.5) }
      ratio = root
      expected = root
      if lastPower > 0 {
        ratio = Residual.quotient((last &* p) &* 2 &+ lastPower, 2 &* lastPower)
        if ratioError < rootError {
          state = 3
          expected = ratio
        }
      }
    }
    let size = min(Residual.size(s, limit: 11), 11)
    let residual = Residual.code(
      values[row] &- expected, &coder, zero: table + (state * 12 + size) * 4 + change,
      sign: table + 192 + (state * 3 + change) * 3 + lastSign,
      magnitude: table + 228 + (state * 12 + size) * Residual.magnitudeSize)
    last = expected &+ residual
    if Coder.yields { values[row] = last }
    if state >= 2 {
      rootError = rootError &+ ((Int64(min((last &- root).magnitude, 256)) &* 8 &- rootError) >> 3)
      ratioError = ratioError &+ ((Int64(min((last &- ratio).magnitude, 256)) &* 8 &- ratioError) >> 3)
    }
    lastSign = Residual.sign(residual) + 1
    lastPower = p
    lastApparent = s
    lastCurrent = i
    lastFactor = f
  }
}
