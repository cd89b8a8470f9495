import Glibc

/// Why there is no connection to the broker, or no longer one.
public enum ConnectionFailure: Error, Hashable, Sendable {
  /// libmosquitto cannot be loaded: why, in the dynamic linker's words.
  case noLibrary(String)
  /// The options cannot work together.
  case settings(String)
  case password(PasswordError)
  /// An anonymous login, or a password in plain text, to a machine that is not in a private network.
  case insecure(endpoint: String, problem: String)

  /// The host's name is not known.
  case unknownHost(String, reason: String)
  /// No TCP connection: nobody listens, no route, no answer.
  case unreachable(endpoint: String, reason: String)
  /// A TCP connection, but nobody there who speaks MQTT.
  case noBroker(endpoint: String, reason: String)

  /// CONNACK 4, 5, 134 or 135.
  case loginRefused(code: Int, user: String?)
  /// Any other CONNACK code.
  case connectionRefused(code: Int)
  /// CONNACK 1 or 132: the broker does not speak this version (4 is MQTT 3.1.1, 5 is MQTT 5).
  case versionRefused(Int)
  /// The broker granted none of the subscriptions.
  case subscriptionRefused([String])

  /// No chain from the broker's certificate to one that is trusted.
  case certificateUntrusted(endpoint: String, reason: String)
  case certificateExpired(endpoint: String, clock: Int64)
  case certificateNotYetValid(endpoint: String, clock: Int64)
  case certificateForOtherName(host: String)
  /// Any other failure of TLS, in OpenSSL's words.
  case tls(endpoint: String, reason: String)

  /// Another client with this client id has connected.
  case sessionTakenOver(clientID: String)
  /// The broker closed one connection after the other soon after it was made, and did not say why. Mosquitto 2.0.11 does
  /// that to two clients of one id; a broker that ends again and again looks the same to who comes back a second later.
  case closedRepeatedly(clientID: String)
  /// A connection that stood is gone.
  case lost(reason: String)
  /// DISCONNECT 139.
  case brokerShutDown
  /// Nothing arrived for that many seconds.
  case silent(seconds: Int64)
  /// The broker is sending a packet that is far over the limit.
  case packetTooLong
  /// The process cannot have a thread, a file descriptor or memory.
  case resources(String)

  /// The same without what differs from one attempt to the next: two of one cause are the same trouble.
  public var cause: ConnectionFailure {
    switch self {
    case .certificateExpired(let endpoint, _): .certificateExpired(endpoint: endpoint, clock: 0)
    case .certificateNotYetValid(let endpoint, _): .certificateNotYetValid(endpoint: endpoint, clock: 0)
    case .silent: .silent(seconds: 0)
    default: self
    }
  }

  /// Nobody answers: the broker, the network or its certificate is in the way, not our login.
  public var isUnreachable: Bool {
    switch self {
    case .unknownHost, .unreachable, .noBroker, .certificateUntrusted, .certificateExpired, .certificateNotYetValid,
      .certificateForOtherName, .tls, .connectionRefused, .versionRefused, .lost, .silent, .packetTooLong,
      .sessionTakenOver, .closedRepeatedly, .brokerShutDown:
      true
    case .noLibrary, .settings, .password, .insecure, .loginRefused, .subscriptionRefused, .resources: false
    }
  }

  /// Nobody was there who could have let another client in.
  var showsBrokerAway: Bool {
    switch self {
    case .unknownHost, .unreachable, .noBroker, .brokerShutDown: true
    default: false
    }
  }

  /// The broker answered and said no to our login or subscriptions.
  public var isRefusal: Bool {
    switch self {
    case .loginRefused, .subscriptionRefused: true
    default: false
    }
  }

  /// Trying again cannot help before somebody changes the options or what is installed.
  public var isPermanent: Bool {
    switch self {
    case .noLibrary, .settings, .password, .insecure: true
    default: false
    }
  }

  /// One sentence: the cause, and where there is something to do about it, what.
  public var sentence: String {
    switch self {
    case .noLibrary(let reason):
      "cannot load libmosquitto, which speaks to brokers (\(reason)); install it: on Debian 'apt install libmosquitto1'"
    case .settings(let text): text
    case .password(let error): error.sentence
    case .insecure(let endpoint, let problem):
      "refusing \(problem) to \(endpoint), which is not in a private network; use mqtts:// with a user and password, "
        + "or set allowInsecure"
    case .unknownHost(let host, let reason): "cannot find the host \(host): \(reason)"
    case .unreachable(let endpoint, let reason): "cannot reach the broker at \(endpoint): \(reason)"
    case .noBroker(let endpoint, let reason): "no MQTT broker answers at \(endpoint): \(reason)"
    case .loginRefused(let code, let user):
      if let user {
        "the broker refused the login of user '\(user)' (code \(code)); check user name and password"
      } else {
        "the broker refused an anonymous login (code \(code)); give a user (mqtt://USER@HOST) and a password file"
      }
    case .connectionRefused(let code):
      "the broker refused the connection: \(ConnectionFailure.reason(ofConnectCode: code))"
    case .versionRefused(let version):
      "the broker does not speak MQTT \(version == 5 ? "5" : "3.1.1")"
    case .subscriptionRefused(let filters):
      "the broker refused the subscription to \(ConnectionFailure.list(filters)); allow this user to read it"
    case .certificateUntrusted(let endpoint, let reason):
      "the certificate of \(endpoint) is not trusted (\(reason)); give the CA that signed it with --ca"
    case .certificateExpired(let endpoint, let clock):
      "the certificate of \(endpoint) has expired (this machine's clock says \(ClockText.text(ofMilliseconds: clock)))"
    case .certificateNotYetValid(let endpoint, let clock):
      "the certificate of \(endpoint) is not yet valid (this machine's clock says "
        + "\(ClockText.text(ofMilliseconds: clock)); is it right?)"
    case .certificateForOtherName(let host):
      "the broker's certificate is not for the name \(host); connect by the name that it was made for"
    case .tls(let endpoint, let reason): "no TLS connection to \(endpoint): \(reason)"
    case .sessionTakenOver(let clientID):
      "another client with the id '\(clientID)' has taken over the session; is a second recorder running?"
    case .closedRepeatedly(let clientID):
      "the broker closes each connection soon after it was made; does it start again and again, or does another recorder "
        + "use the client id '\(clientID)'?"
    case .lost(let reason): "the connection was lost: \(reason)"
    case .brokerShutDown: "the connection was lost: the broker is shutting down"
    case .silent(let seconds): "nothing arrived for \(seconds / 60) minutes although subscribed; connecting anew"
    case .packetTooLong: "the broker began to deliver a packet far larger than allowed; connecting anew"
    case .resources(let text): text
    }
  }

  /// The first filters and how many more there are.
  public static func list(_ filters: [String]) -> String {
    let named = filters.prefix(4).joined(separator: ", ")
    return filters.count > 4 ? named + " and \(filters.count - 4) more" : named
  }

  static func isLoginCode(_ code: Int) -> Bool { [4, 5, 134, 135].contains(code) }

  static func reason(ofConnectCode code: Int) -> String {
    switch code {
    case 2, 133: "it does not accept the client id (code \(code))"
    case 3, 136: "it says that it is unavailable (code \(code))"
    case 137: "it is busy (code 137)"
    case 138: "this client is banned (code 138)"
    case 149: "packet too large (code 149)"
    case 151: "quota exceeded (code 151)"
    case 159: "connection rate exceeded (code 159)"
    default: "code \(code)"
    }
  }
}
