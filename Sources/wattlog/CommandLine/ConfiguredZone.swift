import Configuration

extension ZoneFiles {
  /// The zone in force: `--timezone`, else the configured one, else the machine's.
  static func site(
    _ arguments: Arguments, _ settings: Settings, _ console: Console
  ) throws(Failure) -> (name: String, bytes: [UInt8]) {
    if let name = arguments.text(.timeZone) {
      do throws(Unknown) {
        return (name, try load(name))
      } catch {
        throw .usage("\(arguments.origin(.timeZone)): \(error.cause)", error.advice)
      }
    }
    if let name = settings.configuration.site.timeZone {
      do throws(Unknown) {
        return (name, try load(name))
      } catch {
        throw Failure(
          .invalidConfiguration, describe(error, in: settings.path ?? "", settings.configuration))
      }
    }
    return machine(console)
  }

  /// The configured zone is none of this machine's.
  static func describe(_ error: Unknown, in path: String, _ configuration: Configuration) -> String {
    let message = error.advice.map { "\(error.cause); \($0)" } ?? error.cause
    return Settings.describe(configuration.refusingTimeZone(message), in: path)
  }
}
