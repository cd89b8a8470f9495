/// Why a command ends without its result: the exit code, the cause, and what a person can do about it.
struct Failure: Error {
  var code: ExitCode
  /// One sentence without its full stop: `no store at '/var/lib/wattlog'`.
  var cause: String
  /// What to do, when there is something: `start one with 'wattlog record'`.
  var advice: String?

  init(_ code: ExitCode, _ cause: String, _ advice: String? = nil) {
    self.code = code
    self.cause = cause
    self.advice = advice
  }

  static func usage(_ cause: String, _ advice: String? = nil) -> Failure { Failure(.usage, cause, advice) }

  var message: String { advice.map { "\(cause); \($0)" } ?? cause }
}
