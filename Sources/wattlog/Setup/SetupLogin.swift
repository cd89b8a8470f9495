import Configuration
import Glibc
import Subscriber
import Text

/// Finds the broker and a login that it lets in.
struct SetupLogin {
  let settings: Settings
  let place: SetupPlace
  let console: Console

  struct Result {
    var address: BrokerAddress
    var user: String?
    var ca: String?
    /// The password lies in ``SetupPlace/candidate`` and takes its name when everything is written.
    var hasNewPassword: Bool
    var plugs: PlugSurvey
  }

  /// Where brokers usually are.
  private static let usualBrokers = ["mqtt://localhost", "mqtt://homeassistant.local"]
  /// Attempts of a person at the terminal.
  private static let attempts = 3

  /// nil where answers are missing.
  func find(_ interview: inout SetupInterview) throws(Failure) -> Result? {
    let configured = settings.configuration.broker
    let needsSearch = configured.url == nil && !interview.arguments.isSet(.broker)
    let usual = configured.url ?? (needsSearch ? search() : nil)
    let address = try interview.answer(.broker, "Broker", usual: usual) { text throws(Failure) in
      try SetupLogin.address(text)
    }
    guard let address else {
      if !interview.arguments.isSet(.user), !interview.arguments.isSet(.anonymous) { interview.lack("--user NAME") }
      return nil
    }
    let ca =
      interview.arguments.text(.certificateAuthority).map(InputFile.absolute) ?? configured.ca.map(settings.resolve)
    var result = Result(address: address, ca: ca, hasNewPassword: false, plugs: PlugSurvey())
    for attempt in 1... {
      do throws(Failure) {
        guard try login(&result, &interview, isFirst: attempt == 1) else { return nil }
        return result
      } catch {
        unlink(place.candidate)
        var failure = error
        if failure.code == .brokerRefused { failure.advice = SetupLogin.advice(result.user) }
        guard failure.code == .brokerRefused, interview.dialog != nil, attempt < SetupLogin.attempts else {
          throw failure
        }
        console.error(failure.message)
      }
    }
    return nil
  }

  private static func address(_ text: String) throws(Failure) -> BrokerAddress {
    do throws(BrokerAddress.SyntaxError) {
      return try BrokerAddress(text)
    } catch {
      throw Failure(.usage, "'\(SafeText.printable(text))' is no broker address: \(error.reason)")
    }
  }

  /// What to do where a login is refused.
  private static func advice(_ user: String?) -> String {
    let name = user.map(ShellWord.quoted) ?? "NAME"
    return "with Home Assistant's add-on make a user under Settings > Add-ons > Mosquitto broker > Configuration > "
      + "Logins, save and restart the add-on; with a Mosquitto of your own run 'mosquitto_passwd "
      + "/etc/mosquitto/passwd \(name)' and restart it"
  }

  /// The first of the usual brokers that answers.
  private func search() -> String? {
    SetupLogin.usualBrokers.first { url in
      guard let address = try? BrokerAddress(url) else { return false }
      return admission(address, ca: nil) != nil
    }
  }

  /// Whether a broker lets strangers in; nil where none answers.
  private func admission(_ address: BrokerAddress, ca: String?) -> Bool? {
    do throws(Failure) {
      _ = try plugs(address, user: nil, password: nil, ca: ca)
      return true
    } catch {
      return error.code == .brokerRefused ? false : nil
    }
  }

  private func plugs(
    _ address: BrokerAddress, user: String?, password: String?, ca: String?
  ) throws(Failure) -> PlugSurvey {
    var options = ConnectionOptions(broker: address, clientID: "wattlog-setup-\(getpid())")
    options.broker.user = nil
    options.user = user
    options.password = password.map(PasswordSource.file)
    options.ca = ca
    options.allowsInsecure = settings.configuration.broker.allowInsecure
    return try BrokerVisit.plugs(options, maximumDevices: settings.configuration.record.maximumDevices, console)
  }

  /// Asks who logs in, and tries.
  ///
  /// - Returns: false where an answer is missing.
  private func login(_ result: inout Result, _ interview: inout SetupInterview, isFirst: Bool) throws(Failure) -> Bool {
    let arguments = interview.arguments
    if arguments.isSet(.anonymous) {
      result.user = nil
    } else if isFirst, let given = arguments.text(.user) ?? result.address.user {
      result.user = given
    } else {
      var usual = result.user ?? settings.configuration.broker.user
      if usual == nil, isFirst, admission(result.address, ca: result.ca) == true { usual = "-" }
      let asked = interview
      guard let user = try asked.user(usual: usual) else {
        interview.lack("--user NAME")
        return false
      }
      result.user = user == "-" ? nil : user
    }
    result.hasNewPassword = false
    var password: String?
    if result.user != nil {
      guard let found = try self.password(&result, &interview, isFirst: isFirst) else { return false }
      password = found
    }
    result.plugs = try plugs(result.address, user: result.user, password: password, ca: result.ca)
    return true
  }

  /// The file with the password to try; nil where it is missing.
  private func password(
    _ result: inout Result, _ interview: inout SetupInterview, isFirst: Bool
  ) throws(Failure) -> String? {
    let kept = settings.configuration.broker.passwordFile.map(settings.resolve).flatMap {
      InputFile.exists($0) ? $0 : nil
    }
    if isFirst, let given = interview.arguments.text(.passwordFile) {
      if given != "-", let kept, InputFile.isSame(given, kept) { return kept }
      try keep(try SetupLogin.firstLine(of: given), &result)
      return place.candidate
    }
    if let dialog = interview.dialog {
      let text = try dialog.askHidden(
        "Password of \(SafeText.printable(result.user ?? ""))" + (kept == nil ? "" : " [as before]"))
      if text.isEmpty, let kept { return kept }
      guard !text.isEmpty else { throw Failure(.brokerRefused, "a user needs a password") }
      try keep(text, &result)
      return place.candidate
    }
    if let kept { return kept }
    interview.lack("--password-file FILE")
    return nil
  }

  private func keep(_ text: String, _ result: inout Result) throws(Failure) {
    try place.makeDirectory()
    try place.write(text + "\n", to: place.candidate, isSecret: true)
    result.hasNewPassword = true
  }

  /// - Parameter path: `-` for stdin.
  private static func firstLine(of path: String) throws(Failure) -> String {
    do throws(InputFile.Unreadable) {
      let bytes =
        try path == "-"
        ? InputFile.read(descriptor: STDIN_FILENO, maximumByteCount: 1 << 17)
        : InputFile.read(path, maximumByteCount: 1 << 17)
      let line = String(decoding: bytes.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
      guard !line.isEmpty else { throw InputFile.Unreadable(isMissing: false, reason: "it is empty") }
      return line
    } catch {
      throw Failure(.failed, "cannot read the password file '\(SafeText.printable(path))': \(error.reason)")
    }
  }
}

extension SetupInterview {
  /// Who logs in: `-` for nobody, nil where there is no answer.
  fileprivate func user(usual: String?) throws(Failure) -> String? {
    guard let dialog else { return usual }
    return try dialog.ask("User at the broker (- for none)", usual: usual) { text throws(Failure) in text }
  }
}
