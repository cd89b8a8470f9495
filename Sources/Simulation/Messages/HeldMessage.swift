/// A message whose text was made earlier than it arrives: held up on its way, or brought again by a bridge.
struct HeldMessage: Sendable {
  var topic: [UInt8]
  var payload: [UInt8]
  var publishRetained: Bool
}
