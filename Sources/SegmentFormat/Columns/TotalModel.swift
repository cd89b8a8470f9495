internal import Readings

/// Total: what the plug had at its midnight and Today on top, summed in the firmware's float32.
struct TotalModel: ColumnModel {
  enum Contexts {
    /// How far Today stepped, the size of Total, its last side, the place within a unit, whether Today fell.
    static var zero: ContextGrid { .first(3, 4, 3, 8, 2) }
    static var sign: ContextGrid { .behind(zero, 3, 4, 8, 2) }
    static var magnitude: ContextGrid { .magnitudes(behind: sign, 3, 2) }
  }
  static var contextCount: Int { Contexts.magnitude.end }
  static let inputs: [FieldKey] = [.power, .today]

  let values: Values
  let today: Values
  let fractions: UnsafePointer<UInt8>
  /// Total's units per kWh.
  let unitsPerKilowattHour: Int64
  /// 10^(Total's decimals − Today's) or, where Today has more, its inverse as a divisor.
  let multiplier: Int64
  let divisor: Int64
  let table: Probabilities
  var base: Int64 = 0
  var lastToday: Int64 = 0
  var lastFraction: Int64 = 128
  var last: Int64 = 0
  var trend = 0
  var upper: Int64 = 0
  var lower: Int64 = 0

  init(_ inputs: ModelInputs) {
    values = inputs.values
    today = inputs.column(.today)
    fractions = inputs.todayFractions()
    unitsPerKilowattHour = Decimal.power(inputs.places)
    let surplus = inputs.places - inputs.places(of: .today)
    multiplier = Decimal.power(max(0, surplus))
    divisor = Decimal.power(max(0, -surplus))
    table = inputs.table
  }

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let t = today[row]
    let fraction = Int64(fractions[row])
    if t < lastToday { base = base &+ scaled((lastToday &* 256 &+ lastFraction &- 128) >> 8) }
    let parts = scaled(t &* 256 &+ (fraction &- 128))
    let perUnit = Float(unitsPerKilowattHour)
    let sum = Float(base) / perUnit + Float(parts) / (perUnit * 256)
    let step = sum.magnitude < 128 ? 0 : sum.magnitude < 1024 ? 1 : sum.magnitude < 8192 ? 2 : 3
    var expected = base &+ scaled(t)
    var position = 0
    if step > 1 && sum.magnitude < 1e9 {
      // The display rounds halves up.
      let display = Double(sum) * Double(unitsPerKilowattHour) + 0.5
      let floor = display.rounded(.down)
      expected = Int64(floor)
      position = Int((display - floor) * 8) & 7
    } else {
      position = Residual.size(min(fraction, 255 &- fraction), limit: 7)
    }
    let stepClass = t == lastToday ? 0 : t == lastToday &+ 1 ? 1 : 2
    let offset = last &- lastToday
    let side = upper == lower ? 2 : offset == upper ? 1 : offset == lower ? 0 : 2
    let fell = t < lastToday ? 1 : 0
    let residual = Residual.code(
      values[row] &- expected, &coder, table, zero: Contexts.zero[stepClass, step, side, position, fell],
      sign: Contexts.sign[stepClass, step, position, fell], magnitude: Contexts.magnitude[stepClass, fell])
    last = expected &+ residual
    if Coder.yields { values[row] = last }
    if residual == 0 {
      trend = 0
    } else if residual.magnitude > (step == 3 ? 10 : 2) {
      base = base &+ residual
      trend = 0
    } else {
      trend += residual > 0 ? 1 : -1
      if trend > 3 || trend < -3 {
        base = base &+ (trend > 0 ? 1 : -1)
        trend = 0
      }
    }
    lastToday = t
    lastFraction = fraction
    let now = last &- scaled(t)
    if now != upper && now != lower {
      if now == upper &+ 1 {
        lower = upper
        upper = now
      } else if now == lower &- 1 {
        upper = lower
        lower = now
      } else {
        upper = now
        lower = now
      }
    }
  }

  @inline(__always)
  private func scaled(_ value: Int64) -> Int64 { divisor == 1 ? value &* multiplier : value / divisor }
}
