/// A cell in the block's units: of Total, of power, of power × seconds, and rows.
struct RollupNumbers: Equatable {
  var rowCount: Int64
  var energy: Int64
  var export: Int64 = 0
  var powerTime: Int64
  var lowest: Int64
  /// Peak above lowest.
  var range: Int64
  /// Milliseconds.
  var peakAt: Int64
}
