/// An event as its stream has it: device and template by their places in the block's tables.
struct EventRecord {
  /// In units of the store.
  var time: Int64 = 0
  /// 0 for none, else from 1 on.
  var device = 0
  var kind: UInt8 = 0
  var template = 0
  /// One for each mark of the template.
  var numbers: [Int64] = []
}
