/// One thing that `doctor` says of an installation.
public struct Finding: Hashable, Sendable {
  public enum Area: String, CaseIterable, Sendable { case configuration, store, recorder, broker, plugs }

  public enum Weight: String, Sendable {
    /// Data or money is or may be lost, or strangers are let in: exit 3.
    case problem
    /// Could be better; does not count for the exit code.
    case hint
    case note
  }

  public var area: Area
  public var weight: Weight
  /// The plug concerned, where one is.
  public var device: String?
  /// What is so, with its figures.
  public var text: String
  /// What to do about it.
  public var advice: String?
  /// Commands to paste: of the shell, or Tasmota's where the area is plugs. `doctor` runs none of them.
  public var commands: [String] = []

  public init(
    _ area: Area, _ weight: Weight, device: String? = nil, _ text: String, advice: String? = nil,
    commands: [String] = []
  ) {
    self.area = area
    self.weight = weight
    self.device = device
    self.text = text
    self.advice = advice
    self.commands = commands
  }
}
