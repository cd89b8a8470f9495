import Configuration
import Glibc
import Readings
import Subscriber

/// The broker of a command: from its options, the environment and the configuration.
enum BrokerSettings {
  /// - Parameter role: what the client is called when nothing names it: `recorder`, `discover`, …
  static func options(
    _ arguments: Arguments, _ settings: Settings, role: String
  ) throws(Failure) -> ConnectionOptions {
    let configured = settings.configuration.broker
    guard let url = arguments.text(.broker) ?? configured.url else {
      throw .usage("no broker is named", "name one with --broker mqtt://HOST, or let 'wattlog setup' ask for it")
    }
    let address: BrokerAddress
    do throws(BrokerAddress.SyntaxError) {
      address = try BrokerAddress(url)
    } catch {
      throw arguments.refusal(.broker, "is no broker address: \(error.reason)")
    }
    let clientID = arguments.text(.clientID) ?? configured.clientID ?? defaultClientID(role, settings.store)
    var options = ConnectionOptions(broker: address, clientID: clientID)
    // An address on the command line is another broker: the configured login is not for it.
    let isConfigured =
      arguments.text(.broker) == nil || address.user == nil && arguments.text(.broker) == configured.url
    options.user = address.user ?? (isConfigured ? configured.user : nil)
    options.password = PasswordSource.standard(
      file: arguments.text(.passwordFile) ?? (isConfigured ? configured.passwordFile.map(settings.resolve) : nil))
    options.ca = arguments.text(.certificateAuthority) ?? (isConfigured ? configured.ca.map(settings.resolve) : nil)
    options.certificate =
      arguments.text(.certificate) ?? (isConfigured ? configured.certificate.map(settings.resolve) : nil)
    options.key = arguments.text(.key) ?? (isConfigured ? configured.key.map(settings.resolve) : nil)
    options.allowsInsecure = configured.allowInsecure
    return options
  }

  /// Stable for a host and a store, so that a second recorder of the same store shows at the broker; others carry their
  /// process number, because two clients of one id throw each other out.
  private static func defaultClientID(_ role: String, _ store: String) -> String {
    guard role == "recorder" else { return "wattlog-\(role)-\(getpid())" }
    var system = utsname()
    uname(&system)
    let host = withUnsafeBytes(of: &system.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return "wattlog-\(host.prefix(40))-" + String(Fingerprint.short(of: store.utf8), padded: 8, radix: 16)
  }
}

extension Failure {
  /// What to look at, where the sentence itself does not say it.
  private static func advice(on failure: ConnectionFailure) -> String? {
    switch failure {
    case .unknownHost: "is its name right? An address such as 192.168.1.10 needs no name server"
    case .unreachable: "does a broker run there? Mosquitto listens on port 1883, with TLS on 8883"
    case .tls: "a port without TLS, such as 1883, is named by mqtt://"
    case .password(.unreadable(let path, _)):
      InputFile.exists(path) ? nil : "write the password into a file of mode 0600, and name it with --password-file"
    default: nil
    }
  }

  /// What stands between a one-shot command and its broker.
  init(_ failure: ConnectionFailure) {
    if failure.isRefusal {
      self.init(.brokerRefused, failure.sentence)
    } else if failure.isUnreachable {
      self.init(.brokerUnreachable, failure.sentence, Failure.advice(on: failure))
    } else if case .noLibrary = failure {
      self.init(.failed, failure.sentence)
    } else if failure.isPermanent {
      self.init(.invalidConfiguration, failure.sentence, Failure.advice(on: failure))
    } else {
      self.init(.failed, failure.sentence)
    }
  }
}
