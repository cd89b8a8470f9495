/// The marks beside a chart, on a page and in a terminal.
enum ChartAxis {
  /// The smallest 1, 2 or 5 × 10^n of which at most five make up `largest`.
  static func step(_ largest: Int128) -> Int128 {
    var power: Int128 = 1
    while true {
      for factor: Int128 in [1, 2, 5] where factor * power * 5 >= largest { return factor * power }
      power *= 10
    }
  }
}
