/// before.
struct PresenceModel: RowModel, ModelDeclaration {
  enum Contexts {
    /// Presence of the last four rows, whether the row is on schedule, presence in the column before or 2.
    static var asBefore: ContextGrid { .first(16, 2, 4) }
  }
  static var contextCount: Int { Contexts.asBefore.end }

  let flags: UnsafeMutablePointer<UInt8>
  let onSchedule: UnsafePointer<UInt8>
  let neighbour: UnsafePointer<UInt8>?
  let values: Values
  let table: Probabilities
  var history = 15

  @inline(__always)
  mutating func code<Coder: BlockCoder>(_ row: Int, _ coder: inout Coder) {
    let beside = neighbour.map { Int($0[row]) } ?? 2
    let context = Contexts.asBefore[history, Int(onSchedule[row] & 1), beside & 3]
    let asBefore = history & 1 == 1
    let present = coder.decide((flags[row] != 0) == asBefore, table + context) == asBefore
    if Coder.yields { flags[row] = present ? 1 : 0 }
    history = (history << 1 | (present ? 1 : 0)) & 15
  }
}
