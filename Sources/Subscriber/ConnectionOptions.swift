import Glibc

/// How to reach a broker, and as whom.
public struct ConnectionOptions: Sendable {
  public var broker: BrokerAddress
  /// The login; the address's own user where this is nil.
  public var user: String?
  public var password: PasswordSource?
  /// A PEM file, or a directory of hashed certificates, to trust instead of the system's.
  public var ca: String?
  /// The client's own certificate chain and key, PEM files; both or neither.
  public var certificate: String?
  public var key: String?
  /// What the broker knows this client as. Two clients of one id throw each other out.
  public var clientID: String
  /// Seconds; 5 to 65,535.
  public var keepAlive = 30
  /// Allows an anonymous or plaintext-password connection to an address that is not private.
  public var allowsInsecure = false
  /// A connection on which nothing arrives for this long is renewed, although it answers pings.
  public var silenceLimitSeconds: Int64 = 15 * 60

  public init(broker: BrokerAddress, clientID: String) {
    self.broker = broker
    self.clientID = clientID
  }

  public var login: String? { user ?? broker.user }

  /// Finds what could never work, before anything is connected.
  public func check() throws(ConnectionFailure) {
    guard (certificate == nil) == (key == nil) else {
      throw .settings("a client certificate needs its key, and a key its certificate")
    }
    if !broker.isEncrypted && (ca != nil || certificate != nil) {
      throw .settings("a CA or client certificate is of use with mqtts:// only, but the address is \(broker)")
    }
    for path in [ca, certificate, key] {
      guard let path else { continue }
      if access(path, R_OK) != 0 {
        throw .settings("cannot read \(path): \(String(cString: strerror(errno)))")
      }
    }
    if let key {
      var attributes = stat()
      if stat(key, &attributes) == 0 && attributes.st_mode & 0o007 != 0 {
        throw .settings("everyone can read the private key \(key); run: chmod 600 \(key)")
      }
    }
    if password != nil && login == nil {
      throw .settings("a password without a user; write mqtt://USER@HOST")
    }
    for text in [clientID, login ?? ""] where text.utf8.contains(0) || text.utf8.count > 65_535 {
      throw .settings("a client id or user name is too long or holds a NUL byte")
    }
    guard !clientID.isEmpty else { throw .settings("the client id is empty") }
    if let password {
      do throws(PasswordError) { _ = try Password.read(from: password) } catch { throw .password(error) }
    }
  }

  /// Keeps anonymous logins and readable passwords inside private networks, unless ``allowsInsecure`` is set.
  public func checkPolicy(isPrivate: Bool) throws(ConnectionFailure) {
    guard !isPrivate && !allowsInsecure else { return }
    if login == nil && certificate == nil {
      throw .insecure(endpoint: broker.endpoint, problem: "an anonymous connection")
    }
    if !broker.isEncrypted { throw .insecure(endpoint: broker.endpoint, problem: "a login without TLS") }
  }
}
