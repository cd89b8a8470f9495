/// One plug and what hangs on it.
public struct SimulatedDevice: Sendable, Equatable {
  /// The topic, of 1 to 64 bytes without `+ # " \`, blanks and control characters.
  public var name: String
  public var kind: ApplianceKind
  /// 1 to 8; each has an appliance of the kind.
  public var channels: Int

  public init(name: String, kind: ApplianceKind, channels: Int = 1) {
    self.name = name
    self.kind = kind
    self.channels = channels
  }

  /// Takes the kind from the name: `fridge`, `fridge-2`; nil when it begins with no kind.
  ///
  /// - Parameter channels: nil for as many as such a plug usually has: a wallbox three, all else one.
  public init?(name: String, channels: Int? = nil) {
    guard let kind = ApplianceKind(deviceName: name) else { return nil }
    self.init(name: name, kind: kind, channels: channels ?? kind.usualChannels)
  }

  var isNameValid: Bool {
    let forbidden = Set("+#\"\\ ".utf8)
    return (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { $0 > 32 && $0 != 127 && !forbidden.contains($0) }
  }
}
