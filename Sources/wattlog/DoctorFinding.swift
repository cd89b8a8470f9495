/// One thing that `doctor` says of an installation.
struct DoctorFinding: Equatable {
  enum Area: String, CaseIterable { case configuration, store, recorder, broker, plugs }

  enum Weight: String {
    /// Data or money is or may be lost, or strangers are let in: exit 3.
    case problem
    /// Could be better; does not count for the exit code.
    case hint
    case note
  }

  var area: Area
  var weight: Weight
  /// The plug concerned, where one is.
  var device: String?
  /// What is so, with its figures.
  var text: String
  /// What to do about it.
  var advice: String?
  /// Commands to paste: of the shell, or Tasmota's where the area is plugs. `doctor` runs none of them.
  var commands: [String] = []

  init(
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
