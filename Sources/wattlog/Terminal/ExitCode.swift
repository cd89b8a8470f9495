/// How a run ended, as scripts see it. These numbers are a promise: none changes its meaning.
enum ExitCode: Int32, CaseIterable, Sendable {
  case done = 0
  case failed = 1
  /// An unknown option, command or word on the command line.
  case usage = 2
  /// `--strict` and incomplete, or findings of a check that are no errors.
  case incomplete = 3
  /// The configuration or the tariff is not valid.
  case invalidConfiguration = 4
  /// The store is missing or cannot be read.
  case storeUnreadable = 5
  /// Another recorder holds the store.
  case storeLocked = 6
  case damageFound = 7
  case brokerUnreachable = 8
  /// The broker refused the login or the subscription.
  case brokerRefused = 9
  case conditionHolds = 10
  /// No data for the device or the period.
  case noData = 11
  /// The disk is full.
  case diskFull = 12
  /// Ended by SIGINT, everything received is on disk.
  case interrupted = 130
  /// Ended by SIGTERM, everything received is on disk.
  case terminated = 143

  var meaning: String {
    switch self {
    case .done: "done"
    case .failed: "failed"
    case .usage: "wrong usage: an unknown option, command or word"
    case .incomplete: "--strict and a day is incomplete, or a check has findings"
    case .invalidConfiguration: "the configuration or the tariff is not valid"
    case .storeUnreadable: "the store is missing or cannot be read"
    case .storeLocked: "another recorder holds the store"
    case .damageFound: "damage was found"
    case .brokerUnreachable: "the broker cannot be reached"
    case .brokerRefused: "the broker refused the login or the subscription"
    case .conditionHolds: "a check's condition holds"
    case .noData: "no data for the device or the period"
    case .diskFull: "the disk is full"
    case .interrupted: "ended by SIGINT, everything received is on disk"
    case .terminated: "ended by SIGTERM, everything received is on disk"
    }
  }
}
