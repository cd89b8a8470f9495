/// Why a household cannot be simulated.
public enum SimulationError: Error, Sendable, Equatable, CustomStringConvertible {
  case noDevices
  case badName(String)
  case nameTwice(String)
  case outOfRange(String, Int, ClosedRange<Int>)
  case timeOutOfRange
  case emptyRange

  public var description: String {
    switch self {
    case .noDevices: "no devices to simulate"
    case .badName(let name): "'\(name)' is no topic: 1 to 64 characters without blanks, + # \" and \\"
    case .nameTwice(let name): "'\(name)' is named twice"
    case .outOfRange(let what, let value, let range):
      "\(what) \(value) is outside \(range.lowerBound) to \(range.upperBound)"
    case .timeOutOfRange: "the simulation covers the years 2000 to 2099"
    case .emptyRange: "the end is not after the start"
    }
  }
}
